// The same with `require`.
const BetterSqlite3 = require('better-sqlite3')
const Database = require('chorusdb')
const { DatabaseSync } = require('chorusdb/node-sqlite')

const answers = {}
for (const [name, Constructor] of Object.entries({ Database, BetterSqlite3, DatabaseSync })) {
  for (const path of [':memory:', `${process.argv[2]} ${name}.db`]) {
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
answers.isOneEngine = BetterSqlite3.SqliteError === Database.SqliteError
console.log(JSON.stringify(answers))
