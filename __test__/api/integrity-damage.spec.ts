/**
 * `integrity_check` and `quick_check` of files that were damaged on purpose, one thing each: SQLite looks at the same file and must
 * find the same, in the same words, rows and order.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { answerHere, answerThere } from '../support/side-by-side.ts'
import { temporaryFolder } from '../support/temporary.ts'

const pageSize = 1024

const schema = (autoVacuum: number): string => `
  PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${autoVacuum};
  CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL, c INT, d REAL, e BLOB, CHECK (c < 1000), CHECK (length(b) > 0));
  CREATE INDEX tb ON t(b); CREATE UNIQUE INDEX tc ON t(c); CREATE INDEX te ON t(b || 'x', d DESC);
  CREATE INDEX tp ON t(d) WHERE c > 50; CREATE INDEX tn ON t(b COLLATE NOCASE);
  CREATE TABLE u(x, y, v AS (x + 1), w AS (y || 'z') STORED NOT NULL); CREATE INDEX uv ON u(v);
  CREATE TABLE w(p TEXT, q INT, r, PRIMARY KEY (p, q)) WITHOUT ROWID; CREATE INDEX wr ON w(r);
  CREATE TABLE s(i INT, r REAL, t TEXT NOT NULL, b BLOB, a ANY) STRICT;
  CREATE VIEW vw AS SELECT 1; CREATE TABLE gone(z); CREATE TABLE rowid_names(rowid, oid, _rowid_); CREATE INDEX rn ON rowid_names(oid);
  WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 120)
    INSERT INTO t SELECT i * 3, 'row' || (i * 7919 % 1000), i, CASE i % 3 WHEN 0 THEN i WHEN 1 THEN i + 0.5 END, zeroblob(i * 37 * (i % 13 = 0)) FROM c;
  INSERT INTO u(x, y) SELECT c, b FROM t WHERE c < 60; INSERT INTO w SELECT b, c, c % 30 FROM t;
  INSERT INTO s SELECT c, c / 2.0, b, x'00ff', d FROM t WHERE c < 40; INSERT INTO rowid_names SELECT c, c, c FROM t;
  INSERT INTO gone SELECT zeroblob(900) FROM t WHERE c < 12; DELETE FROM gone;
  ALTER TABLE u ADD COLUMN k INT NOT NULL DEFAULT 5; CREATE INDEX uk ON u(k)`

/** The bytes of a file, and where the trees are. */
interface Damaged {
  readonly bytes: Buffer
  readonly roots: ReadonlyMap<string, number>
}

const pageOf = ({ roots }: Damaged, name: string): number => (roots.get(name)! - 1) * pageSize

/** The left-most leaf of a tree. */
function leafOf(file: Damaged, name: string): number {
  let at = pageOf(file, name)
  while ((file.bytes[at]! & 8) === 0) {
    at = (file.bytes.readUInt32BE(at + file.bytes.readUInt16BE(at + 12)) - 1) * pageSize
  }
  return at
}

function cellOf({ bytes }: Damaged, leaf: number, index: number): number {
  return leaf + bytes.readUInt16BE(leaf + 8 + 2 * index)
}

function dropLastCell(file: Damaged, leaf: number): void {
  file.bytes.writeUInt16BE(file.bytes.readUInt16BE(leaf + 3) - 1, leaf + 3)
}

function swapCells({ bytes }: Damaged, leaf: number, i: number, k: number): void {
  const first = bytes.readUInt16BE(leaf + 8 + 2 * i)
  bytes.writeUInt16BE(bytes.readUInt16BE(leaf + 8 + 2 * k), leaf + 8 + 2 * i)
  bytes.writeUInt16BE(first, leaf + 8 + 2 * k)
}

