/**
 * `node main.ts --seconds N | --rounds N | --statements N [--seed S] [--keep K] [--subject writes|queries]`: rounds one after the other, every second one about
 * queries unless told otherwise, until the first difference, which is shortened and printed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Tally } from './kinds.ts'
import { levelledCount } from './query/comparison.ts'
import { makeRound, playKilled, playSafely, shorten, type Subject } from './round.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'string', default: '1' },
    statements: { type: 'string', default: 'Infinity' },
    subject: { type: 'string' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-fuzz-'))
const end = values.seconds === undefined ? Infinity : Date.now() + 1000 * Number(values.seconds)
const most = values.rounds === undefined ? Infinity : Number(values.rounds)
const first = Number(values.seed)
let rounds = 0
const tally = new Tally()
let differences = 0
while (Date.now() < end && rounds < most && tally.all < Number(values.statements)) {
  const seed = first + rounds
  const subject = (values.subject ?? (seed % 2 === 0 ? 'writes' : 'queries')) as Subject
  const round = makeRound(seed, subject)
  const found = playSafely(round, folder, tally)
  rounds++
  if (found === null) {
    const isKilled = subject === 'writes' && rounds % 8 === 0
    const lost = isKilled ? playKilled(seed, folder) : null
    if (lost === null) continue
    console.log(`seed ${seed}: ${lost.text}`)
    if (++differences >= Number(values.keep)) break
    continue
  }
  const short = shorten({ seed, subject }, round, found, folder)
  const { tables: _, ...properties } = short.round.shape
  console.log(`seed ${seed}: ${JSON.stringify(properties)}`)
  for (const step of short.round.steps) console.log(`  ${step}`)
  console.log(short.found.text)
  const long = round.steps[found.step]
  if (long !== undefined && !short.found.text.startsWith(long))
    console.log(`  before it was shortened: ${found.text}`)
  if (++differences >= Number(values.keep)) break
}
rmSync(folder, { recursive: true, force: true })
console.log(
  `seed ${first}: ${rounds} rounds, ${tally.all} statements, of which ${tally.failed} failed in both, ${levelledCount} alike but for equal values, ${differences} differences`,
)
if (tally.damaged > 0)
  console.log(`  ${tally.damaged} rounds ended because SQLite had damaged its database`)
if (tally.all > 100_000) for (const line of tally.lines()) console.log(line)
process.exit(differences === 0 ? 0 : 1)
