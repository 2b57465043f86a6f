/** Statements that store, change, delete or index many rows at once. One operation is one row that the statement stores, changes, or puts into an index. */
import { itemColumns, rowCount } from './datasets.mjs'
import { change, statement } from './workload.mjs'

const half = Math.floor(rowCount / 2)
const parents = Math.ceil(rowCount / 10)
const few = Math.ceil(rowCount / 15)

function createIndex(what, sql) {
  return statement(`CREATE INDEX on ${what}`, 1, rowCount, ['DROP INDEX IF EXISTS made_index'], sql)
}

/** Rows of `item` stored in another table. */
function copy(name, definition, sql) {
  const before = ['DROP INDEX IF EXISTS made_index', 'DROP TABLE IF EXISTS made']
  return statement(name, 1, rowCount, [...before, ...definition], sql)
}

const three = 'CREATE TABLE made(a INTEGER, b TEXT, c REAL)'

/** A table of all items, and some indexes on it. */
function many(...indexes) {
  return [
    'DROP TABLE IF EXISTS many',
    'CREATE TABLE many(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)',
    'INSERT INTO many SELECT id, code, name, price FROM item',
    ...indexes.map((on, i) => `CREATE INDEX many_${i} ON many(${on})`),
  ]
}

/** A parent of a tenth of the items, and ten children for each. */
const family = [
  'PRAGMA foreign_keys = OFF',
  'DROP TABLE IF EXISTS child',
  'DROP TABLE IF EXISTS parent',
  'CREATE TABLE parent(id INTEGER PRIMARY KEY, a INTEGER)',
  'CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent ON DELETE CASCADE, b TEXT)',
  `INSERT INTO parent SELECT id, code FROM item WHERE id <= ${parents}`,
  `INSERT INTO child SELECT id, 1 + code % ${parents}, name FROM item`,
  'CREATE INDEX child_parent ON child(parent)',
]

/** All rows a second time, by another statement. There is no cold round of it: another one comes before. */
const again = {
  ...change('update all, again', 1, rowCount, many('a'), (db) => {
    db.exec('UPDATE many SET c = c * 1.25')
    return () => db.exec('UPDATE many SET c = c * 1.5')
  }),
  isWarmOnly: true,
}

/** What the workloads before leave is not there any more: `VACUUM` writes what it finds. */
const data = [
  'DROP INDEX IF EXISTS made_index',
  ...['made', 'noted', 'many', 'wide', 'child', 'parent'].map((t) => `DROP TABLE IF EXISTS ${t}`),
]

const set = (name, rows, setUp, sql) => statement(name, 1, rows, setUp, sql)

export const setWrites = [
  createIndex('an integer', 'CREATE INDEX made_index ON item(code)'),
  createIndex('a text', 'CREATE INDEX made_index ON item(name)'),
  createIndex('two columns', 'CREATE INDEX made_index ON item(grp, price)'),
  createIndex('a text, UNIQUE', 'CREATE UNIQUE INDEX made_index ON item(name, id)'),
  copy(
    'INSERT … SELECT, tables alike',
    [`CREATE TABLE made(${itemColumns})`],
    'INSERT INTO made SELECT * FROM item',
  ),
  copy(
    'INSERT … SELECT, some columns',
    [three],
    'INSERT INTO made SELECT code, name, price FROM item WHERE qty >= 0',
  ),
  copy(
    'INSERT … SELECT, computed',
    [three],
    'INSERT INTO made SELECT code + 1, name, price * 2 FROM item',
  ),
  copy('CREATE TABLE AS', [], 'CREATE TABLE made AS SELECT * FROM item'),
  copy(
    'INSERT … SELECT, two indexes',
    [three, 'CREATE INDEX made_a ON made(a)', 'CREATE INDEX made_b ON made(b)'],
    'INSERT INTO made SELECT code, name, price FROM item',
  ),
  set('update all, no index touched', rowCount, many('a'), 'UPDATE many SET c = c * 1.5'),
  again,
  set('update all, rows grow', rowCount, many(), 'UPDATE many SET a = a + 100000000'),
  set('update all, texts grow', rowCount, many(), "UPDATE many SET b = b || ' and more'"),
  set('update half by a condition', half, many(), 'UPDATE many SET a = a + 1 WHERE id % 2 = 0'),
  set('update all, one index', rowCount, many('a'), 'UPDATE many SET a = a + 1'),
  set('delete half, no index', half, many(), 'DELETE FROM many WHERE id % 2 = 0'),
  set('delete a range of half', half, many(), `DELETE FROM many WHERE id <= ${half}`),
  set('delete half, two indexes', half, many('a', 'b'), 'DELETE FROM many WHERE id % 2 = 0'),
  set('delete all', rowCount, many(), 'DELETE FROM many'),
  set('delete all, two indexes', rowCount, many('a', 'b'), 'DELETE FROM many'),
  set('drop table', rowCount, many(), 'DROP TABLE many'),
  change('delete with cascade', 1, Math.floor(parents / 2), family, (db) => {
    db.exec('PRAGMA foreign_keys = ON')
    return () => db.exec('DELETE FROM parent WHERE id % 2 = 0')
  }),
  statement(
    'DROP COLUMN',
    1,
    few,
    [
      'DROP TABLE IF EXISTS wide',
      'CREATE TABLE wide(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)',
      `INSERT INTO wide SELECT id, code, name, price FROM item WHERE id <= ${few}`,
    ],
    'ALTER TABLE wide DROP COLUMN b',
  ),
  statement('VACUUM', 1, rowCount, data, 'VACUUM'),
]
