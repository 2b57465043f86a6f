/**
 * `.recover`: what can be read of a damaged database, as the SQL that makes a new one. Pages are read past the engine, which would refuse
 * them. What belongs to no table any more goes to a table of its own, `lost_and_found`.
 */
import { Database } from '../../../engine/src/index.ts'
import type { Answer, Call } from '../dot/command.ts'
import { fail, messageOf } from '../dot/command.ts'
import { helpFor } from '../dot/help.ts'
import { insertedValue } from '../format/rows.ts'
import { quotedName, sqlText, sqlTextOnOneLine } from '../format/quote.ts'
import type { Shell } from '../shell.ts'
import { Pages, pagesOfFile } from './pages.ts'
import { TreeReader, type StoredRow } from './tree.ts'

interface Options {
  readonly lostAndFound: string
  readonly keepsRowids: boolean
  /** Pages that are said to be free are not looked at. */
  readonly ignoresFree: boolean
}

export function runRecover({ shell, name, args }: Call): Answer {
  let lostAndFound = 'lost_and_found'
  let keepsRowids = true
  let ignoresFree = false
  for (let i = 0; i < args.length; i++) {
    const option = args[i]!.replace(/^--/, '-')
    if ('-ignore-freelist'.startsWith(option) && option.length > 1) ignoresFree = true
    else if ('-no-rowids'.startsWith(option) && option.length > 1) keepsRowids = false
    else if ('-lost-and-found'.startsWith(option) && option.length > 1 && i + 1 < args.length) {
      lostAndFound = args[++i]!
    } else {
      shell.complain(`unexpected option: ${args[i]}`)
      shell.write(helpFor(name).text)
      return 'failed'
    }
  }
  let pages: Pages
  try {
    pages = pagesOf(shell)
  } catch (error) {
    return fail(shell, `Error: ${messageOf(error)}`)
  }
  new Recovery(shell, pages, { lostAndFound, keepsRowids, ignoresFree }).run()
  return undefined
}

function pagesOf(shell: Shell): Pages {
  const { path } = shell.connections
  if (path === null || path === '' || path === ':memory:') {
    return new Pages(shell.database.serialize(), Buffer.alloc(0))
  }
  return pagesOfFile(path)
}

/** An object of the schema. */
interface StoredObject {
  readonly type: string
  readonly name: string
  readonly root: number
  readonly sql: string | null
}

/** How the rows of a table are stored. */
interface TableShape {
  /** Names in the order of the record. */
  readonly stored: readonly string[]
  /** Of those, which can be inserted. */
  readonly isInserted: readonly boolean[]
  /** Place of the column that is the rowid; -1: none is. */
  readonly rowidColumn: number
  readonly hasRowid: boolean
}

class Recovery {
  readonly #shell: Shell
  readonly #pages: Pages
  readonly #options: Options
  readonly #trees: TreeReader
  /** Where tables are made to be looked at. */
  readonly #scratch = new Database(':memory:', { enableDoubleQuotedStringLiterals: true })
  #lostColumns = 0

  constructor(shell: Shell, pages: Pages, options: Options) {
    this.#shell = shell
    this.#pages = pages
    this.#options = options
    this.#trees = new TreeReader(pages)
    this.#scratch.pragma('writable_schema = ON')
  }

