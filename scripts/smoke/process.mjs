/**
 * One process of the smoke test. Its place has the package in `node_modules`, and it knows nothing of this repository.
 *
 *   process.mjs create DATABASE
 *   process.mjs write DATABASE WRITER ROWS   says `from N`, then each row whose commit has returned, `N`
 *   process.mjs check DATABASE               says in JSON what it found
 *
 * A transaction moves money between two accounts and notes that in the ledger and in a counter; so the sum of all accounts stays,
 * and there are as many rows as the counter says.
 */
import { writeSync } from 'node:fs'
import { Database } from 'chorusdb'

const accounts = 20
const balance = 1000
const [role, path, writer, rows] = process.argv.slice(2)
const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 120_000 })

function create() {
  db.exec(`
    CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
    CREATE TABLE ledger(writer INTEGER NOT NULL, row INTEGER NOT NULL, note TEXT, UNIQUE(writer, row));
    CREATE TABLE counter(rows INTEGER NOT NULL);
    INSERT INTO counter VALUES (0);
  `)
  const insert = db.prepare('INSERT INTO account VALUES (?, ?)')
  for (let id = 1; id <= accounts; id++) insert.run(id, balance)
}

const one = (sql, ...values) => Object.values(db.prepare(sql).get(...values))[0]

/** What does not agree within one transaction. */
function disagreements() {
  db.exec('BEGIN')
  const sum = one('SELECT sum(balance) FROM account')
  const [counted, noted] = [one('SELECT count(*) FROM ledger'), one('SELECT rows FROM counter')]
  db.exec('COMMIT')
  const found = []
  if (sum !== accounts * balance) found.push(`the accounts hold ${sum}`)
  if (counted !== noted) found.push(`the ledger has ${counted} rows, and the counter says ${noted}`)
  return found
}

function write() {
  const take = db.prepare('UPDATE account SET balance = balance - ? WHERE id = ?')
  const give = db.prepare('UPDATE account SET balance = balance + ? WHERE id = ?')
  const note = db.prepare('INSERT INTO ledger VALUES (?, ?, ?)')
  const count = db.prepare('UPDATE counter SET rows = rows + 1')
  let row = one('SELECT coalesce(max(row), 0) FROM ledger WHERE writer = ?', writer)
  writeSync(1, `from ${row}\n`)
  while (row < Number(rows)) {
    row++
    db.exec('BEGIN IMMEDIATE')
    take.run(row % 7, 1 + (row % accounts))
    give.run(row % 7, 1 + ((row * 3) % accounts))
    note.run(writer, row, `row ${row} of writer ${writer}`)
    count.run()
    db.exec('COMMIT')
    writeSync(1, `${row}\n`)
    const found = disagreements()
    if (found.length > 0) throw new Error(found.join('; '))
  }
}

function check() {
  const found = disagreements()
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') found.push(`integrity_check: ${integrity}`)
  const ledger = db.prepare(
    'SELECT writer, count(*) AS rows, min(row) AS first, max(row) AS last FROM ledger GROUP BY writer ORDER BY writer',
  )
  const { platform, arch, version } = process
  console.log(JSON.stringify({ platform, arch, version, found, ledger: ledger.all() }))
}

const roles = { create, write, check }
roles[role]()
db.close()
