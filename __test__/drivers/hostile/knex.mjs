/** Knex, as somebody uses it who wants to see it fail. */
import knexOf from 'knex'
import { fileOf, say } from './transcript.mjs'

const log = { warn() {}, error() {}, debug() {}, deprecate() {} }
const knex = knexOf({
  client: 'better-sqlite3',
  connection: { filename: fileOf() },
  useNullAsDefault: true,
  log,
})
await say('schema', () =>
  knex.schema
    .createTable('owner', (t) => {
      t.increments()
      t.string('name').notNullable().unique()
      t.json('settings').defaultTo('{}')
      t.bigInteger('large')
      t.binary('bytes')
      t.datetime('at')
      t.boolean('on').defaultTo(true)
      t.decimal('price', 10, 2)
      t.enu('kind', ['a', 'b'])
      t.timestamps(true, true)
    })
    .createTable('pet "quoted"', (t) => {
      t.integer('owner').references('owner.id').onDelete('SET NULL').onUpdate('CASCADE')
      t.string('a b')
      t.primary(['owner', 'a b'])
      t.index(['a b'], 'i x', { predicate: knex.whereNotNull('a b') })
    }),
)
const odd = [
  {
    name: 'x',
    large: 2n ** 60n,
    bytes: Buffer.from('ab'),
    at: new Date(1e12),
    on: false,
    price: 1.005,
    kind: 'a',
  },
  { name: 'o\'neil\0"', settings: JSON.stringify({ a: [1, { b: null }] }), large: -1 },
  { name: '', at: '2020-02-30', price: 'text' },
  { name: 'wrong', kind: 'c' },
  { name: 'x' },
  { name: null },
  { name: 'obj', settings: { a: 1 } },
  { name: 'arr', settings: [1, 2] },
  { name: undefined },
  { nowhere: 1 },
]
const fixed = { created_at: '2020-01-01', updated_at: '2020-01-01' }
for (const [i, row] of odd.entries()) {
  await say(`insert ${i}`, () => knex('owner').insert({ ...fixed, ...row }))
  await say(`insert ${i} returning`, () =>
    knex('owner').insert({ ...fixed, ...row, name: `${row.name}2` }, '*'),
  )
}
await say('rows', () => knex('owner').orderBy('id'))
await say('many', () =>
  knex
    .batchInsert(
      'owner',
      Array.from({ length: 700 }, (_, i) => ({ ...fixed, name: `m${i}` })),
      90,
    )
    .returning('id'),
)
await say('many, one of them wrong', () =>
  knex.batchInsert(
    'owner',
    [...Array.from({ length: 200 }, (_, i) => ({ name: `w${i}` })), { name: 'x' }],
    50,
  ),
)
await say('too many variables', () =>
  knex('owner')
    .whereIn(
      'id',
      Array.from({ length: 40_000 }, (_, i) => i),
    )
    .count(),
)
await say('upsert', () =>
  knex('owner')
    .insert({ ...fixed, name: 'x', price: 3 })
    .onConflict('name')
    .merge(['price'])
    .where('owner.price', '<', 2)
    .returning(['id', 'price']),
)
await say('upsert ignored', () =>
  knex('owner')
    .insert([{ name: 'x' }, { ...fixed, name: 'fresh' }])
    .onConflict()
    .ignore(),
)
await say('upsert on no index', () =>
  knex('owner').insert({ name: 'x' }).onConflict('price').merge(),
)
await say('JSON', () =>
  knex('owner')
    .select('id', knex.jsonExtract('settings', '$.a[1].b', 'b'))
    .where('id', '<', 4),
)
await say('JSON set', () =>
  knex('owner')
    .select(knex.jsonSet('settings', '$.z', '5', 'z'))
    .where('id', '<', 4),
)
await say('update from', () =>
  knex('owner')
    .update({ price: knex.raw('?? + 1', ['price']) })
    .where({ kind: 'a' })
    .returning(['id', 'price']),
)
await say('increment', () => knex('owner').where('id', 1).increment({ price: 2, large: 1 }))
await say('union', () =>
  knex
    .select('name')
    .from('owner')
    .where('id', 1)
    .union(knex.select('kind').from('owner').where('id', 1))
    .orderBy('name')
    .limit(1),
)
await say('with', () =>
  knex
    .withRecursive('r', (q) =>
      q
        .select(knex.raw('1 AS n'))
        .unionAll((u) => u.from('r').select(knex.raw('n + 1')).where('n', '<', 5)),
    )
    .from('r')
    .sum('n as s'),
)
await say('window', () =>
  knex('owner')
    .select('id')
    .rank('r', (w) => w.partitionBy('kind').orderBy('id', 'desc'))
    .where('id', '<', 6)
    .orderBy('id'),
)
await say('foreign key', () => knex('pet "quoted"').insert({ owner: 9999, 'a b': 'z' }))
await say('pet', () =>
  knex('pet "quoted"').insert([
    { owner: 1, 'a b': 'z' },
    { owner: 1, 'a b': 'y' },
  ]),
)
await say('cascade', () => knex('owner').where('id', 1).update({ id: 5000 }))
await say('pets', () => knex('pet "quoted"').select())
await say('primary key of nulls', () => knex('owner').where('id', 5000).del())
await say('pets then', () => knex('pet "quoted"').select())
await say('columns', () => knex('owner').columnInfo())
await say('columns of the quoted', () => knex('pet "quoted"').columnInfo())
await say('has', async () => [
  await knex.schema.hasTable('owner'),
  await knex.schema.hasColumn('owner', 'kind'),
  await knex.schema.hasTable('OWNER'),
])
for (const level of ['read uncommitted', 'serializable', 'snapshot']) {
  await say(`transaction ${level}`, () =>
    knex.transaction(async (trx) => trx('owner').where('id', 2).update({ price: 9 }), {
      isolationLevel: level,
    }),
  )
}
await say('read-only transaction', () =>
  knex.transaction((trx) => trx('owner').where('id', 2).update({ price: 8 }), { readOnly: true }),
)
await say('a transaction that goes on after an error', () =>
  knex.transaction(async (trx) => {
    await trx('owner').insert({ name: 'go', ...fixed })
    await trx('owner')
      .insert({ name: 'x2' })
      .catch((error) => error)
    return trx('owner').where({ name: 'go' }).count()
  }),
)
await say('savepoints, one inside the other, the inner taken back', () =>
  knex.transaction(async (trx) => {
    await trx.transaction(async (a) => {
      await a('owner').insert({ name: 'sa', ...fixed })
      const b = await a.transaction()
      await b('owner').insert({ name: 'sb', ...fixed })
      await b.rollback(new Error('inner')).catch(() => {})
      await a('owner').insert({ name: 'sc', ...fixed })
    })
    return trx('owner').where('name', 'like', 's_').orderBy('name').pluck('name')
  }),
)
await say('a transaction that is used after its end', async () => {
  const trx = await knex.transaction()
  await trx.commit()
  return trx('owner').count()
})
await say('alter', () =>
  knex.schema.alterTable('owner', (t) => {
    t.string('name', 20).nullable().alter()
    t.renameColumn('kind', 'sort')
    t.dropColumn('bytes')
    t.dropUnique(['name'])
    t.unique(['name', 'sort'])
  }),
)
await say('schema then', () => knex('sqlite_master').select('type', 'name', 'sql').orderBy('name'))
await say('a foreign key goes, one comes', () =>
  knex.schema.alterTable('pet "quoted"', (t) => t.dropForeign('owner')),
)
await say('foreign keys are on', () => knex.raw('PRAGMA foreign_keys'))
await say('view', () =>
  knex.schema.createViewOrReplace('v', (v) => {
    v.columns(['n'])
    v.as(knex('owner').select('name').where('id', '<', 5))
  }),
)
await say('rows of the view', () => knex('v'))
await say('concurrent', () =>
  Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      knex.transaction((trx) => trx('owner').insert({ name: `c${i}`, ...fixed })),
    ).map((p) =>
      p.then(
        () => 1,
        (error) => error,
      ),
    ),
  ),
)
await say('stream', async () => {
  let n = 0
  for await (const row of knex('owner').stream()) n += row.id
  return n
})
await say('raw', () =>
  knex.raw('SELECT :a AS a, :b: AS b FROM owner LIMIT 1', { a: null, b: 'id' }),
)
await say('raw of two statements', () => knex.raw('SELECT 1; SELECT 2'))
await say('explain', () =>
  knex.raw('EXPLAIN QUERY PLAN SELECT * FROM owner WHERE id = 1').then((rows) => rows.length),
)
await say('renamed', () => knex.schema.renameTable('owner', 'possessor'))
await say('schema in the end', () =>
  knex('sqlite_master').select('type', 'name', 'sql').orderBy('name'),
)
await say('dropped', () => knex.schema.dropTableIfExists('possessor').dropView('v'))
await knex.destroy()
