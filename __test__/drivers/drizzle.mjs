import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join, relative as pathBetween } from 'node:path'
import {
  TransactionRollbackError,
  and,
  asc,
  count,
  desc,
  eq,
  exists,
  gt,
  inArray,
  like,
  lt,
  max,
  sql,
  sum,
} from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { int, integer, sqliteTable, union } from 'drizzle-orm/sqlite-core'
import * as schema from './drizzle/schema.mjs'
import { Database, folder, inspect, suite } from './harness.mjs'

const { users, posts, tags, postTags, writers } = schema
const here = import.meta.dirname

/** drizzle-kit takes `out` from where it runs. */
const relative = (path) => pathBetween(here, path)

/** Runs drizzle-kit as its users do, with a configuration of its own. */
function kit(command, config, ...flags) {
  const place = folder()
  const path = join(place, 'drizzle.config.json')
  writeFileSync(path, JSON.stringify({ dialect: 'sqlite', ...config }))
  const program = join(here, 'node_modules', 'drizzle-kit', 'bin.cjs')
  return execFileSync(process.execPath, [program, command, `--config=${path}`, ...flags], {
    cwd: here,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** An error of the database, whether Drizzle has put one of its own around it or not. */
const isAnswer = (code, message) => (error) => {
  const answer = error.cause ?? error
  assert.equal(answer.code, code)
  assert.match(answer.message, message)
  return true
}

async function steps(step) {
  const place = folder()
  const file = join(place, 'drizzle.db')
  const migrations = join(place, 'migrations')
  let db

  await step('drizzle-kit writes migrations, the migrator runs them', async () => {
    kit('generate', { schema: 'drizzle/schema.mjs', out: relative(migrations) })
    assert.ok(readdirSync(migrations).some((name) => name.endsWith('.sql')))
    db = drizzle(file, { schema })
    migrate(db, { migrationsFolder: migrations })
    migrate(db, { migrationsFolder: migrations })
    const done = db.get(sql`SELECT count(*) AS n FROM __drizzle_migrations`)
    assert.equal(done.n, 1)
  })

  await step('rows are made, many at once, and given back', async () => {
    const born = new Date('1815-12-10T01:02:03.004Z')
    const [ada] = await db
      .insert(users)
      .values({
        name: 'Ada',
        email: 'Ada@example.org',
        born,
        settings: { a: [1, 2] },
        photo: Buffer.from([0, 255]),
        followers: 2n ** 70n,
        score: 1.5,
        money: '12.5',
        role: 'writer',
      })
      .returning()
    assert.deepEqual(
      { ...ada, photo: [...ada.photo], createdAt: ada.createdAt.length },
      {
        id: 1,
        name: 'Ada',
        email: 'Ada@example.org',
        role: 'writer',
        settings: { a: [1, 2] },
        active: true,
        born,
        createdAt: 19,
        photo: [0, 255],
        followers: 2n ** 70n,
        score: 1.5,
        money: '12.5',
        lower: 'ada@example.org',
      },
    )
    const many = Array.from({ length: 200 }, (_, i) => ({
      name: `N${i}`,
      email: `n${i}`,
      score: i / 2,
      active: i % 2 === 0,
    }))
    const result = db.insert(users).values(many).run()
    assert.deepEqual(result, { changes: 200, lastInsertRowid: 201 })
    db.insert(tags)
      .values([{ name: 'x' }, { name: 'y' }])
      .run()
    db.insert(posts)
      .values([
        { authorId: 1, title: 'One' },
        { authorId: 1, title: 'Two' },
        { authorId: 2, title: 'Three' },
      ])
      .run()
    db.insert(postTags)
      .values([
        { postId: 1, tagId: 1 },
        { postId: 1, tagId: 2 },
        { postId: 3, tagId: 1 },
      ])
      .run()
  })

  await step('rows with what belongs to them', async () => {
    const found = await db.query.users.findMany({
      where: inArray(users.id, [1, 2, 3]),
      columns: { name: true },
      orderBy: asc(users.id),
      with: {
        posts: {
          columns: { title: true },
          orderBy: desc(posts.id),
          with: { tags: { with: { tag: true } } },
        },
      },
      extras: { shout: sql`upper(${users.name})`.as('shout') },
    })
    assert.deepEqual(
      found.map(({ shout, posts }) => [
        shout,
        posts.map(({ title, tags }) => [title, ...tags.map(({ tag }) => tag.name)]),
      ]),
      [
        ['ADA', [['Two'], ['One', 'x', 'y']]],
        ['N0', [['Three', 'x']]],
        ['N1', []],
      ],
    )
    const first = db.query.posts
      .findFirst({ with: { author: { columns: { name: true, settings: true } } } })
      .sync()
    assert.equal(first.author.name, 'Ada')
    assert.deepEqual(first.author.settings, { a: [1, 2] })
  })

  await step('joins, groups, subqueries, compounds, windows, views', async () => {
    const rows = db
      .select({ name: users.name, n: count(posts.id), last: max(posts.title) })
      .from(users)
      .leftJoin(posts, eq(posts.authorId, users.id))
      .groupBy(users.id)
      .having(({ n }) => gt(n, 0))
      .orderBy(({ n }) => desc(n))
      .all()
    assert.deepEqual(rows, [
      { name: 'Ada', n: 2, last: 'Two' },
      { name: 'N0', n: 1, last: 'Three' },
    ])
    const full = db.select().from(posts).fullJoin(tags, eq(tags.id, posts.id)).all()
    assert.equal(full.length, 3)
    const busy = db.$with('busy').as(
      db
        .select({ id: posts.authorId, n: count().as('n') })
        .from(posts)
        .groupBy(posts.authorId),
    )
    assert.deepEqual(
      db
        .with(busy)
        .select({ name: users.name, n: busy.n })
        .from(busy)
        .innerJoin(users, eq(users.id, busy.id))
        .orderBy(desc(busy.n))
        .get(),
      { name: 'Ada', n: 2 },
    )
    const both = union(
      db.select({ name: users.name }).from(users).where(lt(users.id, 3)),
      db.select({ name: tags.name }).from(tags),
    )
      .orderBy(sql`name`)
      .all()
    assert.deepEqual(
      both.map(({ name }) => name),
      ['Ada', 'N0', 'x', 'y'],
    )
    const ranked = db
      .select({
        title: posts.title,
        place:
          sql`row_number() over (partition by ${posts.authorId} order by ${posts.id} desc)`.mapWith(
            Number,
          ),
      })
      .from(posts)
      .orderBy(posts.id)
      .all()
    assert.deepEqual(
      ranked.map(({ place }) => place),
      [2, 1, 1],
    )
    assert.deepEqual(
      db
        .select()
        .from(users)
        .where(
          exists(
            db
              .select()
              .from(posts)
              .where(and(eq(posts.authorId, users.id), like(posts.title, 'T%'))),
          ),
        )
        .all()
        .map(({ id }) => id),
      [1, 2],
    )
    assert.equal(db.select().from(writers).all().length, 1)
    assert.equal(await db.$count(users, gt(users.score, 90)), 19)
    assert.deepEqual(
      db
        .select({ total: sum(users.score) })
        .from(users)
        .get(),
      { total: String((199 * 200) / 4 + 1.5) },
    )
    assert.deepEqual(
      db.values(
        sql`SELECT json_extract(settings, '$.a[1]'), settings ->> 'a' FROM users WHERE id = 1`,
      ),
      [[2, '[1,2]']],
    )
  })

  await step('what is there already is changed instead', async () => {
    const set = { name: sql`excluded.name`, score: sql`${users.score} + 1` }
    const [one] = db
      .insert(users)
      .values({ name: 'Ada B.', email: 'Ada@example.org' })
      .onConflictDoUpdate({ target: users.email, set, setWhere: gt(users.id, 0) })
      .returning({ id: users.id, name: users.name, score: users.score })
      .all()
    assert.deepEqual(one, { id: 1, name: 'Ada B.', score: 2.5 })
    assert.equal(
      db.insert(users).values({ name: 'X', email: 'n1' }).onConflictDoNothing().run().changes,
      0,
    )
    assert.equal(
      db.update(users).set({ active: false }).where(lt(users.id, 4)).returning().all().length,
      3,
    )
    const moved = db
      .update(posts)
      .set({ title: sql`${users.name} || ': ' || ${posts.title}` })
      .from(users)
      .where(and(eq(users.id, posts.authorId), eq(posts.id, 1)))
      .returning({ title: posts.title })
      .all()
    assert.deepEqual(moved, [{ title: 'Ada B.: One' }])
    db.insert(tags)
      .select(
        db
          .select({ id: sql`id + 100`.as('id'), name: users.name })
          .from(users)
          .where(lt(users.id, 3)),
      )
      .run()
    assert.equal(db.delete(tags).where(gt(tags.id, 100)).returning().all().length, 2)
    const prepared = db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder('id')))
      .prepare()
    assert.deepEqual(
      [1, 2, 999].map((id) => prepared.get({ id })?.name),
      ['Ada B.', 'N0', undefined],
    )
  })

  await step('constraints are named as SQLite names them', async () => {
    const wrong = [
      [
        users,
        { name: 'X', email: 'n1' },
        'SQLITE_CONSTRAINT_UNIQUE',
        /UNIQUE constraint failed: users\.email|lower_email/,
      ],
      [
        users,
        { name: null, email: 'z' },
        'SQLITE_CONSTRAINT_NOTNULL',
        /NOT NULL constraint failed: users\.name/,
      ],
      [
        users,
        { name: 'z', email: 'z', score: -1 },
        'SQLITE_CONSTRAINT_CHECK',
        /CHECK constraint failed: score/,
      ],
      [
        posts,
        { authorId: 999, title: 'z' },
        'SQLITE_CONSTRAINT_FOREIGNKEY',
        /FOREIGN KEY constraint failed/,
      ],
      [
        postTags,
        { postId: 1, tagId: 1 },
        'SQLITE_CONSTRAINT_PRIMARYKEY',
        /UNIQUE constraint failed: post_tags\.post_id, post_tags\.tag_id/,
      ],
    ]
    for (const [table, row, code, message] of wrong) {
      assert.throws(() => db.insert(table).values(row).run(), isAnswer(code, message))
    }
    assert.throws(
      () => db.run(sql`SELECT * FROM nowhere`),
      isAnswer('SQLITE_ERROR', /no such table: nowhere/),
    )
  })

  await step('transactions of each kind, nested ones, what they take back', async () => {
    const n = (on = db) => on.select({ n: count() }).from(users).get().n
    const before = n()
    assert.throws(
      () =>
        db.transaction((tx) => {
          tx.insert(users).values({ name: 'T', email: 't' }).run()
          assert.equal(n(tx), before + 1)
          tx.rollback()
        }),
      TransactionRollbackError,
    )
    assert.equal(n(), before)
    for (const behavior of ['deferred', 'immediate', 'exclusive']) {
      db.transaction(
        (tx) => {
          tx.insert(users).values({ name: behavior, email: behavior }).run()
          try {
            tx.transaction((inner) => {
              inner.insert(users).values({ name: 'inner', email: 'inner' }).run()
              throw new Error('inner')
            })
          } catch (error) {
            assert.equal(error.message, 'inner')
          }
          tx.transaction((inner) => inner.insert(tags).values({ name: behavior }).run())
        },
        { behavior },
      )
    }
    assert.deepEqual([n(), db.$client.inTransaction], [before + 3, false])
    assert.equal(db.select().from(tags).all().length, 5)
    db.delete(postTags).run()
    db.delete(users).where(eq(users.id, 1)).run()
    assert.equal(db.select().from(posts).all().length, 1)
  })

  await step('the file is sound', async () => {
    db.$client.close()
    inspect(file)
  })

  await step('drizzle-kit push makes a schema, and changes it', async () => {
    const pushed = join(place, 'pushed.db')
    const earlier = { schema: 'drizzle/earlier.mjs', dbCredentials: { url: pushed } }
    assert.match(kit('push', earlier, '--force'), /Changes applied/)
    let own = drizzle(pushed)
    own.run(sql`INSERT INTO users (name, email, role) VALUES ('Ada', 'a', 'writer')`)
    own.run(sql`INSERT INTO posts (author_id, title) VALUES (1, 'One')`)
    own.$client.close()
    assert.match(kit('push', earlier, '--force'), /No changes detected/)
    kit('push', { schema: 'drizzle/later.mjs', dbCredentials: { url: pushed } }, '--force')
    own = drizzle(pushed)
    assert.deepEqual(own.all(sql`SELECT * FROM users`), [
      { id: 1, name: 'Ada', email: 'a', role: 'writer' },
    ])
    assert.deepEqual(own.all(sql`SELECT * FROM posts`), [{ id: 1, author_id: 1, title: 'One' }])
    assert.deepEqual(own.all(sql`SELECT "on_delete" AS d FROM pragma_foreign_key_list('posts')`), [
      { d: 'SET NULL' },
    ])
    own.$client.close()
    inspect(pushed)
  })

  await step('drizzle-kit reads a schema', async () => {
    const pulled = join(place, 'pulled')
    kit('pull', { dbCredentials: { url: file }, out: relative(pulled) })
    assert.ok(readdirSync(pulled).includes('schema.ts'))
  })
}

const entries = sqliteTable('entry', { id: integer().primaryKey(), who: int() })
const counters = sqliteTable('counter', { id: integer().primaryKey(), number: int() })

const processes = {
  async prepare(file) {
    const db = drizzle(file)
    db.run(sql`PRAGMA journal_mode = WAL`)
    db.run(sql`CREATE TABLE entry (id INTEGER PRIMARY KEY, who INTEGER)`)
    db.run(sql`CREATE TABLE counter (id INTEGER PRIMARY KEY, number INTEGER)`)
    db.insert(counters).values({ number: 0 }).run()
    db.$client.close()
  },
  async work({ file, who, rounds, ready }) {
    const db = drizzle({ client: new Database(file, { timeout: 30_000 }) })
    await ready()
    for (let i = 0; i < rounds; i++) {
      await db.insert(entries).values({ who })
      db.transaction(
        (tx) => {
          const { number } = tx.select().from(counters).get()
          tx.update(counters)
            .set({ number: number + 1 })
            .run()
        },
        { behavior: 'immediate' },
      )
    }
    db.$client.close()
  },
  async result(file) {
    const db = drizzle(file)
    const rows = await db.$count(entries)
    const { number } = db.select().from(counters).get()
    db.$client.close()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
