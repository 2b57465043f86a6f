import assert from 'node:assert/strict'
import { join } from 'node:path'
import typeorm from 'typeorm'
import { folder, inspect, suite } from './harness.mjs'

const { DataSource, EntitySchema, QueryFailedError, Table, TableColumn, In, MoreThan } = typeorm

const User = new EntitySchema({
  name: 'User',
  tableName: 'user',
  columns: {
    id: { type: Number, primary: true, generated: 'increment' },
    email: { type: String, unique: true, length: 120 },
    active: { type: Boolean, default: true },
    settings: { type: 'simple-json', nullable: true },
    photo: { type: 'blob', nullable: true },
    born: { type: 'datetime', nullable: true },
    balance: { type: 'bigint', default: 0 },
    role: { type: 'simple-enum', enum: ['reader', 'writer'], default: 'reader' },
    createdAt: { type: Date, createDate: true },
    updatedAt: { type: Date, updateDate: true },
    version: { type: Number, version: true },
    deletedAt: { type: Date, deleteDate: true },
  },
  relations: {
    posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author', cascade: ['insert'] },
  },
  checks: [{ expression: 'balance >= 0' }],
  indices: [{ name: 'by_role', columns: ['role', 'email'] }],
})

const Post = new EntitySchema({
  name: 'Post',
  tableName: 'post',
  columns: {
    id: { type: Number, primary: true, generated: 'increment' },
    title: { type: String },
    body: { type: 'text', default: '' },
  },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'User',
      inverseSide: 'posts',
      onDelete: 'CASCADE',
      nullable: false,
    },
    tags: { type: 'many-to-many', target: 'Tag', joinTable: true, cascade: true },
  },
})

const Tag = new EntitySchema({
  name: 'Tag',
  tableName: 'tag',
  columns: {
    id: { type: 'varchar', primary: true, generated: 'uuid' },
    name: { type: String, unique: true },
  },
})

/** The schema of a later release: columns come, go and change, a table comes, an index goes. */
const later = (() => {
  const { active: _gone, ...columns } = User.options.columns
  const LaterUser = new EntitySchema({
    ...User.options,
    columns: {
      ...columns,
      email: { type: String, unique: true, length: 200 },
      nick: { type: String, nullable: true },
      balance: { type: 'bigint', nullable: true },
    },
    indices: [],
    relations: {
      ...User.options.relations,
      team: { type: 'many-to-one', target: 'Team', nullable: true },
    },
  })
  const Team = new EntitySchema({
    name: 'Team',
    tableName: 'team',
    columns: { id: { type: Number, primary: true }, name: { type: String, default: 'none' } },
  })
  return [LaterUser, Post, Tag, Team]
})()

class Migration1700000000000 {
  name = 'Migration1700000000000'
  async up(runner) {
    await runner.createTable(
      new Table({
        name: 'log',
        columns: [
          {
            name: 'id',
            type: 'integer',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'increment',
          },
          { name: 'line', type: 'text' },
        ],
      }),
      true,
    )
    await runner.query('INSERT INTO log (line) VALUES (?), (?)', ['a', 'b'])
    await runner.addColumn('log', new TableColumn({ name: 'level', type: 'integer', default: 1 }))
    await runner.renameColumn('log', 'line', 'text')
    await runner.changeColumn(
      'log',
      'level',
      new TableColumn({ name: 'level', type: 'varchar', isNullable: true }),
    )
  }
  async down(runner) {
    await runner.dropColumn('log', 'level')
    await runner.dropTable('log')
  }
}

const open = (database, more = {}) =>
  new DataSource({
    type: 'better-sqlite3',
    database,
    entities: [User, Post, Tag],
    synchronize: true,
    ...more,
  }).initialize()

