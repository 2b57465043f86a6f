/** An index that is inserted into while a cursor runs through it: the cursor sees every entry that was there. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

test('index cursor: entries inserted behind it by other statements cost it none of its own', (t) => {
  const db = new Database(':memory:')
  db.unsafeMode()
  db.exec('CREATE TABLE t(a, b); CREATE INDEX i ON t(a)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  for (let i = 0; i < 400; i++) insert.run(i * 10, i)
  const seen: number[] = []
  let inserted = 0
  const rows = db.prepare('SELECT a FROM t WHERE a >= 0 ORDER BY a').pluck().iterate()
  for (const a of rows as Iterable<number>) {
    seen.push(a)
    if (inserted < 300)
      db.prepare(`INSERT INTO t VALUES (?, ?) -- ${inserted}`).run(-5 - inserted++, 0)
  }
  t.deepEqual(
    seen,
    Array.from({ length: 400 }, (_, i) => i * 10),
  )
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
})

test('index cursor: numbers are found wherever they lie, evenly spread or not', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a, b); CREATE INDEX i ON t(a)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  const values = new Set<number>()
  for (let i = 0; i < 3000; i++) {
    values.add(i % 3 === 0 ? i : i % 3 === 1 ? i ** 3 : -((i * 7919) % 100_003))
    if (i % 50 === 0) values.add(i / 7).add(2 ** 40 + i)
  }
  for (const value of values) insert.run(value, value)
  const equal = db.prepare('SELECT count(*) FROM t WHERE a = ?').pluck()
  const above = db.prepare('SELECT min(b) FROM t INDEXED BY i WHERE a > ?').pluck()
  const sorted = [...values].toSorted((x, y) => x - y)
  sorted.forEach((value, i) => {
    if (equal.get(value) !== 1) t.fail(`${value} is not found`)
    if (i % 7 === 0 && i + 1 < sorted.length && above.get(value) !== sorted[i + 1]) {
      t.fail(`after ${value} comes ${String(above.get(value))}`)
    }
  })
  t.is(equal.get(2 ** 39), 0)
})
