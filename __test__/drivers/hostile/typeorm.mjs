/** TypeORM, as somebody uses it who wants to see it fail. */
import typeorm from 'typeorm'
import { fileOf, say } from './transcript.mjs'

const {
  DataSource,
  EntitySchema,
  Table,
  TableColumn,
  TableIndex,
  TableUnique,
  TableCheck,
  IsNull,
  Like,
  Between,
  In,
  Not,
  Raw,
} = typeorm
const A = new EntitySchema({
  name: 'A',
  tableName: 'a_table',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    name: { type: 'varchar', length: 9, unique: true },
    big: { type: 'bigint', nullable: true },
    int64: { type: 'int8', nullable: true },
    json: { type: 'simple-json', nullable: true },
    list: { type: 'simple-array', nullable: true },
    bytes: { type: 'blob', nullable: true },
    on: { type: 'boolean', default: true },
    day: { type: 'date', nullable: true },
    time: { type: 'time', nullable: true },
    at: { type: 'datetime', nullable: true },
    price: { type: 'decimal', precision: 10, scale: 2, nullable: true },
    r: { type: 'double', nullable: true, default: 1.5 },
    kind: { type: 'simple-enum', enum: ['x', 'y z'], default: 'x' },
    up: {
      type: 'varchar',
      asExpression: 'upper("name")',
      generatedType: 'STORED',
      insert: false,
      update: false,
      nullable: true,
    },
    version: { type: 'integer', version: true },
  },
  relations: {
    parent: {
      type: 'many-to-one',
      target: 'A',
      nullable: true,
      onDelete: 'SET NULL',
      inverseSide: 'children',
    },
    children: { type: 'one-to-many', target: 'A', inverseSide: 'parent', cascade: true },
    tags: { type: 'many-to-many', target: 'T', joinTable: true, cascade: true },
  },
  uniques: [{ columns: ['name', 'kind'] }],
  checks: [{ name: 'ch', expression: `"price" IS NULL OR "price" > 0` }],
})
const T = new EntitySchema({
  name: 'T',
  tableName: 't',
  columns: {
    k: { type: 'varchar', primary: true },
    n: { type: 'integer', primary: true },
    text: { type: 'text', nullable: true },
  },
})
const make = (more = {}) =>
  new DataSource({ type: 'better-sqlite3', database: fileOf(), entities: [A, T], ...more })
