import assert from 'node:assert/strict'
import { join } from 'node:path'
import Knex from 'knex'
import { folder, inspect, suite } from './harness.mjs'

const open = (filename, more = {}) =>
  Knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true, ...more })

class Migrations {
  getMigrations = async () => ['1_author', '2_book', '3_alter']
  getMigrationName = (name) => name
  getMigration = async (name) => migrations[name]
}

const migrations = {
  '1_author': {
    up: (knex) =>
      knex.schema.createTable('author', (table) => {
        table.increments('id')
        table.string('name', 80).notNullable().unique()
        table.json('profile')
        table.boolean('living').defaultTo(true)
        table.datetime('born')
        table.binary('portrait')
        table.bigInteger('followers')
        table.decimal('score', 8, 2)
        table.timestamps(true, true)
      }),
    down: (knex) => knex.schema.dropTable('author'),
  },
  '2_book': {
    up: (knex) =>
      knex.schema
        .createTable('book', (table) => {
          table.increments()
          table
            .integer('author_id')
            .unsigned()
            .notNullable()
            .references('author.id')
            .onDelete('CASCADE')
          table.string('title').notNullable().index()
          table.enu('kind', ['novel', 'poem'])
          table.unique(['author_id', 'title'])
        })
        .createView('novel', (view) => {
          view.columns(['id', 'title'])
          view.as(knex('book').select('id', 'title').where('kind', 'novel'))
        }),
    down: (knex) => knex.schema.dropView('novel').dropTable('book'),
  },
  '3_alter': {
    async up(knex) {
      await knex.schema.alterTable('author', (table) => {
        table.string('country').defaultTo('CH')
        table.renameColumn('score', 'points')
        table.dropColumn('living')
      })
      await knex.schema.alterTable('author', (table) => {
        table.string('name', 200).notNullable().alter()
        table.integer('followers').defaultTo(0).alter()
      })
      await knex.schema.alterTable('author', (table) =>
        table.index(['country', 'name'], 'by_country'),
      )
      await knex.schema.renameTable('book', 'work')
      await knex.schema.renameTable('work', 'book')
    },
    down: (knex) =>
      knex.schema.alterTable('author', (table) => {
        table.dropIndex(['country', 'name'], 'by_country')
        table.dropColumn('country')
      }),
  },
}

