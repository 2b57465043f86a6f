/** `.import`: files of comma-separated or ASCII-separated values into a table. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { SqliteError, type Database } from '../../engine/src/index.ts'
import { columnNamesOf } from './import-columns.ts'
import { cText, quotedName } from './format/quote.ts'
import { bytesOfText, textOfBytes, untilNul } from './format/text.ts'
import type { Progress } from './progress.ts'
import type { Shell } from './shell.ts'

export interface ImportOptions {
  /** A file, or a command with `|` in front. */
  readonly file: string
  readonly table: string
  readonly schema: string | null
  /** Rows that are passed over. */
  readonly skip: number
  /** How much is told, from 0. */
  readonly verbosity: number
  readonly columnSeparator: string
  readonly rowSeparator: string
  /** Values are read as they are, without quotes. */
  readonly isAscii: boolean
  /** The mode is `ascii`: an empty first value ends the file. */
  readonly endsAtEmpty: boolean
  /** The separators are those of the mode. */
  readonly usesMode: boolean
}

/** Reads values one by one. (RFC 4180, with any separator of one byte) */
class FieldReader {
  readonly #bytes: Uint8Array
  readonly #column: number
  readonly #row: number
  readonly #isAscii: boolean
  readonly #complain: (message: string) => void
  readonly #file: string
  #at = 0
  #isFirst = true
  /** Lines read so far, from 1. */
  line = 1
  /** What ended the last value: a separator; -1: the file. */
  terminator = 0

  constructor(
    bytes: Uint8Array,
    options: ImportOptions,
    file: string,
    complain: (message: string) => void,
  ) {
    this.#bytes = bytes
    this.#column = Buffer.from(options.columnSeparator)[0]!
    this.#row = Buffer.from(options.rowSeparator)[0]!
    this.#isAscii = options.isAscii
    this.#file = file
    this.#complain = complain
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at
  }

  get isAtColumn(): boolean {
    return this.terminator === this.#column
  }

