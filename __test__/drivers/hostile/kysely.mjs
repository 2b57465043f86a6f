/** Kysely, as somebody uses it who wants to see it fail. */
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { fileOf, say } from './transcript.mjs'

const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(fileOf()) }) })
await say('schema', async () => {
  await db.schema
    .createTable('a')
    .ifNotExists()
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('name', 'varchar(20)', (c) =>
      c
        .notNull()
        .unique()
        .check(sql`length(name) < 9`),
    )
    .addColumn('twice', 'integer', (c) => c.generatedAlwaysAs(sql`id * 2`).stored())
    .addColumn('low', 'text', (c) => c.generatedAlwaysAs(sql`lower(name)`))
    .addColumn('data', 'json', (c) => c.defaultTo(sql`(json('{}'))`))
    .execute()
  await db.schema
    .createTable('b')
    .addColumn('a', 'integer')
    .addColumn('k', 'text')
    .addColumn('v', 'blob')
    .addPrimaryKeyConstraint('pk', ['a', 'k'])
    .addForeignKeyConstraint('fk', ['a'], 'a', ['id'], (c) =>
      c.onDelete('cascade').onUpdate('restrict'),
    )
    .modifyEnd(sql`without rowid`)
    .execute()
  await db.schema
    .createIndex('i')
    .on('a')
    .expression(sql`lower(name)`)
    .where('id', '>', 2)
    .execute()
})
for (const row of [
  { name: 'x' },
  { name: 'X', data: '{"a":1}' },
  { name: 'x' },
  { name: 'much too long' },
  { name: null },
  { name: 5 },
  { name: 5n },
  { name: Buffer.from('q') },
  { id: 2n ** 62n, name: 'big' },
  { name: 'after' },
  { twice: 4, name: 't' },
  { name: true },
  { name: new Date(0) },
  { name: 'j', data: { a: 1 } },
]) {
  await say('insert', () => db.insertInto('a').values(row).executeTakeFirst())
  await say('insert returning', () =>
    db
      .insertInto('a')
      .values({ ...row, name: row.name === 'x' ? 'y' : row.name })
      .returningAll()
      .execute(),
  )
}
await say('rows', () => db.selectFrom('a').selectAll().orderBy('id').execute())
await say('b', () =>
  db
    .insertInto('b')
    .values([
      { a: 1, k: 'k', v: Buffer.from([1]) },
      { a: 1, k: 'l', v: null },
    ])
    .execute(),
)
await say('no parent', () => db.insertInto('b').values({ a: 77, k: 'k' }).execute())
await say('restricted', () => db.updateTable('a').set({ id: 99 }).where('id', '=', 1).execute())
await say('upsert', () =>
  db
    .insertInto('b')
    .values({ a: 1, k: 'k', v: 'new' })
    .onConflict((c) =>
      c
        .columns(['a', 'k'])
        .doUpdateSet((e) => ({ v: e.ref('excluded.v') }))
        .where('b.k', '=', 'k'),
    )
    .returningAll()
    .execute(),
)
await say('upsert by expression', () =>
  db
    .insertInto('a')
    .values({ name: 'x' })
    .onConflict((c) => c.column('name').doUpdateSet({ data: sql`json_set(data, '$.n', 1)` }))
    .returning(['id', 'data'])
    .execute(),
)
await say('or replace', () =>
  db.replaceInto('a').values({ name: 'x', data: '[]' }).returningAll().execute(),
)
await say('or ignore', () => db.insertInto('a').orIgnore().values({ name: 'x' }).executeTakeFirst())
await say('update from', () =>
  db
    .updateTable('b')
    .from('a')
    .set({ v: sql`a.name` })
    .whereRef('a.id', '=', 'b.a')
    .returning(['b.k', 'b.v'])
    .execute(),
)
await say('delete limit', () =>
  db.deleteFrom('a').where('name', '=', 'y').limit(1).executeTakeFirst(),
)
await say('aggregate filter', () =>
  db
    .selectFrom('a')
    .select((e) => [
      e.fn.countAll().filterWhere('id', '>', 3).as('n'),
      e.fn.agg('group_concat', ['name']).orderBy('id').as('g'),
      e.fn.max('id').distinct().as('m'),
    ])
    .executeTakeFirst(),
)
await say('case', () =>
  db
    .selectFrom('a')
    .select((e) => ['id', e.case().when('id', '<', 3).then('small').else('large').end().as('size')])
    .orderBy(sql`id desc nulls last`)
    .limit(3)
    .offset(1)
    .execute(),
)
await say('JSON path', () =>
  db
    .selectFrom('a')
    .select((e) => e.ref('data', '->>$').key('a').as('x'))
    .orderBy('id')
    .limit(3)
    .execute(),
)
await say('tuple', () =>
  db
    .selectFrom('b')
    .selectAll()
    .where((e) => e(e.refTuple('a', 'k'), 'in', [e.tuple(1, 'k'), e.tuple(1, 'l')]))
    .execute(),
)
await say('recursion', () =>
  db
    .withRecursive('r(n)', (q) =>
      q.selectNoFrom(sql`1`.as('n')).unionAll(
        q
          .selectFrom('r')
          .select(sql`n + 1`.as('n'))
          .where('n', '<', 4),
      ),
    )
    .selectFrom('r')
    .selectAll()
    .execute(),
)
await say('introspection', () => db.introspection.getTables())
await say('no such column', () => db.selectFrom('a').select('nope').execute())
await say('nothing to have', () =>
  db.selectFrom('a').selectAll().where('id', '=', -1).executeTakeFirstOrThrow(),
)
await say('a transaction that throws', () =>
  db.transaction().execute(async (t) => {
    await t.insertInto('a').values({ name: 'tt' }).execute()
    throw new Error('mine')
  }),
)
await say('isolation', () =>
  db
    .transaction()
    .setIsolationLevel('serializable')
    .execute((t) =>
      t
        .selectFrom('a')
        .select(sql`count(*)`.as('n'))
        .execute(),
    ),
)
await say('savepoints', async () => {
  const t = await db.startTransaction().execute()
  await t.insertInto('a').values({ name: 's1' }).execute()
  const p = await t.savepoint('one').execute()
  await p.insertInto('a').values({ name: 's2' }).execute()
  const q = await p.savepoint('two "quoted"').execute()
  await q.insertInto('a').values({ name: 's3' }).execute()
  await q.rollbackToSavepoint('one').execute()
  await q.insertInto('a').values({ name: 's4' }).execute()
  await t.commit().execute()
  return db.selectFrom('a').select('name').where('name', 'like', 's_').orderBy('name').execute()
})
await say('a savepoint that is gone', async () => {
  const t = await db.startTransaction().execute()
  try {
    return await t.rollbackToSavepoint('none').execute()
  } finally {
    await t.rollback().execute()
  }
})
await say('concurrent', () =>
  Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      db
        .transaction()
        .execute((t) =>
          t
            .insertInto('a')
            .values({ name: `c${i % 7}` })
            .execute(),
        )
        .then(
          () => 1,
          (error) => error,
        ),
    ),
  ),
)
await say('stream', async () => {
  let n = 0
  for await (const _row of db.selectFrom('a').selectAll().stream()) n++
  return n
})
await say('stream of a write', async () => {
  const all = []
  for await (const row of db.deleteFrom('a').where('name', 'like', 'c%').returning('name').stream())
    all.push(row)
  return all
})
await say('drop a column in use', () => db.schema.alterTable('a').dropColumn('name').execute())
await say('rename a column in use', () =>
  db.schema.alterTable('a').renameColumn('name', 'title').execute(),
)
await say('schema', () => sql`SELECT name, sql FROM sqlite_schema ORDER BY name`.execute(db))
await say('drop the parent', () => db.schema.dropTable('a').execute())
await say('two statements', () => sql`SELECT 1; SELECT 2`.execute(db))
await say('pragma', () => sql`PRAGMA foreign_key_list(b)`.execute(db))
await db.destroy()
await say('after the end', () => db.selectFrom('b').selectAll().execute())