async function steps(step) {
  const file = join(folder(), 'knex.db')
  const knex = open(file, {
    pool: { afterCreate: (connection, done) => (connection.pragma('foreign_keys = ON'), done()) },
  })
  const migrate = { migrationSource: new Migrations() }

  await step('migrations go up, down and up again', async () => {
    const [, names] = await knex.migrate.latest(migrate)
    assert.equal(names.length, 3)
    await knex.migrate.rollback(migrate, true)
    assert.equal(await knex.schema.hasTable('author'), false)
    await knex.migrate.latest(migrate)
    const [done, pending] = await knex.migrate.list(migrate)
    assert.deepEqual([done.length, pending.length], [3, 0])
  })

  await step('tables are described', async () => {
    assert.equal(await knex.schema.hasTable('book'), true)
    assert.equal(await knex.schema.hasColumn('author', 'points'), true)
    assert.equal(await knex.schema.hasColumn('author', 'living'), false)
    const info = await knex('author').columnInfo()
    assert.deepEqual(info.name, {
      type: 'varchar',
      maxLength: '200',
      nullable: false,
      defaultValue: null,
    })
    assert.equal(info.country.defaultValue, "'CH'")
    const { sql } = await knex('sqlite_master').first('sql').where({ type: 'table', name: 'book' })
    assert.match(sql, /on delete cascade/i)
  })

  await step('rows are made, many at once, and given back', async () => {
    const born = new Date('1815-12-10T00:00:00Z')
    const [ada] = await knex('author')
      .insert({
        name: 'Ada',
        born,
        portrait: Buffer.from([0, 255]),
        profile: JSON.stringify({ a: [1, 2] }),
        followers: 2 ** 40,
      })
      .returning(['id', 'name', 'born', 'portrait', 'country'])
    assert.deepEqual(
      { ...ada, portrait: [...ada.portrait] },
      { id: 1, name: 'Ada', born: born.getTime(), portrait: [0, 255], country: 'CH' },
    )
    const rows = Array.from({ length: 300 }, (_, i) => ({ name: `N${i}`, points: i / 4 }))
    const ids = await knex.batchInsert('author', rows, 50).returning('id')
    assert.equal(ids.length, 300)
    const [last] = await knex('book').insert([
      { author_id: 1, title: 'A', kind: 'novel' },
      { author_id: 1, title: 'B', kind: 'poem' },
      { author_id: 2, title: 'A', kind: 'novel' },
    ])
    assert.equal(last, 3)
    const { total, largest } = await knex('author')
      .sum({ total: 'points' })
      .max({ largest: 'id' })
      .first()
    assert.deepEqual([total, largest], [(299 * 300) / 8, 301])
  })

  await step('joins, subqueries, common tables, compounds, windows', async () => {
    const rows = await knex('author as a')
      .leftJoin('book as b', 'b.author_id', 'a.id')
      .select('a.name')
      .count({ books: 'b.id' })
      .groupBy('a.id')
      .havingRaw('count(b.id) > ?', [0])
      .orderBy('books', 'desc')
    assert.deepEqual(rows, [
      { name: 'Ada', books: 2 },
      { name: 'N0', books: 1 },
    ])
    const wise = await knex
      .with('b', knex('book').select('author_id').where('kind', 'novel'))
      .select('name')
      .from('author')
      .whereIn('id', knex('b').select('author_id'))
      .unionAll(knex('author').select('name').where('id', 301))
    assert.deepEqual(wise.map(({ name }) => name).sort(), ['Ada', 'N0', 'N299'])
    const ranked = await knex('book')
      .select('title')
      .rowNumber('place', (w) => w.partitionBy('author_id').orderBy('title', 'desc'))
      .orderBy(['author_id', 'place'])
    assert.deepEqual(
      ranked.map(({ title, place }) => title + place),
      ['B1', 'A2', 'A1'],
    )
    const json = await knex('author')
      .jsonExtract('profile', '$.a[1]', 'second')
      .where('id', 1)
      .first()
    assert.equal(json.second, 2)
    const found = await knex('author').whereJsonPath('profile', '$.a[0]', '=', 1).pluck('name')
    assert.deepEqual(found, ['Ada'])
    const recursive = await knex
      .withRecursive('n', ['i'], (q) =>
        q
          .from('author')
          .select(knex.raw('1'))
          .where('id', 1)
          .unionAll((u) => u.select(knex.raw('i + 1')).from('n').where('i', '<', 4)),
      )
      .from('n')
      .sum({ s: 'i' })
      .first()
    assert.equal(recursive.s, 10)
  })

  await step('what is there already is changed instead', async () => {
    const [merged] = await knex('author')
      .insert({ name: 'Ada', points: 9 })
      .onConflict('name')
      .merge(['points'])
      .returning(['id', 'points'])
    assert.deepEqual(merged, { id: 1, points: 9 })
    const ignored = await knex('author')
      .insert({ name: 'Ada', points: 1 })
      .onConflict('name')
      .ignore()
      .returning('id')
    assert.deepEqual(ignored, [])
    await knex('author')
      .insert({ name: 'Ada', points: 5 })
      .onConflict(['name'])
      .merge()
      .where('author.points', '<', 5)
    assert.equal((await knex('author').where('id', 1).first()).points, 9)
    assert.equal(await knex('author').where('id', 1).increment('points', 2), 1)
    const changed = await knex('author')
      .where('id', '>', 299)
      .update({ country: 'DE' })
      .returning('id')
    assert.deepEqual(
      changed.map(({ id }) => id),
      [300, 301],
    )
    assert.equal(await knex('author').where('id', 301).del(), 1)
  })

  await step('constraints are named as SQLite names them', async () => {
    const wrong = [
      [
        'author',
        { name: 'Ada' },
        'SQLITE_CONSTRAINT_UNIQUE',
        /UNIQUE constraint failed: author\.name/,
      ],
      [
        'author',
        { name: null },
        'SQLITE_CONSTRAINT_NOTNULL',
        /NOT NULL constraint failed: author\.name/,
      ],
      [
        'book',
        { author_id: 999, title: 'x' },
        'SQLITE_CONSTRAINT_FOREIGNKEY',
        /FOREIGN KEY constraint failed/,
      ],
      [
        'book',
        { author_id: 1, title: 'x', kind: 'map' },
        'SQLITE_CONSTRAINT_CHECK',
        /CHECK constraint failed/,
      ],
      [
        'book',
        { id: 1, author_id: 1, title: 'x' },
        'SQLITE_CONSTRAINT_PRIMARYKEY',
        /UNIQUE constraint failed: book\.id/,
      ],
    ]
    for (const [table, row, code, message] of wrong) {
      await assert.rejects(knex(table).insert(row), (error) => {
        assert.equal(error.code, code)
        assert.match(error.message, message)
        return true
      })
    }
    await assert.rejects(knex('nowhere'), /no such table: nowhere/)
  })

  await step('transactions, nested ones, and what they take back', async () => {
    const count = async (on = knex) => (await on('author').count({ n: '*' }).first()).n
    const before = await count()
    await assert.rejects(
      knex.transaction(async (trx) => {
        await trx('author').insert({ name: 'T' })
        assert.equal(await count(trx), before + 1)
        throw new Error('no')
      }),
      /^Error: no$/,
    )
    assert.equal(await count(), before)
    await knex.transaction(async (trx) => {
      await trx('author').insert({ name: 'outer' })
      await trx
        .transaction(async (inner) => {
          await inner('author').insert({ name: 'inner' })
          throw new Error('inner')
        })
        .catch(() => {})
      await trx.savepoint(async (inner) => inner('author').insert({ name: 'kept' }))
    })
    assert.deepEqual(
      await knex('author')
        .whereIn('name', ['outer', 'inner', 'kept'])
        .orderBy('name')
        .pluck('name'),
      ['kept', 'outer'],
    )
    await knex('author').where('name', 'N0').del()
    assert.equal((await knex('book').where('author_id', 2)).length, 0)
  })

  await step('streams, raw SQL, values of the driver', async () => {
    let seen = 0
    for await (const row of knex('author').select('id').orderBy('id').stream()) {
      assert.equal(typeof row.id, 'number')
      seen++
    }
    assert.equal(seen, (await knex('author').count({ n: '*' }).first()).n)
    assert.deepEqual(
      await knex.raw('SELECT ? AS a, ? AS b, ?? AS c FROM author LIMIT 1', [
        true,
        new Date(5),
        'id',
      ]),
      [{ a: 1, b: 5, c: 1 }],
    )
    const safe = open(':memory:', {
      connection: { filename: ':memory:', options: { safeIntegers: true } },
    })
    const big = await safe.raw('SELECT 9007199254740993 AS big')
    await safe.destroy()
    assert.deepEqual(big, [{ big: 9007199254740993n }])
    assert.equal((await knex.raw('PRAGMA table_info(book)')).length, 4)
    assert.equal((await knex('book').where({ id: 1 }).first('title')).title, 'A')
    await knex('book').truncate()
    assert.equal((await knex('book').count({ n: '*' }).first()).n, 0)
  })

  await step('the file is sound', async () => {
    await knex.destroy()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const knex = open(file)
    await knex.schema.createTable('entry', (table) => {
      table.increments()
      table.integer('who')
    })
    await knex.schema.createTable('counter', (table) => table.integer('number'))
    await knex('counter').insert({ number: 0 })
    await knex.destroy()
  },
  async work({ file, who, rounds, ready }) {
    const knex = open(file)
    await knex.raw('PRAGMA busy_timeout = 30000')
    await ready()
    for (let i = 0; i < rounds; i++) {
      await knex('entry').insert({ who })
      // Knex begins DEFERRED transactions: a change first takes the lock under which the read is then made.
      await knex.transaction(async (trx) => {
        await trx('counter').update({ number: trx.ref('number') })
        const { number } = await trx('counter').first()
        await trx('counter').update({ number: number + 1 })
      })
    }
    await knex.destroy()
  },
  async result(file) {
    const knex = open(file)
    const { rows } = await knex('entry').count({ rows: '*' }).first()
    const { number } = await knex('counter').first()
    await knex.destroy()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
