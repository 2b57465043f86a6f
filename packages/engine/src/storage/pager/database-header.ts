/**
 * The first 100 bytes of page 1. (Database File Format §1.3 The Database Header.)
 *
 * | offset | size | field                              | offset | size | field                       |
 * |--------|------|------------------------------------|--------|------|-----------------------------|
 * | 0      | 16   | "SQLite format 3\0"                | 44     | 4    | schema format, 1 to 4       |
 * | 16     | 2    | page size, 1 means 65536           | 48     | 4    | default cache size          |
 * | 18, 19 | 1    | write and read version, 2 is WAL   | 52     | 4    | largest root: auto-vacuum   |
 * | 20     | 1    | reserved bytes at each page's end  | 56     | 4    | text encoding, 1 to 3       |
 * | 21..23 | 1    | payload fractions 64, 32, 32       | 60     | 4    | user version                |
 * | 24     | 4    | file change counter                | 64     | 4    | incremental vacuum          |
 * | 28     | 4    | pages in the database              | 68     | 4    | application id              |
 * | 32     | 4    | first freelist trunk               | 92     | 4    | version-valid-for           |
 * | 36     | 4    | freelist pages                     | 96     | 4    | SQLite version that wrote it|
 * | 40     | 4    | schema cookie                      |        |      |                             |
 *
 * `parseDatabaseHeader` decides whether a file is a database that we can read, before anything is written
 * to it. `DatabaseHeader` is the living header: it reads page 1 as the transaction sees it.
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from '../../base/bytes.ts'
import { corrupt, notADatabase, sqlError } from '../../base/error.ts'
import { maxPageSize, minPageSize } from '../../base/limits.ts'
import { encodingByNumber, encodingNumber } from '../../record/index.ts'
import type { TextEncoding } from '../../record/index.ts'
import type { Page, Pages } from './page.ts'

export const databaseHeaderSize = 100
/** What SQLite writes into offset 96: the version whose behaviour we follow. */
export const sqliteVersionNumber = 3_053_000

export const headerOffset = {
  pageSize: 16,
  writeVersion: 18,
  readVersion: 19,
  reservedSize: 20,
  changeCounter: 24,
  pageCount: 28,
  freelistTrunk: 32,
  freelistCount: 36,
  schemaCookie: 40,
  schemaFormat: 44,
  defaultCacheSize: 48,
  largestRoot: 52,
  textEncoding: 56,
  userVersion: 60,
  incrementalVacuum: 64,
  applicationId: 68,
  versionValidFor: 92,
  sqliteVersion: 96,
} as const

/** What SQLite gives new databases. */
export const latestSchemaFormat = 4

const magic = Buffer.from('SQLite format 3\0', 'latin1')

/** The facts of a header that has been checked. */
export interface HeaderFacts {
  readonly pageSize: number
  readonly reservedSize: number
  readonly writeVersion: number
  readonly readVersion: number
  readonly autoVacuum: boolean
  /** The page count of the header, or 0 where it cannot be trusted and the file's size decides. */
  readonly pageCount: number
}

export function isPageSize(value: number): boolean {
  return value >= minPageSize && value <= maxPageSize && (value & (value - 1)) === 0
}

/**
 * Checks the header and says what it states.
 * The answers for each kind of damage are those of SQLite's `lockBtree`.
 * @throws SQLITE_NOTADB, SQLITE_CORRUPT, or "unsupported file format"
 */
export function parseDatabaseHeader(data: Uint8Array): HeaderFacts {
  if (data.length < databaseHeaderSize) {
    throw notADatabase(`it has ${data.length} bytes, fewer than a database header`)
  }
  for (let i = 0; i < magic.length; i++) {
    if (data[i] !== magic[i]) throw notADatabase('its first 16 bytes are not those of a database')
  }
  const stored = readUint16(data, headerOffset.pageSize)
  const pageSize = stored === 1 ? maxPageSize : stored
  if (!isPageSize(pageSize)) throw notADatabase(`offset 16: page size ${stored} is not possible`)
  const readVersion = data[headerOffset.readVersion]!
  const writeVersion = data[headerOffset.writeVersion]!
  if (readVersion > 2) throw notADatabase(`offset 19: read version ${readVersion} is unknown`)
  if (data[21] !== 64 || data[22] !== 32 || data[23] !== 32) {
    throw notADatabase('offset 21: the payload fractions are not 64, 32, 32')
  }
  const reservedSize = data[headerOffset.reservedSize]!
  if (pageSize - reservedSize < 480) {
    throw notADatabase(`offset 20: ${reservedSize} reserved bytes leave less than 480 to use`)
  }
  const schemaFormat = readUint32(data, headerOffset.schemaFormat)
  if (schemaFormat > 4) throw sqlError('unsupported file format')
  // 0 stands in a database in which no table was ever created: UTF-8.
  const encoding = readUint32(data, headerOffset.textEncoding)
  if (encoding > 3) throw corrupt(1, `offset 56: text encoding ${encoding} is unknown`)
  const counted =
    readUint32(data, headerOffset.changeCounter) === readUint32(data, headerOffset.versionValidFor)
  return {
    pageSize,
    reservedSize,
    writeVersion,
    readVersion,
    autoVacuum: readUint32(data, headerOffset.largestRoot) !== 0,
    pageCount: counted ? readUint32(data, headerOffset.pageCount) : 0,
  }
}

