/** `--seconds N [--seed S] [--keep K]`: rounds one after the other, with the statements of this project's tests among the seeds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { playRound } from './round.ts'
import { statements, statementsOfTests } from './statements.ts'

export function main(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '600' },
      rounds: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      keep: { type: 'string', default: '1' },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-errors-'))
  // ATTACH makes files where the process stands.
  process.chdir(folder)
  const seeds = [...statements, ...statementsOfTests()]
  const end = Date.now() + 1000 * Number(values.seconds)
  const first = Number(values.seed)
  let rounds = 0
  let findings = 0
  const known = new Set<string>()
  while (Date.now() < end && rounds < Number(values.rounds) && findings < Number(values.keep)) {
    const started = Date.now()
    const seed = first + rounds++
    const found = playRound(seed, folder, seeds)
    const tookMs = Date.now() - started
    if (tookMs > 5000) console.log(`seed ${seed}: took ${tookMs} ms`)
    if (found === null) continue
    const place = found.text.split('\n').slice(0, 2).join()
    if (known.has(place)) continue
    known.add(place)
    findings++
    console.log(`seed ${found.seed}: ${found.text}`)
    for (const line of found.trace) console.log(`  ${JSON.stringify(line)}`)
  }
  process.chdir(tmpdir())
  rmSync(folder, { recursive: true, force: true })
  console.log(`seed ${first}: ${rounds} rounds, ${findings} findings`)
  return findings === 0 ? 0 : 1
}
