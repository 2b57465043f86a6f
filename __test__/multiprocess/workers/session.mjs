/**
 * A process that does what it is told, line by line: `{ open }`, `{ run, params }`, `{ all, params }`, `{ close }`, and
 * `{ touch }`: opens and closes files, as a user's own code might.
 * Answers each with `{ ok: … }` or `{ code, message }`.
 */
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'

const { Database } = await import(process.argv[2])
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
let db

function obey({ open, options, run, all, exec, params = [], close, touch }) {
  if (touch !== undefined) for (const path of touch) closeSync(openSync(path, 'r'))
  if (open !== undefined) db = new Database(open, options)
  if (exec !== undefined) db.exec(exec)
  if (run !== undefined) return db.prepare(run).run(...params)
  if (all !== undefined)
    return db
      .prepare(all)
      .raw()
      .all(...params)
  if (close) db.close()
  return null
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    answer({ ok: obey(JSON.parse(line)) })
  } catch (error) {
    answer({ code: error.code ?? error.name, message: error.message })
  }
}
