/**
 * `npm run mixed -- [--seconds 600] [--seed N] [--hostile]`: processes of ours and of Turso's at work on one database, some of them killed
 * at random moments, and everything compared with what was acknowledged (docs/testing.md).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    ours: { type: 'string', default: '3' },
    turso: { type: 'string', default: '2' },
    hostile: { type: 'boolean', default: false },
    period: { type: 'string', default: '15' },
    keep: { type: 'boolean', default: false },
  },
})
setUp({ peers: true })
const { runMixed } = await import('../.tests/support/mixed/run.js')
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-mixed-'))
console.log(`seed ${values.seed}, ${folder}`)
const result = await runMixed({
  folder,
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  ours: Number(values.ours),
  tursos: Number(values.turso),
  hostile: values.hostile,
  periodSeconds: Number(values.period),
  engine: `file://${join(root, 'dist/chorusdb.js')}`,
  progress: (line) => console.log(line),
})
console.table(
  result.shares.map(({ journals, ...share }) => ({ processes: journals.size, ...share })),
)
for (const { what, who, kind, text, cause, evidence } of result.findings.slice(0, 40)) {
  console.log(`${what} (${kind} ${who}) ${cause ?? 'UNEXPLAINED'}: ${text}\n    ${evidence}`)
}
console.log(
  `seed ${values.seed}: ${result.acknowledged} commits acknowledged, ${result.undecided} more found committed, ` +
    `${result.kills} kills, ${result.stops} stops, ${result.peerKills} of peers, ${result.peerCrashes} ends of peers by themselves, ` +
    `${result.comparisons} comparisons, ${result.findings.length} findings, ${result.failures.length} failures`,
)
if (result.failures.length === 0 && !values.keep) rmSync(folder, { recursive: true, force: true })
else console.error(`kept: ${folder} (timeline.log, state.txt, failed/)`)
process.exit(result.failures.length === 0 ? 0 : 1)
