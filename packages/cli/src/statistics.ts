/** `.stats`: what is known of memory, of the database's pages and of what was read and written. */
import { readFileSync } from 'node:fs'
import type { Database, Statement } from '../../engine/src/index.ts'

/** Where they are written, and of what they are. */
interface Shown {
  readonly database: Database
  print(line: string): void
}

const counters: readonly (readonly [string, string])[] = [
  ['rchar', 'Bytes received by read():'],
  ['wchar', 'Bytes sent to write():'],
  ['syscr', 'Read() system calls:'],
  ['syscw', 'Write() system calls:'],
  ['read_bytes', 'Bytes read from storage:'],
  ['write_bytes', 'Bytes written to storage:'],
  ['cancelled_write_bytes', 'Cancelled write bytes:'],
]

/** Writes the lines of `.stats`. */
export function showStatistics(shell: Shown): void {
  const line = (title: string, value: string): void => shell.print(`${title.padEnd(36)} ${value}`)
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  line('Memory Used:', `${rss} bytes`)
  line('Heap Used:', `${heapUsed} bytes (of ${heapTotal})`)
  line('Memory Outside of the Heap:', `${external + arrayBuffers} bytes`)
  const pragma = (name: string): string => String(shell.database.pragma(name, { simple: true }))
  line('Database Pages:', `${pragma('page_count')} of ${pragma('page_size')} bytes`)
  line('Free Pages:', pragma('freelist_count'))
  const { wal } = shell.database.status()
  line('Frames of the Log:', String(wal.frames))
  let text = ''
  try {
    text = readFileSync('/proc/self/io', 'utf8')
  } catch {
    return
  }
  for (const [name, title] of counters) {
    const value = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]
    if (value !== undefined) line(title, value)
  }
}

/** Writes what is known of a statement's columns (`.stats stmt`). */
export function showStatementStatistics(
  shell: Shown,
  statement: Statement<unknown[], unknown>,
): void {
  const line = (title: string, value: string): void => shell.print(`${title.padEnd(36)} ${value}`)
  const columns = statement.reader ? statement.columns() : []
  line('Number of output columns:', String(columns.length))
  for (const [i, { name, type, database, table, column }] of columns.entries()) {
    line(`Column ${i} name:`, name)
    line(`Column ${i} declared type:`, type ?? '(null)')
    line(`Column ${i} database name:`, database ?? '(null)')
    line(`Column ${i} table name:`, table ?? '(null)')
    line(`Column ${i} origin name:`, column ?? '(null)')
  }
}
