import assert from 'node:assert/strict'
import { join } from 'node:path'
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/sqlite'
import { Database, folder, inspect, suite } from './harness.mjs'

const open = (file, options = {}) =>
  new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }), ...options })

const migrations = {
  '001_person': {
    async up(db) {
      await db.schema
        .createTable('person')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('first_name', 'text', (column) => column.notNull())
        .addColumn('last_name', 'text')
        .addColumn('email', 'text', (column) => column.notNull().unique())
        .addColumn('settings', 'text', (column) => column.defaultTo('{}'))
        .addColumn('photo', 'blob')
        .addColumn('created_at', 'text', (column) => column.defaultTo(sql`CURRENT_TIMESTAMP`))
        .execute()
    },
    down: (db) => db.schema.dropTable('person').execute(),
  },
  '002_pet': {
    async up(db) {
      await db.schema
        .createTable('pet')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('owner_id', 'integer', (column) =>
          column.references('person.id').onDelete('cascade').notNull(),
        )
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('species', 'text', (column) => column.check(sql`species IN ('dog', 'cat')`))
        .addUniqueConstraint('pet_name', ['owner_id', 'name'])
        .execute()
      await db.schema
        .createIndex('pet_species')
        .on('pet')
        .columns(['species', 'name desc'])
        .execute()
      await db.schema
        .createView('cat')
        .as(db.selectFrom('pet').selectAll().where('species', '=', sql.lit('cat')))
        .execute()
    },
    async down(db) {
      await db.schema.dropView('cat').execute()
      await db.schema.dropTable('pet').execute()
    },
  },
  '003_alter': {
    async up(db) {
      await db.schema.alterTable('person').addColumn('nick', 'text').execute()
      await db.schema.alterTable('person').renameColumn('nick', 'nickname').execute()
      await db.schema.alterTable('person').addColumn('gone', 'integer').execute()
      await db.schema.alterTable('person').dropColumn('gone').execute()
      await db.schema.alterTable('pet').renameTo('animal').execute()
      await db.schema.alterTable('animal').renameTo('pet').execute()
    },
    down: (db) => db.schema.alterTable('person').dropColumn('nickname').execute(),
  },
}

const migrator = (db) => new Migrator({ db, provider: { getMigrations: async () => migrations } })

