/**
 * The table in *Moving from better-sqlite3* is complete and true: each of its rows is tried on better-sqlite3, under the alias and on `chorusdb`
 * (`moving-probes.ts`), and what comes is what is noted here. better-sqlite3 runs under a Node that can load it; where there is none, its column is left out, and the
 * test says so.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { findNode } from '../support/oracle.ts'
import { textOf } from './pages.ts'

const program = fileURLToPath(new URL('moving-probes.ts', import.meta.url))
const page = 'docs/guides/moving-from-better-sqlite3.md'

/** By the first column of the table: what better-sqlite3, the alias and `chorusdb` answer. */
const expected: Readonly<Record<string, readonly [unknown, unknown, unknown]>> = {
  'a file': ['opens it', 'opens it', 'SQLITE_BUSY'],
  'beside the file': [
    { open: ['-shm', '-wal'], closed: [] },
    { open: ['-shm (empty)', '-tproc', '-tshm', '-wal'], closed: ['-tshm', '-wal (empty)'] },
    { open: ['-wal'], closed: [] },
  ],
  '`journal_mode`': [
    ['delete', 'truncate'],
    ['wal', 'wal'],
    ['wal', 'wal'],
  ],
  '`synchronous`': [
    [2, 1],
    [2, 1],
    [2, 2],
  ],
  '`page_count` of a new file': [0, 1, 0],
  '`cache_size`': [-16000, -16000, -65536],
  '`database_list`': [['main', 'temp'], ['main'], ['main']],
  'INTEGERs beyond 2^53': [9007199254740992, 9007199254740992, 'RangeError'],
  booleans: ['TypeError', 'TypeError', 1],
  'a Date': ['TypeError', 'TypeError', 'TypeError'],
  'a DataView': ['Error', 'TypeError', '0000'],
  '`readOnly`': ['TypeError', 'TypeError', true],
  'a file or a Buffer that is no database': [
    ['opened', 'SQLITE_NOTADB'],
    ['opened', 'SQLITE_NOTADB'],
    ['not opened', 'SQLITE_NOTADB'],
  ],
  'a folder in the place of a file, with `readonly`': [
    ['not opened', 'SQLITE_IOERR_READ'],
    ['not opened', 'SQLITE_CANTOPEN'],
    ['not opened', 'SQLITE_CANTOPEN'],
  ],
  '`file:` names': ['file:b.db', 'file:b.db', 'b.db'],
  '`PRAGMA writable_schema`': ['SQLITE_ERROR', 'SQLITE_ERROR', 1],
  '`loadExtension`': ['looks for the file', 'not supported', 'not supported'],
  '`nativeBinding`': ['MODULE_NOT_FOUND', 'TypeError', 'TypeError'],
  'descriptors in the place of names': [false, 'TypeError', 'TypeError'],
  '`?1`, `?2` with a list of values': ['RangeError', [2, 1], [2, 1]],
  '`serialize`, `backup` of a database that is not attached': [
    ['Out of memory', 'unknown database x', true],
    ['unknown database x', 'unknown database x', false],
    ['unknown database x', 'unknown database x', false],
  ],
  '`backup` onto a file': ['in its place', 'takes its place', 'takes its place'],
  '`backup` in a transaction that writes': [
    ['done', null],
    ['done', 401],
    ['done', 401],
  ],
  '`backup` beside another process that writes': ['begins again', 'goes on', 'goes on'],
  '`serialize` of a WAL database': ['SQLITE_CANTOPEN', 0, 0],
  'a column `__proto__`': [['a'], ['a', '__proto__'], ['a', '__proto__']],
  '`reader`, `readonly`, `source`, `database` of a statement': ['TypeError', false, false],
  'LIKE and GLOB on a BLOB': [0, 1, 1],
  'FTS, R-Tree, Geopoly': [true, 'SQLITE_ERROR', 'SQLITE_ERROR'],
  'beyond it': [
    [false, false, false, false],
    [true, true, true, true],
    [true, true, true, true],
  ],
}

function ask(node: string, which: string): Record<string, unknown> {
  const { CHORUSDB_EXPERIMENTAL: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', program, which], {
    encoding: 'utf8',
    env,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

function column(i: 0 | 1 | 2): Record<string, unknown> {
  return Object.fromEntries(Object.entries(expected).map(([row, answers]) => [row, answers[i]]))
}

/** Tried in installed packages (`npm run test:package`). */
const triedElsewhere = ['without a binary for the platform']

test('moving: each row of the table is tried', (t) => {
  const lines = textOf(page)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| | better-sqlite3'))
  const rows = lines.map((line) => line.split(' | ')[0]!.slice(2))
  t.deepEqual(rows.toSorted(), [...Object.keys(expected), ...triedElsewhere].toSorted())
})

test('moving: better-sqlite3 is as the table says', (t) => {
  const node = findNode()
  if (node === null) {
    t.log('no Node that can load better-sqlite3 (set SQLITE_NODE)')
    t.pass()
    return
  }
  t.deepEqual(ask(node, 'better-sqlite3'), column(0))
})

test('moving: the alias is as the table says', (t) => {
  t.deepEqual(ask(process.execPath, 'alias'), column(1))
})

test('moving: chorusdb is as the table says', (t) => {
  t.deepEqual(ask(process.execPath, 'chorusdb'), column(2))
})
