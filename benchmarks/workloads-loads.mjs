/**
 * Loads: many rows stored by one statement or one transaction, and indexes made of rows that are there. `cold`: also measured as the first thing that a
 * process does after it has opened the database.
 */
import { rowCount } from './workloads.mjs'

const loadedRows = 200_000
const indexedRows = 20_000

function generator(seed) {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

/** `made`, which no round finds there, is what the statement makes. */
function timed(db, before, sql, rows) {
  db.exec('PRAGMA synchronous = NORMAL')
  return () => {
    db.exec(before)
    const start = performance.now()
    db.exec(sql)
    return { operations: rows, ms: performance.now() - start }
  }
}

function createIndex(what, index) {
  return {
    name: `CREATE INDEX on ${what}`,
    goal: 1,
    unit: 'rows',
    cold: true,
    prepare: (db) => timed(db, 'DROP INDEX IF EXISTS made_index', index, rowCount),
  }
}

/** Rows of `item` stored in another table. */
function copy(name, definition, sql) {
  return {
    name,
    goal: 1,
    unit: 'rows',
    cold: true,
    prepare: (db) => timed(db, `DROP TABLE IF EXISTS made; ${definition}`, sql, rowCount),
  }
}

const like =
  'CREATE TABLE made(id INTEGER PRIMARY KEY, code INTEGER, name TEXT, grp INTEGER, price REAL, qty INTEGER);'

/** Single inserts in one transaction: with indexes from the beginning, or made at the end. */
function load(name, rows, before, after) {
  return {
    name,
    goal: 1,
    unit: 'rows',
    cold: true,
    prepare: (db) => {
      db.exec('PRAGMA synchronous = NORMAL')
      return () => {
        db.exec(
          'DROP TABLE IF EXISTS made; CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)',
        )
        db.exec(before)
        const random = generator(29)
        const start = performance.now()
        db.exec('BEGIN')
        const statement = db.prepare('INSERT INTO made(a, b, c) VALUES (?, ?, ?)')
        for (let i = 0; i < rows; i++)
          statement.run(random(1_000_000), `text ${random(1_000_000)}`, i / 7)
        db.exec(after)
        db.exec('COMMIT')
        return { operations: rows, ms: performance.now() - start }
      }
    },
  }
}

const two = 'CREATE INDEX made_a ON made(a); CREATE INDEX made_b ON made(b)'

export const loads = [
  createIndex('an integer', 'CREATE INDEX made_index ON item(code)'),
  createIndex('a text', 'CREATE INDEX made_index ON item(name)'),
  createIndex('two columns', 'CREATE INDEX made_index ON item(grp, price)'),
  createIndex('a text, UNIQUE', 'CREATE UNIQUE INDEX made_index ON item(name, id)'),
  copy('INSERT … SELECT, tables alike', like, 'INSERT INTO made SELECT * FROM item'),
  copy(
    'INSERT … SELECT, some columns',
    'CREATE TABLE made(a INTEGER, b TEXT, c REAL);',
    'INSERT INTO made SELECT code, name, price FROM item WHERE qty >= 0',
  ),
  copy(
    'INSERT … SELECT, computed',
    'CREATE TABLE made(a INTEGER, b TEXT, c REAL);',
    'INSERT INTO made SELECT code + 1, name, price * 2 FROM item',
  ),
  copy('CREATE TABLE AS', '', 'CREATE TABLE made AS SELECT * FROM item'),
  copy(
    'INSERT … SELECT, two indexes',
    `CREATE TABLE made(a INTEGER, b TEXT, c REAL); ${two};`,
    'INSERT INTO made SELECT code, name, price FROM item',
  ),
  load('load, an index at the end', loadedRows, '', 'CREATE INDEX made_a ON made(a)'),
  load('load, two indexes', indexedRows, two, ''),
]