  #print(sql: string): void {
    this.#shell.print(`${sql};`)
  }

  run(): void {
    const pages = this.#pages
    const encodings = { utf8: 'UTF-8', utf16le: 'UTF-16le', utf16be: 'UTF-16be' }
    this.#print('BEGIN')
    this.#print('PRAGMA writable_schema = on')
    this.#print(`PRAGMA encoding = '${encodings[pages.encoding]}'`)
    this.#print(`PRAGMA page_size = '${pages.pageSize}'`)
    this.#print(
      `PRAGMA auto_vacuum = '${pages.field(52) === 0 ? 0 : pages.field(64) === 0 ? 1 : 2}'`,
    )
    this.#print(`PRAGMA user_version = '${pages.field(60) | 0}'`)
    this.#print(`PRAGMA application_id = '${pages.field(68) | 0}'`)
    const objects = this.#objects()
    const tables = objects.filter(({ type, sql }) => type === 'table' && sql !== null)
    const made = tables.filter((table) => this.#makeTable(table))
    for (const table of made) this.#recoverTable(table)
    // Indexes are made anew; their pages are theirs all the same.
    for (const { type, root } of objects)
      if (type === 'index') for (const _ of this.#trees.rows(root));
    this.#recoverLost()
    for (const { type, sql } of objects) if (type !== 'table' && sql !== null) this.#makeOther(sql)
    this.#print('PRAGMA writable_schema = off')
    this.#print('COMMIT')
    this.#scratch.close()
  }

  /** The schema; where its first page is lost, rows that look like some of it. */
  #objects(): StoredObject[] {
    const found = [...this.#trees.rows(1)].flatMap((row) => schemaRow(row))
    if (found.length > 0) return found
    const scattered: StoredObject[] = [...this.#trees.rowsAnywhere(1)].flatMap((row) =>
      schemaRow(row),
    )
    for (let pgno = 2; pgno <= this.#pages.count; pgno++) {
      const rows = [...this.#trees.rowsOfPage(pgno)].flatMap((row) => schemaRow(row))
      if (rows.length > 0) this.#trees.seen.add(pgno)
      scattered.push(...rows)
    }
    return scattered
  }

  /** Writes what makes a table. @returns whether its rows can be put in */
  #makeTable({ name, sql }: StoredObject): boolean {
    if (/^sqlite_(?:sequence|stat\d)$/.test(name)) return true
    if (name.startsWith('sqlite_')) return false
    if (/^CREATE VIRTUAL/i.test(sql!)) {
      this.#print(
        `INSERT INTO sqlite_schema VALUES('table', ${sqlText(name)}, ${sqlText(name)}, 0, ${sqlText(sql!)})`,
      )
      return false
    }
    try {
      this.#scratch.exec(sql!)
    } catch {
      return false
    }
    this.#print(sql!)
    return true
  }

  /** Writes what makes an index, a view or a trigger; as a comment where what it is about is lost. */
  #makeOther(sql: string): void {
    try {
      this.#scratch.exec(sql)
      this.#print(sql)
    } catch {
      this.#shell.print(`-- ${sql.replaceAll('\n', '\n-- ')}`)
    }
  }

  #shapeOf(table: string): TableShape | null {
    const columns = this.#scratch
      .prepare<[], { cid: number; name: string; type: string; pk: number; hidden: number }>(
        `PRAGMA table_xinfo(${quotedName(table)})`,
      )
      .all()
    if (columns.length === 0) return null
    const hasRowid =
      this.#scratch
        .prepare<[string], number>('SELECT wr FROM pragma_table_list WHERE name = ?')
        .pluck()
        .get(table) !== 1
    // Virtual columns are in no record.
    const real = columns.filter(({ hidden }) => hidden !== 2)
    const keys = columns.filter(({ pk }) => pk > 0)
    const order = hasRowid ? real : this.#keyOrder(table, real)
    const isAlias =
      hasRowid &&
      keys.length === 1 &&
      keys[0]!.type.toUpperCase() === 'INTEGER' &&
      !this.#hasKeyIndex(table)
    return {
      stored: order.map(({ name }) => name),
      isInserted: order.map(({ hidden }) => hidden !== 3),
      rowidColumn: isAlias ? order.indexOf(keys[0]!) : -1,
      hasRowid,
    }
  }

  #hasKeyIndex(table: string): boolean {
    const sql = "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'"
    return this.#scratch.prepare<[string], number>(sql).pluck().get(table) === 1
  }

  /** Columns WITHOUT ROWID as they are stored: the key, then the others. */
  #keyOrder<Column extends { readonly cid: number }>(
    table: string,
    columns: readonly Column[],
  ): Column[] {
    const order = this.#scratch
      .prepare<[string], number>(
        `SELECT x.cid FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x WHERE l.origin = 'pk' ORDER BY x.seqno`,
      )
      .pluck()
      .all(table)
    const first = order.flatMap((cid) => columns.filter((column) => column.cid === cid))
    return [...first, ...columns.filter((column) => !first.includes(column))]
  }

  #recoverTable({ name, root }: StoredObject): void {
    if (name === 'sqlite_sequence' && this.#isMade('sqlite_sequence')) {
      this.#insertPlain(name, ['name', 'seq'], root, 'DELETE FROM sqlite_sequence')
      return
    }
    if (name === 'sqlite_stat1') {
      this.#insertPlain(name, ['tbl', 'idx', 'stat'], root, 'ANALYZE sqlite_schema')
      return
    }
    if (name.startsWith('sqlite_')) {
      // Statistics that ANALYZE makes again.
      for (const _ of this.#trees.rows(root));
      return
    }
    const shape = this.#shapeOf(name)
    if (shape === null) return
    const { stored, isInserted, rowidColumn, hasRowid } = shape
    const keepsRowid = hasRowid && rowidColumn < 0 && this.#options.keepsRowids
    const rowidName = keepsRowid
      ? ['_rowid_', 'rowid', 'oid'].find(
          (own) => !stored.some((column) => column.toLowerCase() === own),
        )
      : undefined
    const names = [
      ...(rowidName === undefined ? [] : [rowidName]),
      ...stored.filter((_, i) => isInserted[i]).map(sqlText),
    ]
    const head = `INSERT OR IGNORE INTO ${sqlText(name)}(${names.join(', ')}) VALUES (`
    for (const { rowid, values } of this.#trees.rows(root)) {
      const literals = stored.flatMap((_, i) => {
        if (!isInserted[i]) return []
        return [literal(i === rowidColumn ? rowid : (values[i] ?? null))]
      })
      if (rowidName !== undefined) literals.unshift(literal(rowid))
      this.#print(`${head}${literals.join(', ')})`)
    }
  }

  #insertPlain(table: string, columns: readonly string[], root: number, before: string): void {
    this.#print(before)
    for (const { values } of this.#trees.rows(root)) {
      const literals = columns.map((_, i) => literal(values[i] ?? null))
      this.#print(`INSERT INTO ${table}(${columns.join(', ')}) VALUES (${literals.join(', ')})`)
    }
  }

  /** Rows of pages that belong to nothing. */
  #recoverLost(): void {
    const free = this.#options.ignoresFree ? this.#pages.freePages() : new Set<number>()
    const isLost = (pgno: number): boolean =>
      !this.#trees.seen.has(pgno) && !free.has(pgno) && this.#trees.isLeaf(pgno)
    const rows: { pgno: number; row: StoredRow }[] = []
    for (let pgno = 2; pgno <= this.#pages.count; pgno++) {
      if (!isLost(pgno)) continue
      for (const row of this.#trees.rowsOfPage(pgno)) {
        rows.push({ pgno, row })
        this.#lostColumns = Math.max(this.#lostColumns, row.values.length)
      }
    }
    if (rows.length === 0) return
    const table = this.#freeName(this.#options.lostAndFound)
    const columns = Array.from({ length: this.#lostColumns }, (_, i) => `c${i}`)
    const names = ['rootpgno INTEGER', 'pgno INTEGER', 'nfield INTEGER', 'id INTEGER', ...columns]
    this.#print(`CREATE TABLE ${quotedName(table)}(${names.join(', ')})`)
    for (const { pgno, row } of rows) {
      const values = [
        ...row.values,
        ...Array<null>(this.#lostColumns - row.values.length).fill(null),
      ]
      const literals = [pgno, pgno, row.values.length].map(String)
      this.#print(
        `INSERT INTO ${quotedName(table)} VALUES (${[...literals, literal(row.rowid), ...values.map(literal)].join(', ')})`,
      )
    }
  }

  #isMade(table: string): boolean {
    const sql = 'SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE nocase'
    return this.#scratch.prepare(sql).get(table) !== undefined
  }

  /** A name that no table has. */
  #freeName(name: string): string {
    if (!this.#isMade(name)) return name
    for (let i = 0; ; i++) if (!this.#isMade(`${name}_${i}`)) return `${name}_${i}`
  }
}

/** A row of the schema as an object; nothing where it cannot be one. */
function schemaRow({ values }: StoredRow): StoredObject[] {
  const [type, name, table, root, sql] = values
  const isObject =
    values.length === 5 &&
    typeof type === 'string' &&
    ['table', 'index', 'view', 'trigger'].includes(type) &&
    typeof name === 'string' &&
    typeof table === 'string' &&
    (sql === null || (typeof sql === 'string' && /^CREATE /i.test(sql)))
  if (!isObject) return []
  return [
    { type, name, root: typeof root === 'bigint' ? Number(root) : 0, sql: sql as string | null },
  ]
}

/** A value as SQL that makes it again, to its last byte. */
function literal(value: unknown): string {
  if (typeof value !== 'string') return insertedValue(value, sqlText)
  if (value.includes('\0')) {
    return `(${value.split('\0').map(sqlTextOnOneLine).join('||char(0)||')})`
  }
  return sqlTextOnOneLine(value)
}
