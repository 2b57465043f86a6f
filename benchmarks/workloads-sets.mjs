/**
 * Statements that change or delete many rows at once. Each makes its table anew, which is not measured, and is then run: again and again in
 * one process (warm), and once in a process of its own that finds the table made (cold). One operation is one row that the statement changes.
 */
import { rowCount } from './workloads.mjs'

const columns = 'id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL'

/** A table of all items, and some indexes on it. */
function many(...indexes) {
  return [
    'PRAGMA synchronous = NORMAL',
    'DROP TABLE IF EXISTS many',
    `CREATE TABLE many(${columns})`,
    'INSERT INTO many SELECT id, code, name, price FROM item',
    ...indexes.map((on, i) => `CREATE INDEX many_${i} ON many(${on})`),
  ]
}

/** A parent of a tenth of the items, and ten children for each. */
const family = [
  'PRAGMA synchronous = NORMAL',
  'PRAGMA foreign_keys = OFF',
  'DROP TABLE IF EXISTS child',
  'DROP TABLE IF EXISTS parent',
  'CREATE TABLE parent(id INTEGER PRIMARY KEY, a INTEGER)',
  'CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent ON DELETE CASCADE, b TEXT)',
  `INSERT INTO parent SELECT id, code FROM item WHERE id <= ${rowCount / 10}`,
  `INSERT INTO child SELECT id, 1 + code % ${rowCount / 10}, name FROM item`,
  'CREATE INDEX child_parent ON child(parent)',
  'PRAGMA foreign_keys = ON',
]

/** @param again what a connection that finds the table made has to say */
function set(name, rows, setUp, sql, again = []) {
  return {
    name,
    goal: 1,
    unit: 'rows',
    cold: true,
    setUp,
    again: (db) => {
      for (const text of ['PRAGMA synchronous = NORMAL', ...again]) db.exec(text)
      return () => {
        db.exec(sql)
        return rows
      }
    },
    prepare: (db) => () => {
      for (const text of setUp) db.exec(text)
      const start = performance.now()
      db.exec(sql)
      return { operations: rows, ms: performance.now() - start }
    },
  }
}

const half = rowCount / 2

export const setWorkloads = [
  set('update all, no index touched', rowCount, many('a'), 'UPDATE many SET c = c * 1.5'),
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
  set('delete with cascade', rowCount / 20, family, 'DELETE FROM parent WHERE id % 2 = 0', [
    'PRAGMA foreign_keys = ON',
  ]),
]