async function steps(step) {
  const file = join(folder(), 'typeorm.db')
  let source

  await step('an empty file gets its schema', async () => {
    source = await open(file, { enableWAL: true })
    const runner = source.createQueryRunner()
    const table = await runner.getTable('user')
    assert.deepEqual(
      table.columns.map(({ name }) => name).sort(),
      Object.keys(User.options.columns).sort(),
    )
    assert.equal(table.uniques.length, 1)
    assert.equal(table.checks.length, 1)
    assert.deepEqual(
      table.indices.map(({ name }) => name),
      ['by_role'],
    )
    const post = await runner.getTable('post')
    assert.equal(post.foreignKeys[0].onDelete, 'CASCADE')
    await runner.release()
    // Asked again it finds nothing to do.
    assert.deepEqual((await source.driver.createSchemaBuilder().log()).upQueries, [])
  })

  await step('entities with all that belongs to them', async () => {
    const users = source.getRepository('User')
    const born = new Date('1815-12-10T01:02:03.004Z')
    const ada = await users.save({
      email: 'ada@example.org',
      settings: { theme: 'dark', n: [1, 2] },
      photo: Buffer.from([0, 255]),
      born,
      balance: '900719925474099',
      posts: [{ title: 'One', tags: [{ name: 'x' }, { name: 'y' }] }, { title: 'Two' }],
    })
    assert.equal(ada.id, 1)
    const found = await users.findOneOrFail({
      where: { email: 'ada@example.org' },
      relations: { posts: { tags: true } },
      order: { posts: { id: 'ASC', tags: { name: 'ASC' } } },
    })
    assert.deepEqual(found.settings, { theme: 'dark', n: [1, 2] })
    assert.deepEqual([...found.photo], [0, 255])
    assert.equal(found.born.getTime(), born.getTime())
    assert.equal(found.active, true)
    assert.equal(found.role, 'reader')
    assert.deepEqual(
      found.posts.map(({ title, tags }) => [title, tags.map(({ name }) => name)]),
      [
        ['One', ['x', 'y']],
        ['Two', []],
      ],
    )
    found.role = 'writer'
    found.posts[1].tags = found.posts[0].tags
    await users.save(found)
    assert.equal((await users.findOneByOrFail({ id: 1 })).version, 2)
    await source.getRepository('Post').save(found.posts[1])
    assert.equal(await source.getRepository('Post').count({ where: { tags: { name: 'x' } } }), 2)
  })

  await step('many rows, upserts, the query builder', async () => {
    const users = source.getRepository('User')
    await users.save(
      Array.from({ length: 250 }, (_, i) => ({ email: `n${i}`, balance: i })),
      { chunk: 60 },
    )
    assert.equal(await users.count(), 251)
    await users.upsert([{ email: 'n1', role: 'writer' }, { email: 'new' }], ['email'])
    assert.equal((await users.findOneByOrFail({ email: 'n1' })).role, 'writer')
    const { raw } = await source
      .createQueryBuilder()
      .insert()
      .into('User')
      .values({ email: 'n2' })
      .orIgnore()
      .execute()
    assert.ok(raw !== undefined)
    const sum = await users
      .createQueryBuilder('u')
      .select('SUM(u.balance)', 'total')
      .where('u.balance > :min', { min: 100 })
      .getRawOne()
    assert.equal(sum.total, 900719925474099 + ((101 + 249) * 149) / 2)
    const page = await users
      .createQueryBuilder('u')
      .leftJoinAndSelect('u.posts', 'p')
      .orderBy('u.id', 'DESC')
      .skip(1)
      .take(5)
      .getMany()
    assert.equal(page.length, 5)
    assert.equal((await users.update({ email: In(['n3', 'n4']) }, { active: false })).affected, 2)
    await users.increment({ email: 'n5' }, 'balance', 10)
    assert.equal(Number((await users.findOneByOrFail({ email: 'n5' })).balance), 15)
    await users.softDelete({ email: 'n6' })
    assert.equal(await users.findOneBy({ email: 'n6' }), null)
    await users.restore({ email: 'n6' })
    assert.equal((await users.delete({ email: 'n6' })).affected, 1)
    const [list, count] = await users.findAndCount({ where: { balance: MoreThan(240) }, take: 3 })
    assert.deepEqual([list.length, count], [3, 10])
    const cte = await source
      .createQueryBuilder()
      .addCommonTableExpression(
        users.createQueryBuilder('u').select('u.id', 'id').where('u.id < 4'),
        'few',
      )
      .select('COUNT(*)', 'n')
      .from('few', 'few')
      .getRawOne()
    assert.equal(cte.n, 3)
  })

  await step('constraints come as QueryFailedError', async () => {
    const wrong = [
      [
        'User',
        { email: 'n1' },
        /UNIQUE constraint failed: user\.email/,
        'SQLITE_CONSTRAINT_UNIQUE',
      ],
      [
        'User',
        { email: null },
        /NOT NULL constraint failed: user\.email/,
        'SQLITE_CONSTRAINT_NOTNULL',
      ],
      ['User', { email: 'b', balance: -1 }, /CHECK constraint failed/, 'SQLITE_CONSTRAINT_CHECK'],
      [
        'Post',
        { title: 'x', author: { id: 9999 } },
        /FOREIGN KEY constraint failed/,
        'SQLITE_CONSTRAINT_FOREIGNKEY',
      ],
    ]
    for (const [entity, value, message, code] of wrong) {
      await assert.rejects(source.getRepository(entity).insert(value), (error) => {
        assert.ok(error instanceof QueryFailedError)
        assert.match(error.message, message)
        assert.equal(error.driverError.code, code)
        return true
      })
    }
  })

  await step('transactions, nested ones, each level of isolation', async () => {
    const users = source.getRepository('User')
    const before = await users.count()
    await assert.rejects(
      source.transaction(async (manager) => {
        await manager.save('User', { email: 'gone' })
        throw new Error('no')
      }),
      /^Error: no$/,
    )
    assert.equal(await users.count(), before)
    for (const level of ['READ UNCOMMITTED', 'SERIALIZABLE']) {
      await source.transaction(level, async (manager) => {
        await manager.save('User', { email: level })
        await manager
          .transaction(async (inner) => {
            await inner.save('User', { email: `${level} inner` })
            throw new Error('inner')
          })
          .catch(() => {})
      })
    }
    assert.equal(await users.count(), before + 2)
    await source.getRepository('User').delete({ id: 1 })
    assert.equal(await source.getRepository('Post').count(), 0)
  })

  await step('raw SQL', async () => {
    const rows = await source.query('SELECT id FROM user WHERE id < ? ORDER BY id', [10])
    assert.equal(rows.length, 7)
    assert.deepEqual(await source.query('PRAGMA foreign_keys'), [{ foreign_keys: 1 }])
  })

  await step('a file with an older schema is changed', async () => {
    const count = await source.getRepository('User').count()
    await source.destroy()
    source = await open(file, { entities: later })
    const runner = source.createQueryRunner()
    const names = (await runner.getTable('user')).columns.map(({ name }) => name)
    await runner.release()
    assert.ok(names.includes('nick') && names.includes('teamId') && !names.includes('active'))
    assert.deepEqual((await source.driver.createSchemaBuilder().log()).upQueries, [])
    assert.equal(await source.getRepository('User').count(), count)
    await source.getRepository('Team').save({ id: 7 })
    await source.getRepository('User').update({ email: 'n1' }, { team: { id: 7 }, nick: 'N' })
    const row = await source
      .getRepository('User')
      .findOne({ where: { nick: 'N' }, relations: { team: true } })
    assert.equal(row.team.name, 'none')
    await source.destroy()
    source = await open(file)
    assert.equal(await source.getRepository('User').count(), count)
  })

  await step('migrations go up and down', async () => {
    await source.destroy()
    source = await open(file, { synchronize: false, migrations: [Migration1700000000000] })
    assert.equal((await source.runMigrations({ transaction: 'all' })).length, 1)
    assert.deepEqual(await source.query('SELECT id, text, level FROM log ORDER BY id'), [
      { id: 1, text: 'a', level: '1' },
      { id: 2, text: 'b', level: '1' },
    ])
    assert.equal(await source.showMigrations(), false)
    await source.undoLastMigration()
    assert.deepEqual(await source.query("SELECT name FROM sqlite_master WHERE name = 'log'"), [])
  })

  await step('the schema is dropped', async () => {
    await source.dropDatabase()
    assert.deepEqual(
      await source.query("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"),
      [],
    )
    await source.synchronize()
  })

  await step('the file is sound', async () => {
    await source.destroy()
    inspect(file)
  })
}

