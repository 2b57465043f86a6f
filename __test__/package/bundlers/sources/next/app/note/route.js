import BetterSqlite3 from 'better-sqlite3'
import { Database, SqliteError } from 'chorusdb'
import { DatabaseSync } from 'chorusdb/node-sqlite'

export const dynamic = 'force-dynamic'

/** The answers of `application.mjs`. */
export async function GET(request) {
  const file = new URL(request.url).searchParams.get('file')
  const answers = {}
  for (const [name, Constructor] of Object.entries({ Database, BetterSqlite3, DatabaseSync })) {
    for (const path of [':memory:', `${file} ${name}.db`]) {
      let answer
      try {
        const db = new Constructor(path)
        db.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, zeroblob(3))')
        answer = db.prepare('SELECT a, length(b) AS n FROM t').get()
        db.close()
      } catch (error) {
        answer = error.message
      }
      answers[`${name} ${path === ':memory:' ? 'in memory' : 'on a file'}`] = answer
    }
  }
  answers.isOneEngine = BetterSqlite3.SqliteError === SqliteError
  return Response.json(answers)
}
