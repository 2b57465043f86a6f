import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MigrationError, Umzug } from 'umzug'
import { Database, folder, inspect, suite } from './harness.mjs'

/** Where umzug notes what has been done: a table, as its documents show. */
const storage = (db) => {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) WITHOUT ROWID',
  )
  return {
    executed: async () => db.prepare('SELECT name FROM migration ORDER BY name').pluck().all(),
    logMigration: async ({ name }) =>
      void db.prepare('INSERT INTO migration (name) VALUES (?)').run(name),
    unlogMigration: async ({ name }) =>
      void db.prepare('DELETE FROM migration WHERE name = ?').run(name),
  }
}

/** Migrations are files of SQL, each in a transaction of its own. */
const umzug = (db, place) =>
  new Umzug({
    migrations: {
      glob: ['*.up.sql', { cwd: place }],
      resolve: ({ name, path }) => ({
        name,
        up: async () => db.transaction(() => db.exec(read(path)))(),
        down: async () => db.transaction(() => db.exec(read(path.replace('.up.', '.down.'))))(),
      }),
    },
    context: db,
    storage: storage(db),
    logger: undefined,
  })

const files = {
  '01.up.sql':
    "CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO user (name) VALUES ('Ada'), ('Bob');",
  '01.down.sql': 'DROP TABLE user;',
  '02.up.sql':
    "ALTER TABLE user ADD COLUMN email TEXT; UPDATE user SET email = lower(name) || '@example.org'; CREATE UNIQUE INDEX by_email ON user (email);",
  '02.down.sql': 'DROP INDEX by_email; ALTER TABLE user DROP COLUMN email;',
  '03.up.sql': `CREATE TABLE log (line TEXT);
    CREATE TRIGGER user_log AFTER UPDATE ON user BEGIN INSERT INTO log VALUES (old.name || ' → ' || new.name); END;
    CREATE VIEW addresses AS SELECT email FROM user;`,
  '03.down.sql': 'DROP VIEW addresses; DROP TRIGGER user_log; DROP TABLE log;',
}
const read = (path) => {
  const name = path.slice(-'01.up.sql'.length)
  return files[name] ?? files[path.slice(-'01.down.sql'.length)]
}

async function steps(step) {
  const place = folder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  const file = join(place, 'umzug.db')
  const db = new Database(file)

  await step('up, one by one and all', async () => {
    const runner = umzug(db, place)
    assert.equal((await runner.pending()).length, 3)
    await runner.up({ to: '01.up.sql' })
    assert.equal(db.prepare('SELECT count(*) FROM user').pluck().get(), 2)
    assert.deepEqual(
      (await runner.up()).map(({ name }) => name),
      ['02.up.sql', '03.up.sql'],
    )
    db.prepare("UPDATE user SET name = 'Eve' WHERE id = 2").run()
    assert.deepEqual(db.prepare('SELECT line FROM log').pluck().all(), ['Bob → Eve'])
    assert.deepEqual(db.prepare('SELECT email FROM addresses ORDER BY 1').pluck().all(), [
      'ada@example.org',
      'bob@example.org',
    ])
  })

  await step('down, and up again', async () => {
    const runner = umzug(db, place)
    await runner.down({ to: '02.up.sql' })
    assert.deepEqual(db.prepare("SELECT name FROM pragma_table_info('user')").pluck().all(), [
      'id',
      'name',
    ])
    await runner.down({ to: 0 })
    assert.deepEqual(
      db.prepare("SELECT name FROM sqlite_schema WHERE type <> 'index'").pluck().all(),
      ['migration'],
    )
    assert.equal((await runner.up()).length, 3)
  })

  await step('a migration that fails is taken back whole', async () => {
    files['04.up.sql'] =
      "CREATE TABLE half (a); INSERT INTO user (name, email) VALUES ('X', 'ada@example.org');"
    writeFileSync(join(place, '04.up.sql'), '')
    await assert.rejects(umzug(db, place).up(), (error) => {
      assert.ok(error instanceof MigrationError)
      assert.equal(error.cause.code, 'SQLITE_CONSTRAINT_UNIQUE')
      return true
    })
    assert.equal(
      db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get(),
      0,
    )
    assert.equal((await umzug(db, place).pending()).length, 1)
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
    storage(db)
    db.exec(
      'CREATE TABLE entry (id INTEGER PRIMARY KEY, who INTEGER); CREATE TABLE counter (number INTEGER); INSERT INTO counter VALUES (0)',
    )
    db.close()
  },
  async work({ file, who, rounds, ready }) {
    const db = new Database(file, { timeout: 30_000 })
    const read = db.prepare('SELECT number FROM counter').pluck()
    const write = db.prepare('UPDATE counter SET number = ?')
    const add = db.prepare('INSERT INTO entry (who) VALUES (?)')
    const step = db.transaction(() => {
      add.run(who)
      write.run(read.get() + 1)
    })
    await ready()
    // Each process has as many migrations as there are rounds, noted in one table.
    await new Umzug({
      migrations: Array.from({ length: rounds }, (_, i) => ({
        name: `${who} ${i}`,
        up: async () => step.immediate(),
      })),
      storage: storage(db),
      logger: undefined,
    }).up()
    db.close()
  },
  async result(file) {
    const db = new Database(file)
    const rows = db.prepare('SELECT count(*) FROM entry').pluck().get()
    assert.equal(db.prepare('SELECT count(*) FROM migration').pluck().get(), rows)
    const number = db.prepare('SELECT number FROM counter').pluck().get()
    db.close()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
