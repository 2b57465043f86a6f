import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createDatabase } from 'db0'
import sqlite from 'db0/connectors/better-sqlite3'
import { createStorage, prefixStorage } from 'unstorage'
import driver from 'unstorage/drivers/db0'
import { folder, inspect, suite } from './harness.mjs'

const open = (path) => createDatabase(sqlite({ path }))

async function steps(step) {
  const file = join(folder(), 'db0.db')
  const database = open(file)

  await step('db0: templates, prepared statements, scripts', async () => {
    await database.exec(
      'CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER); CREATE INDEX by_age ON user (age)',
    )
    const inserted = await database.sql`INSERT INTO user (name, age) VALUES (${'Ada'}, ${36})`
    assert.equal(inserted.success, true)
    assert.equal(inserted.lastInsertRowid, 1)
    const { rows } = await database.sql`SELECT * FROM {${'user'}} WHERE age > ${30}`
    assert.deepEqual(rows, [{ id: 1, name: 'Ada', age: 36 }])
    const returned = await database.sql`INSERT INTO user (name) VALUES (${'Bob'}) RETURNING id, age`
    assert.deepEqual(returned.rows, [{ id: 2, age: null }])
    const statement = database.prepare('SELECT name FROM user WHERE id = ?')
    assert.deepEqual(await statement.get(1), { name: 'Ada' })
    assert.equal(await statement.get(99), undefined)
    assert.deepEqual(await statement.bind(2).all(), [{ name: 'Bob' }])
    assert.equal((await database.prepare('DELETE FROM user WHERE id = ?').run(99)).success, false)
    await assert.rejects(async () => database.sql`INSERT INTO user (name) VALUES (${'Ada'})`, {
      code: 'SQLITE_CONSTRAINT_UNIQUE',
    })
  })

  await step('unstorage: items, raw items, keys, meta, prefixes', async () => {
    const storage = createStorage({ driver: driver({ database, tableName: 'kv' }) })
    await storage.setItem('a:object', { n: [1, 2], t: 'ä' })
    assert.deepEqual(await storage.getItem('a:object'), { n: [1, 2], t: 'ä' })
    await storage.setItem('a:object', { n: 2 })
    assert.deepEqual(await storage.getItem('a:object'), { n: 2 })
    await storage.setItemRaw('a:raw', Buffer.from([0, 255]))
    assert.deepEqual([...(await storage.getItemRaw('a:raw'))], [0, 255])
    const cache = prefixStorage(storage, 'cache')
    for (let i = 0; i < 100; i++) await cache.setItem(`k${i}`, i)
    assert.equal((await cache.getKeys()).length, 100)
    assert.equal((await storage.getKeys()).length, 102)
    assert.deepEqual(await storage.getItems(['cache:k1', 'cache:none']), [
      { key: 'cache:k1', value: 1 },
      { key: 'cache:none', value: null },
    ])
    assert.equal(await storage.hasItem('cache:k5'), true)
    await storage.removeItem('cache:k5')
    assert.equal(await storage.hasItem('cache:k5'), false)
    assert.ok((await storage.getMeta('a:object')).mtime instanceof Date)
    await storage.clear()
    assert.deepEqual(await storage.getKeys(), [])
  })

  await step('the file is sound', async () => {
    await database.dispose()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const database = open(file)
    await database.exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE counter (number INTEGER); INSERT INTO counter VALUES (0)',
    )
    await createStorage({ driver: driver({ database, tableName: 'kv' }) }).hasItem('a')
    await database.dispose()
  },
  async work({ file, who, rounds, ready }) {
    const database = open(file)
    await database.exec('PRAGMA busy_timeout = 30000')
    const storage = createStorage({ driver: driver({ database, tableName: 'kv' }) })
    await ready()
    for (let i = 0; i < rounds; i++) {
      await storage.setItem(`${who}:${i}`, { i })
      await database.exec('BEGIN IMMEDIATE')
      const { rows } = await database.sql`SELECT number FROM counter`
      await database.sql`UPDATE counter SET number = ${rows[0].number + 1}`
      await database.exec('COMMIT')
    }
    await database.dispose()
  },
  async result(file) {
    const database = open(file)
    const [{ number }] = (await database.sql`SELECT number FROM counter`).rows
    const [{ rows }] = (await database.sql`SELECT count(*) AS rows FROM kv`).rows
    await database.dispose()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
