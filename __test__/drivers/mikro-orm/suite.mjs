/** The suite of MikroORM, whose versions 6 and 7 differ in the names of a few methods and in where they lie. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { folder, inspect, suite } from '../harness.mjs'

export async function mikroOrm({ url, core, driver, migrations }) {
  const { MikroORM } = driver
  const { EntitySchema, LockMode, IsolationLevel } = core

  const Author = new EntitySchema({
    name: 'Author',
    properties: {
      id: { type: 'integer', primary: true, autoincrement: true },
      email: { type: 'string', unique: true },
      name: { type: 'string', index: true },
      active: { type: 'boolean', default: true },
      settings: { type: 'json', nullable: true },
      photo: { type: 'blob', nullable: true },
      born: { type: 'Date', nullable: true },
      followers: { type: 'bigint', default: 0 },
      score: { type: 'double', nullable: true },
      kind: { enum: true, type: 'string', items: ['poet', 'novelist'], default: 'poet' },
      version: { type: 'integer', version: true },
      createdAt: { type: 'Date', onCreate: () => new Date() },
      books: { kind: '1:m', entity: () => Book, mappedBy: 'author', orphanRemoval: true },
    },
  })
  const Book = new EntitySchema({
    name: 'Book',
    properties: {
      id: { type: 'integer', primary: true, autoincrement: true },
      title: { type: 'string' },
      pages: { type: 'integer', default: 1 },
      author: { kind: 'm:1', entity: () => Author, deleteRule: 'cascade' },
      tags: { kind: 'm:n', entity: () => Tag },
    },
    uniques: [{ properties: ['author', 'title'] }],
    checks: [{ expression: 'pages > 0', name: 'pages_check' }],
  })
  const Tag = new EntitySchema({
    name: 'Tag',
    properties: {
      name: { type: 'string', primary: true },
    },
  })
  const LaterTag = new EntitySchema({
    name: 'Tag',
    properties: {
      name: { type: 'string', primary: true },
      color: { type: 'string', default: 'red' },
    },
  })
  const Team = new EntitySchema({
    name: 'Team',
    properties: {
      id: { type: 'integer', primary: true },
      tag: { kind: 'm:1', entity: () => LaterTag, nullable: true },
    },
  })

  class First extends migrations.Migration {
    async up() {
      this.addSql('create table `log` (`id` integer primary key, `line` text not null)')
      this.addSql("insert into `log` (`line`) values ('a'), ('b')")
    }
    async down() {
      this.addSql('drop table `log`')
    }
  }
  class Second extends migrations.Migration {
    async up() {
      this.addSql('alter table `log` add column `level` integer null')
      this.addSql('update `log` set `level` = 1')
    }
    async down() {
      this.addSql('alter table `log` drop column `level`')
    }
  }

  const open = (dbName, entities, more = {}) =>
    MikroORM.init({
      dbName,
      entities,
      extensions: [migrations.Migrator],
      migrations: {
        migrationsList: [First, Second].map((one) => ({ name: one.name, class: one })),
        snapshot: false,
      },
      logger: () => {},
      ...more,
    })
  /** Version 6 calls its methods `createSchema`, `updateSchema`, `dropSchema`. */
  const schema = (orm, verb, ...more) =>
    (orm.schema[verb] ?? orm.schema[`${verb}Schema`]).call(orm.schema, ...more)
  const difference = (orm) => orm.schema.getUpdateSchemaSQL()

  async function steps(step) {
    const file = join(folder(), 'mikro.db')
    let orm

    await step('an empty file gets its schema', async () => {
      orm = await open(file, [Author, Book, Tag])
      await schema(orm, 'create')
      // Version 6 does not know its own CHECK again.
      const missing = (await difference(orm))
        .split('\n')
        .filter((line) => !/^$|add constraint pages_check/.test(line))
      assert.deepEqual(missing, [])
    })

    await step('entities with all that belongs to them', async () => {
      const em = orm.em.fork()
      const born = new Date('1815-12-10T01:02:03.004Z')
      const ada = em.create('Author', {
        email: 'ada',
        name: 'Ada',
        settings: { a: [1, 2] },
        photo: Buffer.from([0, 255]),
        born,
        followers: 9007199254740991n,
        score: 0.5,
      })
      const one = em.create('Book', { title: 'One', author: ada, pages: 10 })
      one.tags.add(em.create('Tag', { name: 'x' }), em.create('Tag', { name: 'y' }))
      em.create('Book', { title: 'Two', author: ada })
      await em.flush()
      const later = orm.em.fork()
      const found = await later.findOneOrFail(
        'Author',
        { email: 'ada' },
        { populate: ['books.tags'], orderBy: { books: { id: 1, tags: { name: 1 } } } },
      )
      assert.equal(found.born.getTime(), born.getTime())
      assert.deepEqual(
        [found.active, found.settings, [...found.photo], BigInt(found.followers), found.score],
        [true, { a: [1, 2] }, [0, 255], 9007199254740991n, 0.5],
      )
      assert.deepEqual(
        found.books
          .getItems()
          .map((book) => [book.title, ...book.tags.getItems().map(({ name }) => name)]),
        [['One', 'x', 'y'], ['Two']],
      )
      found.name = 'Ada B.'
      found.books[0].tags.remove(found.books[0].tags[0])
      await later.flush()
      assert.equal((await orm.em.fork().findOneOrFail('Author', 1)).version, 2)
    })

    await step('many rows, filters, groups', async () => {
      const em = orm.em.fork()
      for (let i = 0; i < 300; i++)
        em.create('Author', { email: `n${i}`, name: `N${i % 3}`, score: i })
      await em.flush()
      const other = orm.em.fork()
      assert.equal(await other.count('Author', { score: { $gte: 290 } }), 10)
      const [rows, total] = await other.findAndCount(
        'Author',
        { $or: [{ name: 'N1' }, { email: { $like: 'ad%' } }] },
        { orderBy: { id: 'desc' }, limit: 5, offset: 1 },
      )
      assert.deepEqual([rows.length, total], [5, 101])
      assert.equal(await other.count('Author', { books: { tags: { name: 'y' } } }), 1)
      assert.equal(await other.count('Author', { settings: { a: { $ne: null } } }), 1)
      for (const author of rows) author.name = 'changed'
      await other.flush()
      const groups = await other
        .createQueryBuilder('Author', 'a')
        .select(['a.name', core.raw('count(*) as n')])
        .groupBy('a.name')
        .having('count(*) > 5')
        .orderBy({ name: 1 })
        .execute('all')
      assert.deepEqual(
        groups.map(({ n }) => Number(n)),
        [100, 95, 100],
      )
      await other.upsert('Author', {
        email: 'ada',
        name: 'Ada C.',
        createdAt: new Date(),
        version: 3,
      })
      await other.upsertMany('Tag', [{ name: 'x' }, { name: 'z' }])
      assert.equal(await other.count('Tag'), 3)
      assert.equal(await other.nativeUpdate('Author', { name: 'changed' }, { active: false }), 5)
      assert.equal(await other.nativeDelete('Author', { name: 'changed' }), 5)
      await other.insertMany('Tag', [{ name: 'p' }, { name: 'q' }])
      assert.deepEqual(
        await other.getConnection().execute('select count(*) as n from tag where name > ?', ['p']),
        [{ n: 4 }],
      )
    })

    await step('constraints come as exceptions of their kinds', async () => {
      const em = () => orm.em.fork()
      const row = { name: 'X', createdAt: new Date() }
      await assert.rejects(
        em().insert('Author', { ...row, email: 'ada' }),
        core.UniqueConstraintViolationException,
      )
      await assert.rejects(
        em().insert('Author', { ...row, email: null }),
        core.NotNullConstraintViolationException,
      )
      await assert.rejects(
        em().insert('Book', { title: 'x', author: 9999 }),
        core.ForeignKeyConstraintViolationException,
      )
      await assert.rejects(
        em().insert('Book', { title: 'x', author: 1, pages: 0 }),
        core.CheckConstraintViolationException,
      )
      await assert.rejects(
        em().insert('Tag', { name: 'x' }),
        core.UniqueConstraintViolationException,
      )
      // Raw statements fail with the database's own errors, which the platform then tells by their sentences.
      const told = [
        ['select * from nowhere', core.TableNotFoundException],
        ['select nothing_such from tag', core.InvalidFieldNameException],
        ['selec 1', core.SyntaxErrorException],
        ['create table tag (a)', core.TableExistsException],
        ['select id from author, book', core.NonUniqueFieldNameException],
      ]
      const converter = em().getPlatform().getExceptionConverter()
      for (const [text, kind] of told) {
        const error = await em()
          .getConnection()
          .execute(text)
          .catch((error) => error)
        assert.ok(error instanceof kind || converter.convertException(error) instanceof kind, error)
      }
    })

    await step('transactions, nested ones, versions', async () => {
      const before = await orm.em.fork().count('Author')
      await assert.rejects(
        orm.em.fork().transactional(async (em) => {
          em.create('Author', { email: 't', name: 'T' })
          await em.flush()
          assert.equal(await em.count('Author'), before + 1)
          throw new Error('no')
        }),
        /^Error: no$/,
      )
      assert.equal(await orm.em.fork().count('Author'), before)
      await orm.em
        .fork()
        .transactional(
          async (em) => {
            em.create('Author', { email: 'outer', name: 'T' })
            await em.flush()
            await em
              .transactional(async (inner) => {
                inner.create('Author', { email: 'inner', name: 'T' })
                await inner.flush()
                throw new Error('inner')
              })
              .catch(() => {})
          },
          { isolationLevel: IsolationLevel.SERIALIZABLE },
        )
        .catch((error) => assert.fail(error))
      assert.equal(await orm.em.fork().count('Author'), before + 1)
      const one = orm.em.fork()
      const author = await one.findOneOrFail('Author', 2)
      await orm.em.fork().nativeUpdate('Author', { id: 2 }, { version: 77 })
      author.name = 'late'
      await assert.rejects(one.flush(), core.OptimisticLockError)
      await assert.rejects(one.lock(author, LockMode.OPTIMISTIC, 5), core.OptimisticLockError)
      await orm.em.fork().nativeDelete('Author', { id: 1 })
      assert.equal(await orm.em.fork().count('Book'), 0)
    })

    await step('migrations go up and down', async () => {
      await orm.migrator.up()
      assert.deepEqual(await orm.em.fork().getConnection().execute('select * from log'), [
        { id: 1, line: 'a', level: 1 },
        { id: 2, line: 'b', level: 1 },
      ])
      await orm.migrator.down()
      await orm.migrator.down()
      const pending = await (orm.migrator.getPending ?? orm.migrator.getPendingMigrations).call(
        orm.migrator,
      )
      assert.equal(pending.length, 2)
      await orm.migrator.up()
      await orm.migrator.down({ to: 0 })
    })

    await step('a file with an older schema is changed', async () => {
      await orm.em.fork().nativeDelete('Tag', { name: 'q' })
      await orm.close()
      orm = await open(file, [LaterTag, Team])
      await schema(orm, 'update', { safe: true, dropTables: false })
      const em = orm.em.fork()
      const tag = await em.findOneOrFail('Tag', 'x')
      assert.equal(tag.color, 'red')
      em.create('Team', { id: 1, tag })
      await em.flush()
      await orm.close()
      orm = await open(file, [LaterTag, Team])
      await schema(orm, 'drop')
      assert.deepEqual(
        await orm.em
          .fork()
          .getConnection()
          .execute("select name from sqlite_master where name in ('tag', 'team')"),
        [],
      )
    })

    await step('the file is sound', async () => {
      await orm.close()
      inspect(file)
    })
  }

  const Entry = new EntitySchema({
    name: 'Entry',
    properties: {
      id: { type: 'integer', primary: true, autoincrement: true },
      who: { type: 'integer' },
    },
  })
  const Counter = new EntitySchema({
    name: 'Counter',
    properties: { id: { type: 'integer', primary: true }, number: { type: 'integer' } },
  })

  const processes = {
    async prepare(file) {
      const orm = await open(file, [Entry, Counter])
      await schema(orm, 'create')
      await orm.em.fork().insert('Counter', { id: 1, number: 0 })
      await orm.close()
    },
    async work({ file, who, rounds, ready }) {
      const orm = await open(file, [Entry, Counter])
      await orm.em.getConnection().execute('pragma busy_timeout = 30000')
      await ready()
      for (let i = 0; i < rounds; i++) {
        const em = orm.em.fork()
        em.create('Entry', { who })
        await em.flush()
        // MikroORM begins DEFERRED transactions: a change first takes the lock under which the read is then made.
        await orm.em.fork().transactional(async (inner) => {
          await inner.nativeUpdate('Counter', { id: 1 }, { number: core.raw('number') })
          const counter = await inner.findOneOrFail('Counter', 1)
          counter.number++
        })
      }
      await orm.close()
    },
    async result(file) {
      const orm = await open(file, [Entry, Counter])
      const em = orm.em.fork()
      const rows = await em.count('Entry')
      const { number } = await em.findOneOrFail('Counter', 1)
      await orm.close()
      return { rows, number }
    },
  }

  await suite({ url, steps, processes })
}
