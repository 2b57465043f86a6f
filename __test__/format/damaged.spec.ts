/**
 * Truncated, bit-flipped and foreign files: every answer is SQLITE_CORRUPT or SQLITE_NOTADB with a sentence that
 * says where, or a right answer; nothing hangs, nothing crashes, and reading never changes the file.
 */
import test from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

function generator(): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

function makeDatabase(path: string): Buffer {
  const db = new Database(path, { pageSize: 1024 })
  db.exec(`
    CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB);
    CREATE INDEX t_b ON t(b);
    CREATE TABLE w(k TEXT, v);
  `)
  const insert = db.prepare('INSERT INTO t(b, c) VALUES (?, ?)')
  db.transaction(() => {
    for (let i = 0; i < 400; i++) insert.run(`row ${i * 7919}`, Buffer.alloc((i * 37) % 3000, i))
  })()
  db.close()
  return readFileSync(path)
}

/** Reads everything there is, by table and by index. */
function readAll(path: string): void {
  const db = new Database(path, { readonly: true })
  try {
    db.prepare('SELECT * FROM sqlite_schema').all()
    db.prepare('SELECT * FROM t').all()
    db.prepare("SELECT count(*) FROM t WHERE b > 'row 5'").all()
    db.prepare('SELECT b FROM t ORDER BY b').all()
    db.prepare('SELECT * FROM w').all()
    db.pragma('integrity_check')
  } finally {
    db.close()
  }
}

/** null: it was read; else the code of the answer. */
function attempt(path: string): { code: string; message: string; cause?: unknown } | null {
  try {
    readAll(path)
    return null
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error
  }
}

const expected = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])

test('damaged: any single flipped byte is answered or harmless, and the file stays as it is', (t) => {
  t.timeout(240_000)
  t.log(`SEED=${seed}`)
  const folder = temporaryFolder()
  const sound = makeDatabase(join(folder, 'sound.db'))
  const random = generator()
  let answered = 0
  for (let round = 0; round < 300; round++) {
    const path = join(folder, `flipped-${round % 4}.db`)
    const damaged = Buffer.from(sound)
    // The header and the first bytes of pages are where damage hurts most.
    const at =
      round % 3 === 0 ? random(sound.length / 1024) * 1024 + random(20) : random(sound.length)
    damaged[at] = random(256)
    writeFileSync(path, damaged)
    const answer = attempt(path)
    if (answer !== null) {
      answered++
      // A damaged text of CREATE may also read as other SQL.
      t.true(
        expected.has(answer.code) || answer.code === 'SQLITE_ERROR',
        `${at}: ${answer.code} ${answer.message}`,
      )
      if (expected.has(answer.code)) t.is(typeof answer.cause, 'string', `${at}: ${answer.message}`)
    }
    t.true(readFileSync(path).equals(damaged), `byte ${at}: the file was changed`)
  }
  t.true(answered > 0)
})

test('damaged: a file cut off anywhere is answered or harmless', (t) => {
  t.timeout(240_000)
  const folder = temporaryFolder()
  const sound = makeDatabase(join(folder, 'sound.db'))
  const random = generator()
  for (let round = 0; round < 120; round++) {
    const path = join(folder, 'cut.db')
    const size = round < 20 ? 1 + random(1100) : 1 + random(sound.length - 1)
    writeFileSync(path, sound.subarray(0, size))
    const answer = attempt(path)
    t.not(answer, null, `${size} bytes`)
    if (answer !== null)
      t.true(expected.has(answer.code), `${size} bytes: ${answer.code} ${answer.message}`)
    t.is(readFileSync(path).length, size)
  }
})

test('damaged: foreign files are SQLITE_NOTADB, read-only or not, and are never written to', (t) => {
  const path = join(temporaryFolder(), 'foreign.db')
  const random = generator()
  const foreign = [
    Buffer.from('Not a database at all.'),
    Buffer.alloc(4096, 'x'),
    Buffer.from(Array.from({ length: 5000 }, () => random(256))),
    Buffer.concat([Buffer.from('SQLite format 2\0'), Buffer.alloc(5000)]),
    Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000)]),
  ]
  for (const content of foreign) {
    writeFileSync(path, content)
    for (const options of [{}, { readonly: true }, { experimental: ['multiprocess_wal'] }]) {
      const error = t.throws(() => {
        const db = new Database(path, options)
        try {
          db.exec('CREATE TABLE t(a)')
          db.prepare('SELECT * FROM sqlite_schema').all()
        } finally {
          db.close()
        }
      }) as SqliteError
      if (error.code !== 'SQLITE_READONLY') t.is(error.code, 'SQLITE_NOTADB', error.message)
      t.true(readFileSync(path).equals(content))
    }
  }
})