async function steps(step) {
  const file = join(folder(), 'kysely.db')
  const db = open(file)

  await step('migrations go up, down and up again', async () => {
    const { error, results } = await migrator(db).migrateToLatest()
    assert.equal(error, undefined)
    assert.deepEqual(
      results.map(({ status }) => status),
      ['Success', 'Success', 'Success'],
    )
    for (const _ of results) {
      const down = await migrator(db).migrateDown()
      assert.equal(down.error, undefined)
    }
    assert.deepEqual(await db.introspection.getTables(), [])
    const again = await migrator(db).migrateToLatest()
    assert.equal(again.error, undefined)
    assert.equal((await migrator(db).getMigrations()).filter((m) => m.executedAt).length, 3)
  })

  await step('a migration that fails says why', async () => {
    const broken = {
      ...migrations,
      '004_broken': {
        async up(db) {
          await db.schema.alterTable('person').addColumn('half', 'integer').execute()
          await sql`INSERT INTO nowhere VALUES (1)`.execute(db)
        },
      },
    }
    const provider = { getMigrations: async () => broken }
    const { error } = await new Migrator({ db, provider }).migrateToLatest()
    assert.equal(error.code, 'SQLITE_ERROR')
    assert.match(error.message, /no such table: nowhere/)
    // Kysely runs no transaction around what defines tables in SQLite: what had succeeded stands.
    await db.schema.alterTable('person').dropColumn('half').execute()
  })

  await step('tables are described', async () => {
    const [cat, person, pet] = await db.introspection.getTables()
    assert.equal(cat.isView, true)
    const shown = person.columns.map((c) => [
      c.name,
      c.dataType,
      c.isNullable,
      c.isAutoIncrementing,
      c.hasDefaultValue,
    ])
    assert.deepEqual(shown, [
      ['id', 'INTEGER', true, true, false],
      ['first_name', 'TEXT', false, false, false],
      ['last_name', 'TEXT', true, false, false],
      ['email', 'TEXT', false, false, false],
      ['settings', 'TEXT', true, false, true],
      ['photo', 'BLOB', true, false, false],
      ['created_at', 'TEXT', true, false, true],
      ['nickname', 'TEXT', true, false, false],
    ])
    assert.deepEqual(
      pet.columns.map((c) => c.name),
      ['id', 'owner_id', 'name', 'species'],
    )
  })

  await step('rows are made, many at once, and given back', async () => {
    const one = await db
      .insertInto('person')
      .values({ first_name: 'Ada', email: 'ada@example.org', photo: Buffer.from([0, 1, 255]) })
      .returningAll()
      .executeTakeFirstOrThrow()
    assert.equal(one.id, 1)
    assert.deepEqual([...one.photo], [0, 1, 255])
    assert.match(one.created_at, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    const many = Array.from({ length: 200 }, (_, i) => ({
      first_name: `N${i}`,
      last_name: i % 2 ? null : 'Even',
      email: `n${i}@example.org`,
      settings: JSON.stringify({ theme: i % 3 ? 'dark' : 'light', tags: [i, i + 1] }),
    }))
    const result = await db.insertInto('person').values(many).executeTakeFirst()
    assert.equal(result.numInsertedOrUpdatedRows, 200n)
    assert.equal(result.insertId, 201n)
    await db
      .insertInto('pet')
      .columns(['owner_id', 'name', 'species'])
      .expression(
        db
          .selectFrom('person')
          .select([
            'id',
            sql`'pet of ' || first_name`.as('name'),
            sql`iif(id % 2, 'dog', 'cat')`.as('s'),
          ])
          .where('id', '<=', 20),
      )
      .execute()
  })

  await step('rows with what belongs to them come as JSON', async () => {
    const plugged = db.withPlugin(new ParseJSONResultsPlugin())
    const people = await plugged
      .selectFrom('person')
      .select((e) => [
        'person.id',
        jsonArrayFrom(
          e
            .selectFrom('pet')
            .select(['pet.name', 'pet.species'])
            .whereRef('pet.owner_id', '=', 'person.id')
            .orderBy('pet.name'),
        ).as('pets'),
        jsonObjectFrom(
          e.selectFrom('pet as p').select('p.id').whereRef('p.owner_id', '=', 'person.id').limit(1),
        ).as('first'),
      ])
      .where('person.id', 'in', [1, 2, 21])
      .orderBy('person.id')
      .execute()
    assert.deepEqual(people, [
      { id: 1, pets: [{ name: 'pet of Ada', species: 'dog' }], first: { id: 1 } },
      { id: 2, pets: [{ name: 'pet of N0', species: 'cat' }], first: { id: 2 } },
      { id: 21, pets: [], first: null },
    ])
    const dark = await db
      .selectFrom('person')
      .select((e) => e.fn.countAll().as('n'))
      .where((e) => e.eb(e.ref('settings', '->>$').key('theme'), '=', 'dark'))
      .executeTakeFirstOrThrow()
    assert.equal(dark.n, 133)
  })

  await step('joins, groups, windows and common tables', async () => {
    const rows = await db
      .with('counted', (w) =>
        w
          .selectFrom('person')
          .leftJoin('pet', 'pet.owner_id', 'person.id')
          .select((e) => ['person.last_name', e.fn.count('pet.id').as('pets')])
          .groupBy('person.last_name')
          .having((e) => e.fn.count('pet.id'), '>', 0),
      )
      .selectFrom('counted')
      .select((e) => [
        'last_name',
        'pets',
        e.fn
          .agg('row_number')
          .over((o) => o.orderBy('pets', 'desc').orderBy('last_name'))
          .as('place'),
      ])
      .orderBy('place')
      .execute()
    assert.deepEqual(rows, [
      { last_name: null, pets: 10, place: 1 },
      { last_name: 'Even', pets: 10, place: 2 },
    ])
    const walk = await db
      .withRecursive('n(i)', (w) =>
        w
          .selectFrom(sql`(select 1 as i)`.as('one'))
          .select('one.i')
          .unionAll(
            w
              .selectFrom('n')
              .select(sql`i + 1`.as('i'))
              .where('i', '<', 5),
          ),
      )
      .selectFrom('n')
      .selectAll()
      .execute()
    assert.deepEqual(
      walk.map(({ i }) => i),
      [1, 2, 3, 4, 5],
    )
  })

  await step('what is there already is changed instead', async () => {
    const upserted = await db
      .insertInto('person')
      .values({ first_name: 'Ada B.', email: 'ada@example.org' })
      .onConflict((oc) =>
        oc
          .column('email')
          .doUpdateSet((e) => ({ first_name: e.ref('excluded.first_name'), nickname: 'B' }))
          .where('person.id', '>', 0),
      )
      .returning(['id', 'first_name', 'nickname'])
      .executeTakeFirstOrThrow()
    assert.deepEqual(upserted, { id: 1, first_name: 'Ada B.', nickname: 'B' })
    const ignored = await db
      .insertInto('person')
      .values({ first_name: 'X', email: 'ada@example.org' })
      .onConflict((oc) => oc.doNothing())
      .executeTakeFirst()
    assert.equal(ignored.numInsertedOrUpdatedRows, 0n)
    await db
      .replaceInto('pet')
      .values({ id: 1, owner_id: 1, name: 'Rex', species: 'dog' })
      .execute()
    const updated = await db
      .updateTable('pet')
      .from('person')
      .set((e) => ({ name: sql`${e.ref('person.first_name')} || '''s ' || pet.name` }))
      .whereRef('person.id', '=', 'pet.owner_id')
      .where('pet.id', '=', 1)
      .returning('pet.name')
      .execute()
    assert.deepEqual(updated, [{ name: "Ada B.'s Rex" }])
    const deleted = await db.deleteFrom('pet').where('id', '=', 2).executeTakeFirst()
    assert.equal(deleted.numDeletedRows, 1n)
  })

  await step('constraints are named as SQLite names them', async () => {
    const failures = [
      [{ first_name: 'X', email: 'ada@example.org' }, 'person', 'SQLITE_CONSTRAINT_UNIQUE'],
      [{ first_name: null, email: 'x' }, 'person', 'SQLITE_CONSTRAINT_NOTNULL'],
      [{ owner_id: 999, name: 'x' }, 'pet', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
      [{ owner_id: 1, name: 'x', species: 'cow' }, 'pet', 'SQLITE_CONSTRAINT_CHECK'],
      [{ id: 1, owner_id: 1, name: 'x' }, 'pet', 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ]
    for (const [row, table, code] of failures) {
      await assert.rejects(db.insertInto(table).values(row).execute(), {
        name: 'SqliteError',
        code,
      })
    }
  })

  await step(
    'a transaction that throws leaves nothing, savepoints leave what they should',
    async () => {
      const count = async (on = db) =>
        (
          await on
            .selectFrom('person')
            .select((e) => e.fn.countAll().as('n'))
            .executeTakeFirst()
        ).n
      const before = await count()
      await assert.rejects(
        db.transaction().execute(async (trx) => {
          await trx.insertInto('person').values({ first_name: 'T', email: 't' }).execute()
          assert.equal(await count(trx), before + 1)
          throw new Error('no')
        }),
        /^Error: no$/,
      )
      assert.equal(await count(), before)
      const trx = await db.startTransaction().execute()
      await trx.insertInto('person').values({ first_name: 'S', email: 's1' }).execute()
      const saved = await trx.savepoint('one').execute()
      await saved.insertInto('person').values({ first_name: 'S', email: 's2' }).execute()
      const back = await saved.rollbackToSavepoint('one').execute()
      await back.releaseSavepoint('one').execute()
      await trx.commit().execute()
      assert.equal(await count(), before + 1)
      const cascade = await db.deleteFrom('person').where('id', '=', 3).executeTakeFirst()
      assert.equal(cascade.numDeletedRows, 1n)
      const orphans = await db.selectFrom('pet').selectAll().where('owner_id', '=', 3).execute()
      assert.deepEqual(orphans, [])
    },
  )

  await step('rows are streamed, a stream is left', async () => {
    let seen = 0
    for await (const row of db.selectFrom('person').selectAll().orderBy('id').stream()) {
      assert.equal(typeof row.email, 'string')
      if (++seen === 50) break
    }
    assert.equal(seen, 50)
    await db.updateTable('person').set({ nickname: 'after' }).where('id', '=', 1).execute()
  })

  await step('names in camel case, large integers, raw SQL', async () => {
    const camel = db.withPlugin(new CamelCasePlugin())
    const row = await camel
      .selectFrom('person')
      .select(['firstName', 'createdAt'])
      .where('id', '=', 1)
      .executeTakeFirstOrThrow()
    assert.equal(row.firstName, 'Ada B.')
    const large =
      await sql`SELECT ${9007199254740991n} AS big, typeof(${1}) AS kind, ${null} AS none`.execute(
        db,
      )
    assert.deepEqual(large.rows, [{ big: 9007199254740991, kind: 'real', none: null }])
    const info = await sql`PRAGMA table_info(${sql.raw('pet')})`.execute(db)
    assert.equal(info.rows.length, 4)
    const plan = await db
      .selectFrom('pet')
      .selectAll()
      .where('id', '=', 1)
      .explain(undefined, sql`query plan`)
    assert.match(plan[0].detail, /SEARCH pet/)
  })

  await step('the file is sound', async () => {
    await db.destroy()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const db = open(file)
    await db.schema
      .createTable('entry')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('who', 'integer')
      .execute()
    await db.schema.createTable('counter').addColumn('number', 'integer').execute()
    await db.insertInto('counter').values({ number: 0 }).execute()
    await db.destroy()
  },
  async work({ file, who, rounds, ready }) {
    const db = open(file)
    await sql`PRAGMA busy_timeout = 30000`.execute(db)
    await ready()
    for (let i = 0; i < rounds; i++) {
      await db.insertInto('entry').values({ who }).execute()
      // Kysely begins DEFERRED transactions only: a change first takes the lock that the read then is made under.
      await db.transaction().execute(async (trx) => {
        await trx
          .updateTable('counter')
          .set({ number: sql`number` })
          .execute()
        const { number } = await trx.selectFrom('counter').selectAll().executeTakeFirstOrThrow()
        await trx
          .updateTable('counter')
          .set({ number: number + 1 })
          .execute()
      })
    }
    await db.destroy()
  },
  async result(file) {
    const db = open(file)
    const { rows } = await db
      .selectFrom('entry')
      .select((e) => e.fn.countAll().as('rows'))
      .executeTakeFirstOrThrow()
    const { number } = await db.selectFrom('counter').selectAll().executeTakeFirstOrThrow()
    await db.destroy()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
