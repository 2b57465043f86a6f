/** A loop that opens and closes databases, without a turn for the event loop in between, keeps none of them. */
import test from 'ava'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { engine } from '../support/built.ts'
import { temporaryFolder } from '../support/temporary.ts'

const program = `
const { Database } = await import(process.argv[1])
const [path, mode] = process.argv.slice(2)
const experimental = mode === 'shared' ? ['multiprocess_wal'] : []
const used = () => {
  // Each waits for the sweeping that the one before has left to another thread.
  for (let i = 0; i < 4; i++) gc()
  return process.memoryUsage().arrayBuffers
}
const round = () => {
  const db = new Database(path, path === ':memory:' ? {} : { experimental })
  db.exec('CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (zeroblob(50000)); DELETE FROM t')
  db.close()
}
round()
const before = used()
for (let i = 0; i < 30; i++) round()
console.log((used() - before) / 30)
`

for (const mode of ['single', 'shared', 'memory']) {
  test(`many databases: closed in one loop, ${mode}`, (t) => {
    const path = mode === 'memory' ? ':memory:' : join(temporaryFolder(), 'a.db')
    const flags = ['--expose-gc', '--input-type=module']
    const args = [...flags, '-e', program, engine, path, mode]
    const kept = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    t.true(kept < 60_000, `${kept} bytes are kept of each`)
  })
}
