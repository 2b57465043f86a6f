/** Drizzle, as somebody uses it who wants to see it fail. */
import Database from 'better-sqlite3'
import { and, asc, count, desc, eq, gt, inArray, like, relations, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import {
  alias,
  blob,
  integer,
  numeric,
  real,
  sqliteTable,
  text,
  union,
  except,
} from 'drizzle-orm/sqlite-core'
import { fileOf, say } from './transcript.mjs'

const a = sqliteTable('a', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name', { length: 9 }).notNull().unique(),
  flag: integer('flag', { mode: 'boolean' }).default(true),
  at: integer('at', { mode: 'timestamp' }),
  ms: integer('ms', { mode: 'timestamp_ms' }),
  json: text('json', { mode: 'json' }).default(sql`'{"a":[1]}'`),
  large: blob('large', { mode: 'bigint' }),
  bytes: blob('bytes', { mode: 'buffer' }),
  bjson: blob('bjson', { mode: 'json' }),
  price: numeric('price'),
  exact: numeric('exact', { mode: 'bigint' }),
  r: real('r'),
  kind: text('kind', { enum: ['x', 'y'] }).$default(() => 'x'),
  twice: integer('twice').generatedAlwaysAs(sql`id * 2`, { mode: 'virtual' }),
})
const b = sqliteTable('b', {
  a: integer('a').notNull(),
  k: text('k').notNull(),
  parent: text('parent'),
})
const db = drizzle(new Database(fileOf()), {
  schema: {
    a,
    b,
    ar: relations(a, ({ many }) => ({ bs: many(b) })),
    br: relations(b, ({ one }) => ({ of: one(a, { fields: [b.a], references: [a.id] }) })),
  },
})
await say('schema', () => {
  db.run(sql`CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT(9) NOT NULL UNIQUE, flag INTEGER DEFAULT 1, at INTEGER, ms INTEGER, json TEXT DEFAULT '{"a":[1]}',
    large BLOB, bytes BLOB, bjson BLOB, price NUMERIC, exact NUMERIC, r REAL, kind TEXT CHECK (kind IN ('x', 'y')), twice INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL)`)
  return db.run(
    sql`CREATE TABLE b(a INTEGER NOT NULL REFERENCES a ON DELETE CASCADE, k TEXT NOT NULL, parent TEXT, PRIMARY KEY (a, k), FOREIGN KEY (a, parent) REFERENCES b(a, k) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID`,
  )
})
const rows = [
  {
    name: 'one',
    flag: false,
    at: new Date(1_600_000_000_999),
    ms: new Date(1_600_000_000_999),
    json: { x: [null, 'é'] },
    large: 2n ** 80n,
    bytes: Buffer.from([0, 1]),
    bjson: [1],
    price: '1.50',
    exact: 2n ** 60n,
    r: 1e-320,
  },
  { name: 'two', large: -5n, price: 'text', r: Number.NaN, json: null },
  { name: 'one' },
  { name: null },
  { name: 'three', kind: 'z' },
  { name: 'four', at: new Date(Number.NaN) },
  { name: 'five', exact: 5n, id: 2 ** 53 },
  { name: "'; DROP TABLE a; --" },
  { name: 'six', bytes: new Uint8Array([9]) },
]
for (const [i, row] of rows.entries()) {
  await say(`insert ${i}`, () => db.insert(a).values(row).run())
  await say(`insert ${i} returning`, () =>
    db
      .insert(a)
      .values({ ...row, id: undefined, name: row.name && `${row.name}+` })
      .returning()
      .all(),
  )
}
await say('rows', () => db.select().from(a).orderBy(asc(a.id)).all())
await say('values', () => db.select().from(a).orderBy(asc(a.id)).values())
await say('none', () => db.insert(a).values([]).run())
await say('b', () =>
  db
    .insert(b)
    .values([
      { a: 1, k: 'p' },
      { a: 1, k: 'q', parent: 'p' },
      { a: 2, k: 'r' },
    ])
    .run(),
)
await say('no parent', () => db.insert(b).values({ a: 1, k: 's', parent: 'none' }).run())
await say('a parent that comes later', () =>
  db.transaction((tx) => {
    tx.insert(b).values({ a: 1, k: 's', parent: 't' }).run()
    return tx.insert(b).values({ a: 1, k: 't' }).run()
  }),
)
await say('upsert', () =>
  db
    .insert(b)
    .values([
      { a: 1, k: 'p', parent: 'q' },
      { a: 2, k: 'r', parent: null },
    ])
    .onConflictDoUpdate({
      target: [b.a, b.k],
      set: { parent: sql`excluded.parent` },
      setWhere: sql`excluded.parent IS NOT NULL`,
    })
    .returning()
    .all(),
)
await say('upsert with a condition of its target', () =>
  db
    .insert(a)
    .values({ name: 'one' })
    .onConflictDoUpdate({ target: a.name, targetWhere: sql`id > 0`, set: { flag: true } })
    .run(),
)
await say('nothing', () =>
  db
    .insert(a)
    .values([{ name: 'one' }, { name: 'new' }])
    .onConflictDoNothing()
    .returning({ id: a.id })
    .all(),
)
await say('insert from select', () =>
  db
    .insert(b)
    .select(
      db
        .select({ a: a.id, k: a.name, parent: sql`NULL`.as('parent') })
        .from(a)
        .where(like(a.name, 't%')),
    )
    .returning()
    .all(),
)
await say('relations', () =>
  db.query.a.findMany({
    with: {
      bs: {
        columns: { k: true },
        orderBy: desc(b.k),
        limit: 2,
        with: { of: { columns: { json: true, at: true } } },
      },
    },
    orderBy: asc(a.id),
    where: inArray(a.id, [1, 2]),
    extras: { up: sql`upper(${a.name})`.as('up') },
    columns: { name: true, large: true, bytes: true },
  }),
)
await say('relation of none', () =>
  db.query.b.findFirst({ where: eq(b.k, 'none'), with: { of: true } }).sync(),
)
const other = alias(a, 'other')
await say('itself', () =>
  db
    .select({ x: a.id, y: other.name })
    .from(a)
    .leftJoin(other, eq(other.id, sql`${a.id} + 1`))
    .orderBy(a.id)
    .all(),
)
await say('full join', () =>
  db
    .select()
    .from(b)
    .fullJoin(a, and(eq(a.id, b.a), gt(a.id, 1)))
    .orderBy(sql`1, 2, 4`)
    .all(),
)
await say('groups', () =>
  db
    .select({
      kind: a.kind,
      n: count(),
      s: sql`group_concat(${a.name}, ';' ORDER BY ${a.id} DESC)`,
    })
    .from(a)
    .groupBy(a.kind)
    .having(({ n }) => gt(n, 0))
    .all(),
)
const w = db
  .$with('w')
  .as(db.select({ id: a.id, rank: sql`row_number() OVER (ORDER BY ${a.name})`.as('rank') }).from(a))