/** Fills `data`, one whole page, with page 1 of a database that has no tables, and so no text encoding yet. */
export function composeFirstPage(data: Uint8Array, inWal: boolean): void {
  data.fill(0)
  data.set(magic, 0)
  const pageSize = data.length
  writeUint16(data, headerOffset.pageSize, pageSize === maxPageSize ? 1 : pageSize)
  data[headerOffset.writeVersion] = inWal ? 2 : 1
  data[headerOffset.readVersion] = inWal ? 2 : 1
  data[21] = 64
  data[22] = 32
  data[23] = 32
  writeUint32(data, headerOffset.changeCounter, 1)
  writeUint32(data, headerOffset.pageCount, 1)
  writeUint32(data, headerOffset.schemaFormat, latestSchemaFormat)
  writeUint32(data, headerOffset.versionValidFor, 1)
  writeUint32(data, headerOffset.sqliteVersion, sqliteVersionNumber)
  // An empty leaf of a table b-tree. (Database File Format §1.6 B-tree Pages.)
  data[databaseHeaderSize] = 0x0d
  writeUint16(data, databaseHeaderSize + 5, pageSize === maxPageSize ? 0 : pageSize)
}

/**
 * The text encoding that page 1 states; null where it states none and there is no object of a schema either: then
 * no text has been stored. (Some writers leave the field at 0 and store UTF-8.)
 */
export function storedEncoding(firstPage: Uint8Array): TextEncoding | null {
  const number = readUint32(firstPage, headerOffset.textEncoding)
  const hasObjects = firstPage[databaseHeaderSize] !== 0x0d || readUint16(firstPage, 103) > 0
  return number === 0 && !hasObjects ? null : encodingByNumber(number)
}

/** Brings the fields that every writer must keep up to date when page 1 goes to the log. */
export function stampHeader(data: Uint8Array, pageCount: number): void {
  const counter = (readUint32(data, headerOffset.changeCounter) + 1) >>> 0
  writeUint32(data, headerOffset.changeCounter, counter)
  writeUint32(data, headerOffset.versionValidFor, counter)
  writeUint32(data, headerOffset.sqliteVersion, sqliteVersionNumber)
  writeUint32(data, headerOffset.pageCount, pageCount)
}

/** The header as the open transaction sees it. Setters need a write transaction. */
export class DatabaseHeader {
  #pages: Pages

  constructor(pages: Pages) {
    this.#pages = pages
  }

  get schemaCookie(): number {
    return this.read(headerOffset.schemaCookie)
  }
  set schemaCookie(value: number) {
    this.write(headerOffset.schemaCookie, value)
  }
  get schemaFormat(): number {
    return this.read(headerOffset.schemaFormat)
  }
  set schemaFormat(value: number) {
    this.write(headerOffset.schemaFormat, value)
  }
  /** Signed, as SQLite shows it. */
  get userVersion(): number {
    return this.read(headerOffset.userVersion) | 0
  }
  set userVersion(value: number) {
    this.write(headerOffset.userVersion, value)
  }
  /** Signed, as SQLite shows it. */
  get applicationId(): number {
    return this.read(headerOffset.applicationId) | 0
  }
  set applicationId(value: number) {
    this.write(headerOffset.applicationId, value)
  }
  /** Signed: negative counts KiB. */
  get defaultCacheSize(): number {
    return this.read(headerOffset.defaultCacheSize) | 0
  }
  set defaultCacheSize(value: number) {
    this.write(headerOffset.defaultCacheSize, value)
  }
  get freelistTrunk(): number {
    return this.read(headerOffset.freelistTrunk)
  }
  get freelistCount(): number {
    return this.read(headerOffset.freelistCount)
  }
  /** 0: nothing has been stored yet, else 1 to 3. */
  get textEncoding(): number {
    return this.read(headerOffset.textEncoding)
  }
  set textEncoding(value: number) {
    this.write(headerOffset.textEncoding, value)
  }
  get largestRoot(): number {
    return this.read(headerOffset.largestRoot)
  }
  set largestRoot(value: number) {
    this.write(headerOffset.largestRoot, value)
  }
  get incrementalVacuum(): number {
    return this.read(headerOffset.incrementalVacuum)
  }
  set incrementalVacuum(value: number) {
    this.write(headerOffset.incrementalVacuum, value)
  }
  get changeCounter(): number {
    return this.read(headerOffset.changeCounter)
  }
  get writeVersion(): number {
    return this.#page().data[headerOffset.writeVersion]!
  }

  /** Before or with the first object of the schema: what a database without any has left open is decided. */
  settleEncoding(encoding: TextEncoding): void {
    if (this.read(headerOffset.textEncoding) === 0) {
      this.write(headerOffset.textEncoding, encodingNumber(encoding))
    }
    if (this.schemaFormat === 0) this.schemaFormat = latestSchemaFormat
  }

  #page(): Page {
    return this.#pages.get(1)
  }

  /** A four-byte field, unsigned. */
  read(offset: number): number {
    return readUint32(this.#page().data, offset)
  }

  write(offset: number, value: number): void {
    this.#pages.beginOperation()
    try {
      const page = this.#page()
      this.#pages.write(page)
      writeUint32(page.data, offset, value)
    } finally {
      this.#pages.endOperation()
    }
  }
}
