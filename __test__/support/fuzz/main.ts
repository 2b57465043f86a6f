/** `node main.ts --seconds N | --rounds N [--seed S]`: rounds one after the other, until the first difference, which is shortened and printed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeRound, playKilled, playSafely, shorten } from './round.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'string', default: '1' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-fuzz-'))
const end = values.seconds === undefined ? Infinity : Date.now() + 1000 * Number(values.seconds)
const most = values.rounds === undefined ? Infinity : Number(values.rounds)
const first = Number(values.seed)
let rounds = 0
let steps = 0
let differences = 0
while (Date.now() < end && rounds < most) {
  const seed = first + rounds
  const round = makeRound(seed)
  const found = playSafely(round, folder)
  rounds++
  steps += round.steps.length
  if (found === null) {
    const lost = rounds % 8 === 0 ? playKilled(seed, folder) : null
    if (lost === null) continue
    console.log(`seed ${seed}: ${lost.text}`)
    if (++differences >= Number(values.keep)) break
    continue
  }
  const short = shorten(round, found, folder)
  const { tables: _, ...properties } = short.round.shape
  console.log(`seed ${seed}: ${JSON.stringify(properties)}`)
  for (const step of short.round.steps) console.log(`  ${step}`)
  console.log(short.found.text)
  if (++differences >= Number(values.keep)) break
}
rmSync(folder, { recursive: true, force: true })
console.log(`seed ${first}: ${rounds} rounds, ${steps} statements, ${differences} differences`)
process.exit(differences === 0 ? 0 : 1)
