/**
 * A writer whose syncs of the log fail now and then: `{ path, ledger, fault, me, commits, at }`. It opens anew after each failure. At the
 * end it prints the rows that were acknowledged and the codes that it met.
 */
import { installFaults } from '../../support/faulty-system.ts'

const { Database } = await import(process.argv[2])
const { path, ledger, fault, me, commits, at } = JSON.parse(process.argv[3])
const options = { experimental: ['multiprocess_wal'], timeout: 10_000 }
const rules = [{ file: 'wal', call: 'sync', at, every: 6, fault }]
installFaults(rules, ledger)

const acknowledged = []
const codes = []
let db = null
for (let i = 0; i < commits; i++) {
  const row = me * 1_000_000 + i
  try {
    db ??= new Database(path, options)
    db.prepare('INSERT INTO t VALUES (?, zeroblob(300))').run(row)
    acknowledged.push(row)
    if (i % 20 === 19) db.pragma('wal_checkpoint')
  } catch (error) {
    codes.push(error.code)
    try {
      db?.close()
    } catch (late) {
      codes.push(late.code)
    }
    db = null
  }
}
try {
  db?.close()
} catch (error) {
  codes.push(error.code)
}
console.log(JSON.stringify({ acknowledged, codes: [...new Set(codes)] }))
