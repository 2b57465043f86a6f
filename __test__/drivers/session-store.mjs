import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import session from 'express-session'
import createStore from 'better-sqlite3-session-store'
import { Database, folder, inspect, suite } from './harness.mjs'

const Store = createStore(session)

/** A store whose timer keeps no process alive. */
function open(client, intervalMs = 900_000) {
  const { setInterval } = globalThis
  globalThis.setInterval = (...call) => setInterval(...call).unref()
  try {
    return new Store({ client, expired: { clear: true, intervalMs } })
  } finally {
    globalThis.setInterval = setInterval
  }
}

const calls = (store) =>
  Object.fromEntries(
    ['get', 'set', 'destroy', 'touch', 'all', 'length', 'clear']
      .filter((name) => typeof store[name] === 'function')
      .map((name) => [name, promisify(store[name].bind(store))]),
  )
const cookie = (maxAge) => ({ cookie: { maxAge, originalMaxAge: maxAge } })

async function steps(step) {
  const file = join(folder(), 'sessions.db')
  const db = new Database(file)

  await step('sessions are set, got, changed, destroyed, and end', async () => {
    const store = open(db, 20)
    const { get, set, destroy } = calls(store)
    await set('a', { ...cookie(60_000), user: { name: 'Ada ä' } })
    assert.equal((await get('a')).user.name, 'Ada ä')
    await set('a', { ...cookie(60_000), user: { name: 'Eve' } })
    assert.equal((await get('a')).user.name, 'Eve')
    assert.equal(await get('none'), null)
    await set('old', cookie(-5000))
    assert.equal(await get('old'), null)
    store.clearExpiredSessions()
    assert.equal(db.prepare('SELECT count(*) FROM sessions').pluck().get(), 1)
    await destroy('a')
    assert.equal(await get('a'), null)
  })

  await step('a server counts visits by cookie', async () => {
    const middleware = session({
      store: open(db),
      secret: 'secret',
      resave: false,
      saveUninitialized: true,
    })
    const server = createServer((request, response) =>
      middleware(request, response, () => {
        request.session.visits = (request.session.visits ?? 0) + 1
        response.end(String(request.session.visits))
      }),
    )
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${server.address().port}/`
    const first = await fetch(url)
    const headers = { cookie: first.headers.getSetCookie()[0].split(';')[0] }
    assert.equal(await first.text(), '1')
    for (let i = 2; i < 20; i++)
      assert.equal(await (await fetch(url, { headers })).text(), String(i))
    assert.equal(await (await fetch(url)).text(), '1')
    assert.equal(db.prepare('SELECT count(*) FROM sessions').pluck().get(), 2)
    server.close()
    server.closeAllConnections()
  })

  await step('the file is sound', () => {
    db.close()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const db = new Database(file)
    db.pragma('journal_mode = WAL')
    open(db)
    db.exec('CREATE TABLE counter (number INTEGER); INSERT INTO counter VALUES (0)')
    db.close()
  },
  async work({ file, who, rounds, ready }) {
    const db = new Database(file, { timeout: 30_000 })
    const { get, set } = calls(open(db))
    const read = db.prepare('SELECT number FROM counter').pluck()
    const write = db.prepare('UPDATE counter SET number = ?')
    const increment = db.transaction(() => write.run(read.get() + 1))
    await ready()
    for (let i = 0; i < rounds; i++) {
      await set(`${who} ${i}`, { ...cookie(3_600_000), i })
      assert.equal((await get(`${who} ${i}`)).i, i)
      increment.immediate()
    }
    db.close()
  },
  async result(file) {
    const db = new Database(file)
    const rows = db.prepare('SELECT count(*) FROM sessions').pluck().get()
    const number = db.prepare('SELECT number FROM counter').pluck().get()
    db.close()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