await say('with', () => db.with(w).select().from(w).where(gt(w.rank, 2)).all())
await say('union', () =>
  union(db.select({ n: a.name }).from(a), db.select({ n: b.k }).from(b))
    .orderBy(sql`n`)
    .limit(5)
    .offset(1)
    .all(),
)
await say('except', () =>
  except(db.select({ n: a.id }).from(a), db.select({ n: b.a }).from(b))
    .orderBy(sql`n`)
    .all(),
)
await say('update returning', () =>
  db
    .update(a)
    .set({ json: sql`json_set(${a.json}, '$.y', json('[2]'))`, at: null })
    .where(eq(a.id, 1))
    .returning()
    .get(),
)
await say('update from', () =>
  db
    .update(b)
    .set({ parent: sql`${a.name}` })
    .from(a)
    .where(and(eq(a.id, b.a), eq(b.k, 'nothing')))
    .run(),
)
await say('update of nothing', () => db.update(a).set({}).run())
await say('delete limit', () =>
  db.delete(a).where(gt(a.id, 3)).orderBy(desc(a.id)).limit(1).returning({ id: a.id }).all(),
)
await say('cascade', () => db.delete(a).where(eq(a.id, 1)).run())
await say('what is left', () => db.select().from(b).orderBy(b.a, b.k).all())
await say('prepared', () => {
  const p = db
    .select()
    .from(a)
    .where(eq(a.name, sql.placeholder('n')))
    .prepare()
  return [p.get({ n: 'two' })?.id, p.all({ n: 'none' }), p.execute({ n: 'two+' }).sync?.()]
})
await say('prepared without its value', () =>
  db
    .select()
    .from(a)
    .where(eq(a.name, sql.placeholder('n')))
    .prepare()
    .get({}),
)
await say('nested', () =>
  db.transaction(
    (tx) => {
      tx.insert(a).values({ name: 'outer' }).run()
      for (const [name, isWrong] of [
        ['in1', false],
        ['in2', true],
        ['in3', false],
      ]) {
        try {
          tx.transaction((t2) => {
            t2.insert(a).values({ name }).run()
            t2.transaction((t3) =>
              t3
                .insert(a)
                .values({ name: `${name}d` })
                .run(),
            )
            if (isWrong) t2.insert(a).values({ name: 'outer' }).run()
          })
        } catch {
          tx.insert(a).values({ name: 'failed' }).run()
        }
      }
      return tx
        .select({ n: a.name })
        .from(a)
        .where(inArray(a.name, ['outer', 'in1', 'in1d', 'in2', 'in2d', 'in3', 'in3d', 'failed']))
        .orderBy(a.id)
        .all()
    },
    { behavior: 'immediate' },
  ),
)
await say('asynchronous', () =>
  db.transaction(async (tx) => tx.insert(a).values({ name: 'async' }).run()),
)
await say('and is in no transaction', () => [
  db.$client.inTransaction,
  db.select().from(a).where(eq(a.name, 'async')).all(),
])
await say('count', () => db.$count(a, gt(a.id, 2)))
await say('raw', () => [
  db.all(sql`SELECT ${1n} AS a, ${null} AS b, ${'x'} AS c`),
  db.get(sql`SELECT 1 AS a`),
  db.values(sql`SELECT 1, 'b'`),
])
await say('raw wrong', () => db.all(sql`SELECT nope`))
await say('raw of a Date', () => db.all(sql`SELECT ${new Date(0)}`))
