/**
 * Pages whose words are wrong, of every kind and of several page sizes: whoever reads, inserts, updates, deletes, drops or
 * checks is answered by rows or with an error of SQLite's, never with one of JavaScript's, and in bounded time.
 */
import test from 'ava'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { createRandom, type Random } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

const rounds = 60

/** A table and an index of some levels, spilled payloads in both, and a freelist. */
function soundFile(path: string, pageSize: number): Buffer {
  const db = new Database(path, { pageSize })
  db.exec(`CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB); CREATE INDEX i ON t(b, c);
    CREATE TABLE gone(x); CREATE TABLE w(k)`)
  const unit = pageSize / 512
  const insert = db.prepare('INSERT INTO t(b, c) VALUES (?, ?)')
  db.transaction(() => {
    for (let n = 0; n < 90; n++) {
      const long = n % 11 === 0 ? 1100 : n % 40
      insert.run(`row ${(n * 7919) % 1000}`, Buffer.alloc(long * unit, n))
    }
    db.prepare('INSERT INTO gone VALUES (?)').run(Buffer.alloc(6000 * unit))
    db.exec('DELETE FROM t WHERE a % 6 = 2; DROP TABLE gone')
  })()
  db.close()
  return readFileSync(path)
}

/** Changes one word that says how a page is laid out, or a few of them. */
function damage(file: Buffer, pageSize: number, random: Random): string {
  const pageCount = file.length / pageSize
  const pgno = 1 + random.below(pageCount)
  const base = (pgno - 1) * pageSize
  const header = base + (pgno === 1 ? 100 : 0)
  const word = (): number =>
    random.pick([
      0,
      1,
      2,
      4,
      7,
      8,
      12,
      60,
      100,
      random.below(pageSize),
      pageSize - 4,
      pageSize,
      0xffff,
    ])
  const write = (at: number, value: number): string => {
    if (at + 2 <= base + pageSize) file.writeUInt16BE(value & 0xffff, at)
    return `page ${pgno} +${at - base} = ${value}`
  }
  const pointers = header + ((file[header]! & 8) !== 0 ? 8 : 12)
  const cells = Math.min(200, file.readUInt16BE(header + 3))
  const cell = (): number => {
    const offset = file.readUInt16BE(
      Math.min(pointers + 2 * random.below(cells + 1), file.length - 2),
    )
    return base + Math.min(offset, pageSize - 8)
  }
  const kinds: (() => string)[] = [
    () => write(header + random.pick([0, 1, 3, 5, 6, 8, 10]), word()),
    () => write(header + 5, random.pick([0, pageSize + 8, pageSize, 0xfff0, word()])),
    () => write(pointers + 2 * random.below(cells + 1), word()),
    () => write(pointers + 2 * random.below(cells + 1), file.readUInt16BE(pointers)),
    () => write(header + 1, cell() - base),
    () => write(cell() + random.below(6), word()),
    () => write(header + 1, word()) + write(base + random.below(pageSize - 4), word()),
    // A page in use on the freelist; a trunk that is a page in use.
    () => {
      const trunk = file.readUInt32BE(32)
      const at = (trunk - 1) * pageSize + 8
      if (trunk > 0 && at + 4 <= file.length) file.writeUInt32BE(1 + random.below(pageCount), at)
      return `a leaf of the trunk ${trunk}`
    },
    () => {
      file.writeUInt32BE(1 + random.below(pageCount), 32)
      return 'the first trunk'
    },
  ]
  return random.pick(kinds)()
}

const statements = [
  "INSERT INTO t(b, c) VALUES ('new', zeroblob(30)), ('row 500', zeroblob(9000)), ('m', 'x')",
  "UPDATE t SET b = b || 'longer' WHERE a % 4 = 1",
  'UPDATE t SET c = zeroblob(2500) WHERE a IN (3, 40, 77)',
  'DELETE FROM t WHERE a % 5 = 0',
  "SELECT count(*), sum(length(c)) FROM t WHERE b > 'row 3'",
  'SELECT sum(length(b)), sum(length(c)) FROM t',
  'INSERT INTO t SELECT a + 1000, b, c FROM t',
  'INSERT INTO w SELECT b FROM t',
  'PRAGMA integrity_check',
  'CREATE INDEX j ON t(c)',
  "DELETE FROM t WHERE b < 'row 5'",
  'DROP INDEX i',
  'DELETE FROM t',
  'DROP TABLE t',
]

/** Runs a statement; only an error of SQLite's may come of it. */
function attempt(body: () => void): void {
  try {
    body()
  } catch (error) {
    if (!(error instanceof SqliteError) || error.code === 'SQLITE_INTERNAL') throw error
  }
}

for (const pageSize of [512, 1024, 4096, 65_536]) {
  test(`damaged pages: only errors of SQLite's come of wrong words, page size ${pageSize}`, (t) => {
    const folder = temporaryFolder()
    const path = join(folder, 'damaged.db')
    const sound = soundFile(join(folder, 'sound.db'), pageSize)
    const random = createRandom(pageSize)
    for (let round = 0; round < (pageSize > 4096 ? rounds / 5 : rounds); round++) {
      const file = Buffer.from(sound)
      const what = Array.from({ length: 1 + random.below(2) }, () => damage(file, pageSize, random))
      writeFileSync(path, file)
      rmSync(`${path}-wal`, { force: true })
      const order = statements.toSorted(() => random.next() - 0.5).slice(0, 8)
      try {
        attempt(() => {
          const db = new Database(path)
          try {
            db.exec('PRAGMA synchronous = OFF')
            for (const sql of order) {
              attempt(() => void (sql.startsWith('SELECT') ? db.prepare(sql).all() : db.exec(sql)))
            }
          } finally {
            db.close()
          }
        })
      } catch (error) {
        t.log(`SEED=${random.seed}, round ${round}: ${what.join(', ')}; ${order.join('; ')}`)
        throw error
      }
    }
    t.pass()
  })
}