const source = make()
await say('opens', async () => (await source.initialize()).isInitialized)
await say('what it would do', async () =>
  (await source.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query),
)
await say('synchronizes', () => source.synchronize())
await say('nothing more', async () =>
  (await source.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query),
)
const repo = source.getRepository('A')
for (const [i, row] of [
  {
    name: 'one',
    big: '9007199254740993',
    int64: 5,
    json: { a: [null] },
    list: ['p', 'q,r'],
    bytes: Buffer.from([0, 255]),
    day: '2020-02-30',
    time: '25:61',
    at: new Date(1_600_000_000_123),
    price: 1.005,
    kind: 'y z',
    tags: [
      { k: 'k', n: 1 },
      { k: 'k', n: 2 },
    ],
  },
  {
    name: 'two',
    on: false,
    r: null,
    children: [{ name: 'two.1' }, { name: 'two.2', children: [{ name: 'two.2.1' }] }],
  },
  { name: 'one' },
  { name: null },
  { name: 'three', kind: 'q' },
  { name: 'four', price: -1 },
  { name: 'five', big: 2n ** 62n },
  { name: 'six', at: 'no date' },
  { name: 'seven', parent: { id: 999 } },
  {},
].entries()) {
  await say(`save ${i}`, () => repo.save(row))
  await say(`insert ${i}`, () =>
    repo.insert({ ...row, name: row.name && `${row.name}+`, children: undefined, tags: undefined }),
  )
}
await say('rows', () =>
  repo.find({
    relations: { tags: true, children: true, parent: true },
    order: { id: 'ASC', tags: { n: 'ASC' }, children: { id: 'ASC' } },
  }),
)
await say('conditions', () =>
  repo.find({
    select: { id: true },
    where: [
      { name: Like('two%'), parent: IsNull() },
      { id: Between(1, 2), big: Not(IsNull()) },
      { name: Raw((c) => `lower(${c}) = :n`, { n: 'five' }) },
    ],
    order: { id: 'DESC' },
    skip: 1,
    take: 2,
  }),
)
await say('a page with relations', () =>
  repo.findAndCount({
    relations: { children: true },
    where: { children: { name: Like('two%') } },
    order: { name: 'ASC' },
    skip: 0,
    take: 1,
  }),
)
await say('upsert', () =>
  repo.upsert(
    [
      { name: 'one', kind: 'x', price: 3 },
      { name: 'fresh', price: 4 },
    ],
    { conflictPaths: ['name'], skipUpdateIfNoValuesChanged: true },
  ),
)
await say('or ignore', () =>
  source
    .createQueryBuilder()
    .insert()
    .into('A')
    .values([{ name: 'one' }, { name: 'ign' }])
    .orIgnore()
    .execute(),
)
await say('update', () =>
  source
    .createQueryBuilder()
    .update('A')
    .set({ price: () => 'price * 2' })
    .where('price IS NOT NULL')
    .returning(['id', 'price'])
    .execute(),
)
await say('an older version', async () => {
  const x = await repo.findOneByOrFail({ name: 'one' })
  await repo.findOne({ where: { id: x.id }, lock: { mode: 'optimistic', version: x.version + 1 } })
})
await say('groups', () =>
  repo
    .createQueryBuilder('x')
    .select('x.kind', 'k')
    .addSelect('COUNT(*)', 'n')
    .addSelect((q) => q.select('MAX(y.id)').from('A', 'y'), 'm')
    .groupBy('x.kind')
    .having('COUNT(*) > :c', { c: 0 })
    .orderBy('k')
    .getRawMany(),
)
await say('common table', () =>
  source
    .createQueryBuilder()
    .addCommonTableExpression('SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3', 'r', {
      recursive: true,
      columnNames: ['n'],
    })
    .from('r', 'r')
    .select('n')
    .getRawMany(),
)
await say('stream', async () => {
  let n = 0
  for await (const _row of await repo.createQueryBuilder('x').stream()) n++
  return n
})
await say('cascade', async () => {
  await repo.delete({ name: 'two' })
  return repo.find({
    select: { id: true, name: true },
    relations: { parent: true },
    where: { name: Like('two%') },
  })
})
await say('restricted', () => source.getRepository('T').delete({ k: 'k', n: 1 }))
for (const level of ['READ UNCOMMITTED', 'SERIALIZABLE', 'REPEATABLE READ'])
  await say(`level ${level}`, () =>
    source.transaction(level, (m) => m.save('A', { name: level.slice(0, 6) })),
  )
await say('what that leaves', () => source.query('PRAGMA read_uncommitted'))
await say('nested', async () => {
  await source.transaction(async (m) => {
    await m.insert('A', { name: 'n1' })
    await m.transaction(async (m2) => {
      await m2.insert('A', { name: 'n2' })
      await m2
        .transaction(async (m3) => {
          await m3.insert('A', { name: 'n3' })
          throw new Error('third')
        })
        .catch(() => {})
      await m2.insert('A', { name: 'n4' })
    })
    await m
      .transaction(async (m2) => {
        await m2.insert('A', { name: 'n5' })
        await m2.insert('A', { name: 'n1' })
      })
      .catch(() => {})
  })
  return repo.find({
    select: { name: true },
    where: { name: In(['n1', 'n2', 'n3', 'n4', 'n5']) },
    order: { name: 'ASC' },
  })
})
await say('concurrent', () =>
  Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      repo.insert({ name: `c${i % 8}` }).then(
        () => 1,
        (error) => error,
      ),
    ),
  ),
)
const runner = source.createQueryRunner()
const table = () =>
  runner
    .getTable('b')
    .then(
      (t) =>
        t && [
          t.columns.map(
            ({ name, type, default: d, isNullable, isPrimary, isGenerated, asExpression }) => [
              name,
              type,
              d,
              isNullable,
              isPrimary,
              isGenerated,
              asExpression,
            ],
          ),
          t.indices.map(({ name, columnNames, isUnique, where }) => [
            name,
            columnNames,
            isUnique,
            where,
          ]),
          t.uniques.map((u) => u.columnNames),
          t.checks.map((c) => c.expression),
          t.foreignKeys.map((f) => [f.columnNames, f.referencedTableName, f.onDelete]),
        ],
    )