const damages: Readonly<Record<string, (file: Damaged) => void>> = {
  nothing: () => {},
  'a row is lost': (file) => dropLastCell(file, leafOf(file, 't')),
  'an entry is lost': (file) => dropLastCell(file, leafOf(file, 'tb')),
  'an entry of a partial index is lost': (file) => dropLastCell(file, leafOf(file, 'tp')),
  'an entry of an expression is lost': (file) => dropLastCell(file, leafOf(file, 'te')),
  'an entry of a virtual column is lost': (file) => dropLastCell(file, leafOf(file, 'uv')),
  'a row without a rowid is lost': (file) => dropLastCell(file, leafOf(file, 'w')),
  'rows change places': (file) => swapCells(file, leafOf(file, 't'), 1, 3),
  'entries change places': (file) => swapCells(file, leafOf(file, 'tn'), 1, 3),
  'entries of an expression change places': (file) => swapCells(file, leafOf(file, 'te'), 0, 5),
  'entries of an expression change places, far apart': (file) =>
    swapCells(file, leafOf(file, 'te'), 3, 22),
  'rows without a rowid change places': (file) => swapCells(file, leafOf(file, 'w'), 0, 5),
  'an entry has another rowid': (file) => {
    const entry = cellOf(file, leafOf(file, 'tc'), 4)
    file.bytes[entry + file.bytes[entry]!]!++
  },
  'an entry has another key': (file) => {
    file.bytes[cellOf(file, leafOf(file, 'tb'), 2) + 4] = 0x41
  },
  'an entry differs by what its collation overlooks': (file) => {
    file.bytes[cellOf(file, leafOf(file, 'tn'), 2) + 4]! ^= 0x20
  },
  'a text is none': (file) => {
    // payload, rowid, header size, types of a, b, c …
    file.bytes[cellOf(file, leafOf(file, 't'), 2) + 4] = 0
  },
  'a number stands where a text should': (file) => {
    file.bytes[cellOf(file, leafOf(file, 't'), 2) + 4] = 6
  },
  'a text stands where a number should': (file) => {
    file.bytes[cellOf(file, leafOf(file, 't'), 2) + 5] = 15
  },
  'a STRICT table has a value of another type': (file) => {
    file.bytes[cellOf(file, leafOf(file, 's'), 3) + 5] = 13
  },
  'a record ends early': (file) => {
    file.bytes[cellOf(file, leafOf(file, 'u'), 3) + 2] = 2
  },
  'a record has no header': (file) => {
    file.bytes[cellOf(file, leafOf(file, 'u'), 3) + 2] = 0
  },
  'a record is longer than its header says': (file) => {
    file.bytes[cellOf(file, leafOf(file, 's'), 3) + 4] = 0
  },
  'a root is no page of a tree': (file) => {
    file.bytes[pageOf(file, 'tb')] = 3
  },
  'a page of an index is one of a table': (file) => {
    file.bytes[leafOf(file, 'wr')] = 13
  },
  'a page has too many cells': (file) => {
    file.bytes.writeUInt16BE(5000, leafOf(file, 'tc') + 3)
  },
  'a cell lies outside': (file) => {
    file.bytes.writeUInt16BE(9000, leafOf(file, 'tb') + 8)
  },
  'a cell is too long': (file) => {
    file.bytes.writeUInt16BE(pageSize - 4, leafOf(file, 'uk') + 8)
  },
  'cells overlap': (file) => {
    const leaf = leafOf(file, 'uk')
    file.bytes.writeUInt16BE(file.bytes.readUInt16BE(leaf + 8) + 1, leaf + 10)
  },
  'fragments are miscounted': (file) => {
    file.bytes[leafOf(file, 't') + 7] = 9
  },
  'a freeblock leads nowhere': (file) => {
    file.bytes.writeUInt16BE(3, leafOf(file, 'tb') + 1)
  },
  'a freeblock has no size': (file) => {
    const leaf = leafOf(file, 's')
    file.bytes.writeUInt16BE(file.bytes.readUInt16BE(leaf + 5), leaf + 1)
    file.bytes.fill(
      0,
      leaf + file.bytes.readUInt16BE(leaf + 5),
      leaf + file.bytes.readUInt16BE(leaf + 5) + 4,
    )
  },
  'a child is not there': (file) => {
    const root = pageOf(file, 't')
    file.bytes.writeUInt32BE(9999, root + file.bytes.readUInt16BE(root + 12))
  },
  'a child belongs to another tree': (file) => {
    file.bytes.writeUInt32BE(file.roots.get('tb')!, pageOf(file, 't') + 8)
  },
  'the freelist is longer than said': ({ bytes }) => {
    bytes.writeUInt32BE(bytes.readUInt32BE(36) - 3, 36)
  },
  'the freelist is not there': ({ bytes }) => {
    bytes.writeUInt32BE(0, 32)
  },
  'a free page is in use': (file) => {
    const trunk = (file.bytes.readUInt32BE(32) - 1) * pageSize
    file.bytes.writeUInt32BE(file.roots.get('w')!, trunk + 8)
  },
  'the freelist has too many leaves': ({ bytes }) => {
    bytes.writeUInt32BE(100_000, (bytes.readUInt32BE(32) - 1) * pageSize + 4)
  },
  'the largest root is another': ({ bytes }) => {
    bytes.writeUInt32BE(3, 52)
  },
  'a vacuum is incremental': ({ bytes }) => {
    bytes.writeUInt32BE(1, 64)
  },
  'a chain of overflow pages ends early': (file) => {
    const { bytes } = file
    const first = [...Array(bytes.length / pageSize).keys()].find((page) => {
      const at = page * pageSize
      return (
        page > 1 &&
        bytes.subarray(at + 4, at + pageSize).every((byte) => byte === 0) &&
        bytes.readUInt32BE(at) > 0
      )
    })!
    bytes.writeUInt32BE(0, first * pageSize)
  },
}

