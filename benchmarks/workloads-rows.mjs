/** Writes that are a statement for each row, in one transaction or in one each. */
import { generator, groupCount, itemColumns, rowCount, words } from './datasets.mjs'
import { change } from './workload.mjs'

const insertedRows = Math.ceil(rowCount / 6)
const changedRows = Math.ceil(rowCount / 15)
const loadedRows = Math.ceil((2 * rowCount) / 3)
const autocommitted = Math.min(2000, rowCount)
const readLines = process.env.ROWS === undefined ? 1_000_000 : rowCount

const drop = 'DROP TABLE IF EXISTS made; DROP TABLE IF EXISTS noted'
const three = 'CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)'
const two = 'CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT)'
const indexOn = (column) => `CREATE INDEX made_${column} ON made(${column})`

/** Into a table of three columns with indexes on some. */
function insert(name, goal, indexes, rows = insertedRows) {
  return change(name, goal, rows, [drop, three, ...indexes.map(indexOn)], (db) => {
    const statement = db.prepare('INSERT INTO made(a, b, c) VALUES (?, ?, ?)')
    const random = generator(13)
    return () => {
      db.exec('BEGIN')
      for (let i = 0; i < rows; i++)
        statement.run(random(1_000_000), `text ${random(1_000_000)}`, i / 7)
      db.exec('COMMIT')
    }
  })
}

/** Keys that come in no order, under an index of one `kind`: UNIQUE or plain. */
function insertKeys(name, kind) {
  const rows = 2 * insertedRows
  return change(name, 1, rows, [drop, two, `CREATE ${kind} INDEX made_b ON made(b)`], (db) => {
    const statement = db.prepare('INSERT INTO made(a, b) VALUES (?, ?)')
    const random = generator(19)
    return () => {
      db.exec('BEGIN')
      for (let i = 0; i < rows; i++) statement.run(i, `key ${random(1_000_000)} of row ${i}`)
      db.exec('COMMIT')
    }
  })
}

const autocommit = change('autocommit insert, NORMAL', 1.2, autocommitted, [drop, two], (db) => {
  const statement = db.prepare('INSERT INTO made(a, b) VALUES (?, ?)')
  return () => {
    for (let i = 0; i < autocommitted; i++) statement.run(i, 'some text of a row')
  }
})

/** Statements that change one row each, in one transaction, of which each has a trigger note something. */
function triggered(event, sql, args) {
  const isInsert = event === 'INSERT'
  const setUp = [
    drop,
    two,
    'CREATE TABLE noted(id, was, text)',
    `CREATE TRIGGER note AFTER ${event} ON made BEGIN
      INSERT INTO noted VALUES (${isInsert ? 'new.id, NULL, new.b' : 'old.id, old.a, old.b'});
    END`,
    ...(isInsert
      ? []
      : [
          `INSERT INTO made SELECT id, id % 1000, 'text ' || id FROM item WHERE id <= ${changedRows}`,
        ]),
  ]
  return change(`${event.toLowerCase()} with a trigger`, 1, changedRows, setUp, (db) => {
    const statement = db.prepare(sql)
    const random = generator(23)
    return () => {
      db.exec('BEGIN')
      for (let i = 1; i <= changedRows; i++) statement.run(...args(i, random))
      db.exec('COMMIT')
    }
  })
}

/** An index made when all rows are there, in the same transaction. */
const loadThenIndex = change('load, an index at the end', 1, loadedRows, [drop, three], (db) => {
  const random = generator(29)
  return () => {
    db.exec('BEGIN')
    const statement = db.prepare('INSERT INTO made(a, b, c) VALUES (?, ?, ?)')
    for (let i = 0; i < loadedRows; i++)
      statement.run(random(1_000_000), `text ${random(1_000_000)}`, i / 7)
    db.exec(`${indexOn('a')}; COMMIT`)
  }
})

/** Some lines of a file of comma-separated values, which is read again and again. */
function someLines() {
  const random = generator(31)
  return Array.from({ length: Math.min(10_000, readLines) }, () =>
    [
      random(1_000_000),
      `${words[random(10)]} ${words[random(10)]} ${random(100_000)}`,
      random(groupCount),
      random(100_000) / 100,
      random(1000),
    ].join(','),
  )
}

const lines = change(
  'load of a CSV, 1 million lines',
  1,
  readLines,
  [drop, `CREATE TABLE made(${itemColumns})`],
  (db) => {
    const text = someLines()
    const statement = db.prepare(
      'INSERT INTO made(code, name, grp, price, qty) VALUES (?, ?, ?, ?, ?)',
    )
    return () => {
      db.exec('BEGIN')
      for (let i = 0; i < readLines; i++) {
        const [code, name, group, price, quantity] = text[i % text.length].split(',')
        statement.run(Number(code), name, Number(group), Number(price), Number(quantity))
      }
      db.exec('COMMIT')
    }
  },
)

export const rowWrites = [
  insert('insert, one transaction', 1.2, []),
  insert('insert with two indexes', 1.2, ['a', 'b']),
  insertKeys('insert with a text index', ''),
  insertKeys('insert with a UNIQUE text index', 'UNIQUE'),
  autocommit,
  triggered('INSERT', 'INSERT INTO made(a, b) VALUES (?, ?)', (i) => [i, `text ${i}`]),
  triggered('UPDATE', 'UPDATE made SET a = ? WHERE id = ?', (_, random) => [
    random(1000),
    1 + random(changedRows),
  ]),
  triggered('DELETE', 'DELETE FROM made WHERE id = ?', (i) => [i]),
  loadThenIndex,
  insert('load, two indexes, few rows', 1, ['a', 'b'], changedRows),
  lines,
]