const Entry = new EntitySchema({
  name: 'entry',
  columns: { id: { type: Number, primary: true, generated: true }, who: { type: Number } },
})
const Counter = new EntitySchema({
  name: 'counter',
  columns: { id: { type: Number, primary: true }, number: { type: Number } },
})
const shared = (database, synchronize = false) =>
  open(database, { entities: [Entry, Counter], synchronize, enableWAL: true, timeout: 30_000 })

const processes = {
  async prepare(file) {
    const source = await shared(file, true)
    await source.getRepository('counter').save({ id: 1, number: 0 })
    await source.destroy()
  },
  async work({ file, who, rounds, ready }) {
    const source = await shared(file)
    await ready()
    for (let i = 0; i < rounds; i++) {
      await source.getRepository('entry').save({ who })
      // TypeORM begins DEFERRED transactions: a change first takes the lock under which the read is then made.
      await source.transaction(async (manager) => {
        await manager.update('counter', { id: 1 }, { number: () => 'number' })
        const counter = await manager.findOneByOrFail('counter', { id: 1 })
        counter.number++
        await manager.save('counter', counter)
      })
    }
    await source.destroy()
  },
  async result(file) {
    const source = await shared(file)
    const rows = await source.getRepository('entry').count()
    const { number } = await source.getRepository('counter').findOneByOrFail({ id: 1 })
    await source.destroy()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