const questions = [
  'PRAGMA f.integrity_check',
  'PRAGMA f.quick_check',
  'PRAGMA f.integrity_check(t)',
  'PRAGMA f.quick_check(u)',
  'PRAGMA f.integrity_check(w)',
  'PRAGMA f.integrity_check(s)',
  'PRAGMA f.integrity_check(2)',
  'PRAGMA f.integrity_check(vw)',
  'PRAGMA integrity_check(tb)',
]

for (const autoVacuum of [0, 2])
  test(`integrity check: damaged files, auto_vacuum ${autoVacuum}`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) return void t.pass()
    t.teardown(() => oracle.close())
    const folder = temporaryFolder()
    const sound = join(folder, 'sound.db')
    await oracle.reset(`ATTACH '${sound}' AS f`)
    await oracle.exec(
      schema(autoVacuum)
        .replaceAll(/CREATE (TABLE|VIEW|INDEX|UNIQUE INDEX) /g, 'CREATE $1 f.')
        .replaceAll(/PRAGMA /g, 'PRAGMA f.')
        .replaceAll('ALTER TABLE ', 'ALTER TABLE f.'),
    )
    const rows = await oracle.query('SELECT name, rootpage FROM f.sqlite_schema')
    const roots = new Map(rows.map(([name, root]) => [name as string, root as number]))
    await oracle.exec('DETACH f')
    for (const [name, damage] of Object.entries(damages)) {
      const path = join(folder, 'damaged.db')
      copyFileSync(sound, path)
      const bytes = readFileSync(path)
      damage({ bytes, roots })
      writeFileSync(path, bytes)
      const theirs: string[] = []
      await oracle.reset(`ATTACH '${path}' AS f`)
      for (const question of questions) theirs.push(await answerThere(oracle, question))
      await oracle.exec('DETACH f')
      const database = new Database(':memory:')
      database.exec(`ATTACH '${path}' AS f`)
      const ours = questions.map((question) =>
        answerHere(database, question).replace(/(disk image is malformed) \(.*\)$/, '$1'),
      )
      database.close()
      t.deepEqual(ours, theirs, name)
    }
  })
