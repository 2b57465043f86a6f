import assert from 'node:assert/strict'
import { join } from 'node:path'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { username } from 'better-auth/plugins'
import { Database, folder, inspect, suite } from './harness.mjs'

/** An application's configuration: sign-in by password, a plugin that adds columns, columns of its own. */
const configure = (database, more = {}) => ({
  database,
  baseURL: 'http://localhost:3000',
  secret: 'a secret of thirty-two characters',
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async (text) => `hash ${text}`,
      verify: async ({ hash, password }) => hash === `hash ${password}`,
    },
  },
  plugins: [username()],
  user: {
    additionalFields: {
      age: { type: 'number', required: false },
      since: { type: 'date', required: false },
    },
    deleteUser: { enabled: true },
  },
  telemetry: { enabled: false },
  logger: { disabled: true },
  rateLimit: { enabled: false },
  ...more,
})

async function steps(step) {
  const file = join(folder(), 'auth.db')
  const database = new Database(file)
  const options = configure(database)
  const auth = betterAuth(options)
  let headers

  await step('the schema is made, and made larger', async () => {
    const first = await getMigrations(configure(database, { plugins: [], user: {} }))
    assert.ok(first.toBeCreated.length >= 4)
    await first.runMigrations()
    const second = await getMigrations(options)
    assert.equal(second.toBeCreated.length, 0)
    assert.deepEqual(
      second.toBeAdded.map(({ table }) => table),
      ['user'],
    )
    await second.runMigrations()
    const third = await getMigrations(options)
    assert.deepEqual([third.toBeCreated, third.toBeAdded], [[], []])
  })

  const body = {
    email: 'ada@example.org',
    password: 'a long password',
    name: 'Ada',
    username: 'ada',
    age: 36,
    since: new Date('2020-01-02T03:04:05.678Z'),
  }

  await step('sign-up', async () => {
    const { user, token } = await auth.api.signUpEmail({ body })
    assert.equal(user.email, 'ada@example.org')
    assert.equal(user.age, 36)
    assert.ok(token)
    assert.equal(user.emailVerified, false)
    assert.equal(new Date(user.since).getTime(), body.since.getTime())
    await assert.rejects(auth.api.signUpEmail({ body }), { name: 'APIError' })
  })

  await step('sign-in, session, changes', async () => {
    await assert.rejects(
      auth.api.signInEmail({ body: { email: 'ada@example.org', password: 'wrong password' } }),
      { name: 'APIError' },
    )
    const response = await auth.api.signInEmail({
      body: { email: 'ada@example.org', password: 'a long password' },
      asResponse: true,
    })
    assert.equal(response.status, 200)
    headers = new Headers({
      cookie: response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
      origin: 'http://localhost:3000',
    })
    const session = await auth.api.getSession({ headers })
    assert.equal(session.user.username, 'ada')
    assert.ok(session.session.expiresAt instanceof Date)
    await auth.api.updateUser({ body: { name: 'Ada B.', age: 37 }, headers })
    assert.equal((await auth.api.getSession({ headers })).user.name, 'Ada B.')
    await auth.api.changePassword({
      body: { currentPassword: 'a long password', newPassword: 'another password' },
      headers,
    })
    assert.ok(
      await auth.api.signInUsername({ body: { username: 'ada', password: 'another password' } }),
    )
    assert.equal((await auth.api.listSessions({ headers })).length, 3)
  })

  await step('sign-out', async () => {
    assert.equal((await auth.api.signOut({ headers })).success, true)
    assert.equal(await auth.api.getSession({ headers }), null)
  })

  await step('the adapter: many rows, conditions, transactions', async () => {
    const { adapter } = await auth.$context
    for (let i = 0; i < 50; i++) {
      await adapter.create({
        model: 'user',
        data: {
          name: `N${i}`,
          email: `n${i}`,
          emailVerified: i % 2 === 0,
          age: i,
          createdAt: new Date(i),
          updatedAt: new Date(i),
        },
      })
    }
    const found = await adapter.findMany({
      model: 'user',
      where: [
        { field: 'age', operator: 'gte', value: 40 },
        { field: 'emailVerified', value: true },
      ],
      sortBy: { field: 'age', direction: 'desc' },
      limit: 3,
    })
    assert.deepEqual(
      found.map(({ age, emailVerified }) => [age, emailVerified]),
      [
        [48, true],
        [46, true],
        [44, true],
      ],
    )
    assert.equal(
      await adapter.count({
        model: 'user',
        where: [{ field: 'email', operator: 'starts_with', value: 'n1' }],
      }),
      11,
    )
    assert.equal(
      await adapter.updateMany({
        model: 'user',
        where: [{ field: 'age', operator: 'lt', value: 10 }],
        update: { name: 'young' },
      }),
      10,
    )
    assert.equal(
      await adapter.deleteMany({ model: 'user', where: [{ field: 'name', value: 'young' }] }),
      10,
    )
    await assert.rejects(
      adapter.create({
        model: 'user',
        data: {
          name: 'X',
          email: 'n20',
          emailVerified: false,
          createdAt: new Date(),
          updatedAt: new Date(),
        },
      }),
      { code: 'SQLITE_CONSTRAINT_UNIQUE' },
    )
    await assert.rejects(
      adapter.create({
        model: 'session',
        data: {
          userId: 'nobody',
          token: 'x',
          expiresAt: new Date(),
          createdAt: new Date(),
          updatedAt: new Date(),
        },
      }),
      { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
    )
  })

  await step('a user is deleted with all that is theirs', async () => {
    const response = await auth.api.signInEmail({
      body: { email: 'ada@example.org', password: 'another password' },
      asResponse: true,
    })
    headers = new Headers({
      cookie: response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
      origin: 'http://localhost:3000',
    })
    await auth.api.deleteUser({ body: { password: 'another password' }, headers })
    assert.equal(database.prepare('SELECT count(*) FROM session').pluck().get(), 0)
    assert.equal(database.prepare('SELECT count(*) FROM account').pluck().get(), 0)
  })

  await step('the file is sound', () => {
    database.close()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    const { runMigrations } = await getMigrations(configure(database))
    await runMigrations()
    database.exec('CREATE TABLE counter (number INTEGER); INSERT INTO counter VALUES (0)')
    database.close()
  },
  async work({ file, who, rounds, ready }) {
    const database = new Database(file, { timeout: 30_000 })
    const auth = betterAuth(configure(database))
    const { adapter } = await auth.$context
    // Better Auth counts nothing: its own application does, on the same connection.
    const read = database.prepare('SELECT number FROM counter').pluck()
    const write = database.prepare('UPDATE counter SET number = ?')
    const increment = database.transaction(() => write.run(read.get() + 1))
    await ready()
    for (let i = 0; i < rounds; i++) {
      await adapter.create({
        model: 'user',
        data: {
          name: 'N',
          email: `${who} ${i}`,
          emailVerified: false,
          createdAt: new Date(),
          updatedAt: new Date(),
        },
      })
      increment.immediate()
    }
    database.close()
  },
  async result(file) {
    const database = new Database(file)
    const rows = database.prepare('SELECT count(*) FROM user').pluck().get()
    const number = database.prepare('SELECT number FROM counter').pluck().get()
    database.close()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