for (const [name, body] of Object.entries({
  'create table': () =>
    runner.createTable(
      new Table({
        name: 'b',
        columns: [
          {
            name: 'id',
            type: 'integer',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'increment',
          },
          { name: 'x y', type: 'varchar', default: "'it''s'" },
          { name: 'a', type: 'integer', isNullable: true },
        ],
        foreignKeys: [
          { columnNames: ['a'], referencedTableName: 'a_table', referencedColumnNames: ['id'] },
        ],
      }),
    ),
  rows: () => runner.query('INSERT INTO b("x y") VALUES (?), (?) RETURNING *', ['p', 'q']),
  'add column': () =>
    runner.addColumn('b', new TableColumn({ name: 'c', type: 'integer', default: 5 })),
  'add a column without a default': () =>
    runner.addColumn('b', new TableColumn({ name: 'd', type: 'integer', isNullable: true })),
  'add index': () =>
    runner.createIndex(
      'b',
      new TableIndex({ name: 'i', columnNames: ['x y', 'c'], isUnique: true, where: '"c" > 1' }),
    ),
  'add unique': () => runner.createUniqueConstraint('b', new TableUnique({ columnNames: ['c'] })),
  'add check': () => runner.createCheckConstraint('b', new TableCheck({ expression: '"c" > 4' })),
  'rename column': () => runner.renameColumn('b', 'c', 'see'),
  'drop foreign key': async () =>
    runner.dropForeignKey('b', (await runner.getTable('b')).foreignKeys[0]),
  'change column': () =>
    runner.changeColumn(
      'b',
      'see',
      new TableColumn({ name: 'see', type: 'varchar', isNullable: true }),
    ),
  'drop column': () => runner.dropColumn('b', 'x y'),
  'rename table': () => runner.renameTable('b', 'b'),
  'what is there': () => runner.query('SELECT * FROM b'),
})) {
  await say(name, async () => {
    const answer = await body()
    return name.includes('row') || name.startsWith('what') ? answer : undefined
  })
  await say(`after ${name}`, table)
}
await say('all of the schema', () =>
  runner.query('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name'),
)
await runner.release()
await say('raw', async () => [
  await source.query('SELECT ? AS a', [1]),
  await source.query('UPDATE t SET text = NULL'),
  await source.query('DELETE FROM b'),
])
await say('raw wrong', () => source.query('SELEC'))
await say('a Date as a parameter', () => source.query('SELECT ? AS a', [new Date(5)]))
await say('a boolean as a parameter', () => source.query('SELECT ? AS a', [true]))
await say('closes', () => source.destroy())
await say('after the end', () => repo.find())
const changed = new EntitySchema({
  ...A.options,
  columns: { ...A.options.columns, name: { type: 'text' }, extra: { type: 'integer', default: 7 } },
  checks: [],
  uniques: [],
})
const again = make({ entities: [changed, T], synchronize: true })
await say('a changed file', async () => {
  await again.initialize()
  return again.query('SELECT sql FROM sqlite_master ORDER BY name')
})
await say('rows of it', () => again.query('SELECT * FROM a_table ORDER BY id'))
await again.destroy().catch(() => {})
