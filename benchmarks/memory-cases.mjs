/**
 * What `bench:memory` looks at: each case runs in a process of its own, on files that are there (`files`, made by `makeFiles`). `size` makes rows and
 * files smaller; connections stay as many.
 */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from './peers.mjs'

const connectionCount = 100

/** All rows of a file, one after the other, with a cache of so many MiB. */
function iterated(name, file, mebibytes) {
  const run = async (engine, path) => {
    const db = await open(engine, path)
    db.exec(cache(mebibytes))
    let length = 0
    for (const row of db.prepare('SELECT id, a, s FROM t').iterate()) length += row.s.length
    if (length === 0) throw new Error('no row came')
    return [db]
  }
  return { name, file, isRead: true, run }
}

/** @param {number} size 1: a file of 3 GB, five million rows of results, a million rows changed */
export const rowsOf = (size) => ({
  wide: Math.max(10, Math.round(3_000_000 * size)),
  narrow: Math.max(10, Math.round(5_000_000 * size)),
  changed: Math.max(10, Math.round(1_000_000 * size)),
})

async function fill(path, columns, count, row) {
  const db = await open('chorusdb', path)
  db.exec(`PRAGMA synchronous = OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, ${columns})`)
  const insert = db.prepare(`INSERT INTO t VALUES (?, ?, ?)`)
  for (let i = 0; i < count;) {
    db.exec('BEGIN')
    for (const end = Math.min(count, i + 50_000); i < end; i++) insert.run(i, ...row(i))
    db.exec('COMMIT')
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Makes those of the files that the cases need. */
export async function makeFiles(folder, size, wanted) {
  const rows = rowsOf(size)
  const at = (name) => join(folder, `${name}.db`)
  const makers = {
    small: () => fill(at('small'), 'a INTEGER, s TEXT', 1000, (i) => [i, `name ${i}`]),
    // Four rows a page: about a kilobyte each.
    wide: () =>
      fill(at('wide'), 'a INTEGER, s TEXT', rows.wide, (i) => [i, `row ${i} `.padEnd(960, 'x')]),
    narrow: () => fill(at('narrow'), 'a INTEGER, s TEXT', rows.narrow, (i) => [i, `name ${i}`]),
    changed: () =>
      fill(at('changed'), 'a INTEGER, s TEXT', rows.changed, (i) => [
        (i * 7_919) % 1_000_003,
        `name ${i}`,
      ]),
  }
  for (const name of wanted) await makers[name]()
}

const cache = (mebibytes) => `PRAGMA cache_size = -${mebibytes * 1024}`

/** One connection that reads a table of a thousand rows, as a program does that waits for its next request. */
const read = (db) => db.prepare('SELECT count(*), max(s) FROM t').get()

/** A connection with a cache of 16 MiB runs one statement. */
function statement(name, file, sql) {
  return {
    name,
    file,
    run: async (engine, path) => {
      const db = await open(engine, path)
      db.exec(cache(16))
      db.exec(sql)
      return [db]
    },
  }
}

/** Each `run` answers the connections that it leaves open, for the process is looked at while they are. Those that only read need no copy of their file. */
export const cases = [
  { name: 'Node alone', file: 'small', isRead: true, run: async () => [] },
  {
    name: 'an idle connection',
    file: 'small',
    isRead: true,
    run: async (engine, path) => {
      const db = await open(engine, path)
      read(db)
      return [db]
    },
  },
  {
    name: '100 connections, one file',
    file: 'small',
    isRead: true,
    run: async (engine, path) => {
      const all = []
      for (let i = 0; i < connectionCount; i++) {
        all.push(await open(engine, path))
        read(all.at(-1))
      }
      return all
    },
  },
  {
    name: '100 connections, a file each',
    file: 'small',
    run: async (engine, path) => {
      const all = []
      for (let i = 0; i < connectionCount; i++) {
        copyFileSync(path, `${path}-${i}`)
        all.push(await open(engine, `${path}-${i}`))
        read(all.at(-1))
      }
      return all
    },
  },
  {
    name: 'cache of 64 MiB, scan of 3 GB',
    file: 'wide',
    isRead: true,
    run: async (engine, path) => {
      const db = await open(engine, path)
      db.exec(cache(64))
      db.prepare('SELECT count(*), sum(length(s)) FROM t').get()
      return [db]
    },
  },
  iterated('the same, rows iterated', 'wide', 64),
  iterated('5 million rows, iterated', 'narrow', 16),
  {
    name: '5 million rows, all()',
    file: 'narrow',
    isRead: true,
    run: async (engine, path) => {
      const db = await open(engine, path)
      db.exec(cache(16))
      const rows = db.prepare('SELECT id, a, s FROM t').all()
      if (rows.length === 0) throw new Error('no row came')
      return [db]
    },
  },
  statement('UPDATE of 1 million rows', 'changed', 'UPDATE t SET a = a + 1'),
  statement('UPDATE, texts grow', 'changed', "UPDATE t SET s = s || ' and more'"),
  statement('DELETE of half of them', 'changed', 'DELETE FROM t WHERE id % 2 = 0'),
  statement('DELETE of all of them', 'changed', 'DELETE FROM t'),
  statement('CREATE INDEX on an integer', 'changed', 'CREATE INDEX t_a ON t(a)'),
  statement('CREATE INDEX on a text', 'changed', 'CREATE INDEX t_s ON t(s)'),
  statement('CREATE TABLE AS', 'changed', 'CREATE TABLE u AS SELECT * FROM t'),
]
