/** `node victim.ts seed database progress`: runs our side of a round alone, and adds a byte to `progress` after each step, until it is killed. */
import { openSync, writeSync } from 'node:fs'
import { makeRound, prepare, runSteps } from './round.ts'
import { openOurs } from './sides.ts'

const [seed, database, progress] = process.argv.slice(2) as [string, string, string]
const round = makeRound(Number(seed))
const side = openOurs(database, round.shape)
prepare(side, round.shape)
const file = openSync(progress, 'a')
runSteps(side, round.steps, () => void writeSync(file, '.'))