  /** The next value; null: there is none. */
  next(): string | null {
    if (this.#at >= this.#bytes.length) {
      this.terminator = -1
      return null
    }
    if (this.#isAscii) return this.#plain()
    const isFirst = this.#isFirst
    this.#isFirst = false
    const bytes = this.#bytes
    if (isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      this.#at = 3
      return this.next()
    }
    return bytes[this.#at] === 0x22 ? this.#quoted() : this.#plain()
  }

  #plain(): string {
    const start = this.#at
    const bytes = this.#bytes
    let at = start
    while (at < bytes.length && bytes[at] !== this.#column && bytes[at] !== this.#row) at++
    this.terminator = bytes[at] ?? -1
    this.#at = at + 1
    let end = at
    if (this.terminator === this.#row) {
      this.line++
      if (!this.#isAscii && end > start && bytes[end - 1] === 13) end--
    }
    return untilNul(textOfBytes(bytes.subarray(start, end)))
  }

  #quoted(): string {
    const bytes = this.#bytes
    const startLine = this.line
    const field: number[] = []
    let last = 0
    let beforeLast = 0
    for (this.#at++; ;) {
      const byte = bytes[this.#at++] ?? -1
      if (byte === this.#row) this.line++
      if (byte === 0x22 && last === 0x22) {
        last = 0
        continue
      }
      const endsValue =
        ((byte === this.#column || byte === this.#row || byte === -1) && last === 0x22) ||
        (byte === this.#row && last === 13 && beforeLast === 0x22)
      if (endsValue) {
        while (field.pop() !== 0x22);
        this.terminator = byte
        break
      }
      if (last === 0x22 && byte !== 13) {
        this.#complain(`${this.#file}:${this.line}: unescaped " character`)
      }
      if (byte === -1) {
        this.#complain(`${this.#file}:${startLine}: unterminated "-quoted field`)
        this.terminator = byte
        break
      }
      field.push(byte)
      beforeLast = last
      last = byte
    }
    return untilNul(textOfBytes(Uint8Array.from(field)))
  }
}

/** @returns whether it was done, rows that could not be inserted apart */
export async function importFile(
  shell: Shell,
  options: ImportOptions,
  progress: Progress,
): Promise<boolean> {
  const { file, verbosity } = options
  const { database } = shell
  const bytes = contentOf(file)
  if (bytes === null) {
    shell.complain(`Error: cannot open "${file}"`)
    return false
  }
  if (verbosity >= 2 || (verbosity >= 1 && options.usesMode)) {
    const [column, row] = [options.columnSeparator, options.rowSeparator].map((text) =>
      cText(text[0]!),
    )
    shell.print(`Column separator ${column}, row separator ${row}`)
  }
  const shownFile = file.startsWith('|') ? '<pipe>' : file
  const reader = new FieldReader(bytes, options, shownFile, (message) => shell.complain(message))
  for (let left = options.skip; left > 0; left--)
    while (reader.next() !== null && reader.isAtColumn);
  const name = quotedName(options.table)
  const table = options.schema === null ? name : `${quotedName(options.schema)}.${name}`
  const columnCount = prepareTable(shell, table, shownFile, reader, options)
  if (columnCount === null) return false
  const sql = `INSERT INTO ${table} VALUES(?${',?'.repeat(columnCount - 1)})`
  if (verbosity >= 2) shell.print(`Insert using: ${sql}`)
  let insert: Insert
  try {
    insert = insertInto(database, sql)
  } catch (error) {
    shell.complain(`Error: ${(error as Error).message}`)
    return false
  }
  const ownsTransaction = !database.inTransaction
  if (ownsTransaction) database.exec('BEGIN')
  progress.begin('import', bytes.length, 'bytes')
  let counts: { rows: number; errors: number }
  try {
    counts = await insertRows(shell, reader, insert, columnCount, shownFile, options, progress)
  } finally {
    progress.end()
    if (ownsTransaction && database.inTransaction) database.exec('COMMIT')
  }
  if (verbosity > 0) {
    shell.print(
      `Added ${counts.rows} rows with ${counts.errors} errors using ${reader.line - 1} lines of input`,
    )
  }
  return true
}

type Insert = (values: readonly (string | null)[]) => void

function insertInto(database: Database, sql: string): Insert {
  const statement = database.prepare<unknown[]>(sql)
  return (values) => {
    const text = values.join('')
    if (text.isWellFormed()) {
      statement.run(...values)
      return
    }
    // Text that is no UTF-8 is stored byte for byte.
    const bytes = values.map((value) =>
      value?.isWellFormed() === false ? bytesOfText(value) : value,
    )
    const places = bytes.map((value) => (value instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?'))
    database.prepare<unknown[]>(sql.replace(/\?(?:,\?)*\)$/, `${places.join()})`)).run(...bytes)
  }
}

function contentOf(file: string): Buffer | null {
  if (file.startsWith('|')) {
    return spawnSync('/bin/sh', ['-c', file.slice(1)], {
      stdio: ['inherit', 'pipe', 'inherit'],
      maxBuffer: Infinity,
    }).stdout
  }
  try {
    const descriptor = openSync(file, 'r')
    try {
      return readFileSync(descriptor)
    } catch {
      return Buffer.alloc(0)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return null
  }
}

/** The number of columns of the table, which is made of the first row where it is not there; null: it cannot be. */
function prepareTable(
  shell: Shell,
  table: string,
  file: string,
  reader: FieldReader,
  { verbosity }: ImportOptions,
): number | null {
  const { database } = shell
  const count = (): number => database.prepare(`SELECT * FROM ${table}`).columns().length
  try {
    return count()
  } catch (error) {
    const message = (error as Error).message
    if (!(error instanceof SqliteError) || !message.startsWith('no such table: ')) {
      shell.complain(`Error: ${message}`)
      return null
    }
  }
  const names: string[] = []
  for (let name = reader.next(); name !== null; name = reader.next()) {
    names.push(name)
    if (!reader.isAtColumn) break
  }
  if (names.length === 0) {
    shell.complain(`${file}: empty file`)
    return null
  }
  const { columns, renamed } = columnNamesOf(names)
  if (renamed !== null) {
    const message = `Columns renamed during .import ${file} due to duplicates:\n${renamed}`
    if (shell.isInteractive && shell.readsTerminal) shell.print(message)
    else shell.complain(message)
  }
  const create = `CREATE TABLE ${table}${columns}\n`
  if (verbosity >= 1) shell.print(create)
  try {
    database.exec(create)
  } catch (error) {
    shell.complain(`${create} failed:\n${(error as Error).message}`)
    return null
  }
  return count()
}

async function insertRows(
  shell: Shell,
  reader: FieldReader,
  insert: Insert,
  columnCount: number,
  file: string,
  { endsAtEmpty }: ImportOptions,
  progress: Progress,
): Promise<{ rows: number; errors: number }> {
  let rows = 0
  let errors = 0
  let read = 0
  const values: (string | null)[] = Array<null>(columnCount).fill(null)
  do {
    const startLine = reader.line
    let i = 0
    for (; i < columnCount; i++) {
      const value = reader.next()
      if (i === 0 && (value === null || (endsAtEmpty && value === ''))) break
      values[i] = value
      if (i < columnCount - 1 && !reader.isAtColumn) {
        shell.complain(
          `${file}:${startLine}: expected ${columnCount} columns but found ${i + 1} - filling the rest with NULL`,
        )
        values.fill(null, i + 1)
        i = columnCount + 1
      }
    }
    if (reader.isAtColumn) {
      do {
        reader.next()
        i++
      } while (reader.isAtColumn)
      shell.complain(
        `${file}:${startLine}: expected ${columnCount} columns but found ${i} - extras ignored`,
      )
    }
    if (i >= columnCount) {
      try {
        insert(values)
        rows++
      } catch (error) {
        shell.complain(`${file}:${startLine}: INSERT failed: ${(error as Error).message}`)
        errors++
      }
    }
    progress.reach(reader.position)
    if (shell.readsTerminal && (++read & 0x3ff) === 0) {
      // Ctrl-C is heard; what was read until then stays.
      // oxlint-disable-next-line no-await-in-loop -- rows are read one after the other
      await new Promise((resolve) => setImmediate(resolve))
      if (shell.runner.isInterrupted) break
    }
  } while (reader.terminator !== -1)
  return { rows, errors }
}
