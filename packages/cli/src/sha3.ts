/** Hashes of what queries answer, as sqlite3's `sha3_query()` makes them: of text and values in an encoding of their own. */
import { createHash, type Hash } from 'node:crypto'
import { sqlError } from './shell-error.ts'
import { splitStatements } from './statements.ts'
import type { Database } from '../../engine/src/index.ts'

/** SHA3 with so many bits of some bytes. */
export function sha3(bytes: Uint8Array, size: number): Buffer {
  return createHash(`sha3-${size}`).update(bytes).digest()
}

/** The hash of all rows of all statements of a text. @throws SqliteError for a statement that writes */
export function contentHash(database: Database, sql: string, size: number): Buffer {
  const hash = createHash(`sha3-${size}`)
  for (const { start, text } of statementsWithSpace(sql)) {
    void start
    const statement = database.prepare<unknown[], unknown[]>(text)
    if (!statement.readonly) throw sqlError(`non-query: [${text}]`)
    const bytes = Buffer.from(text, 'utf8')
    hash.update(`S${bytes.length}:`).update(bytes)
    if (!statement.reader) continue
    for (const row of statement.raw().safeIntegers().iterate()) {
      hash.update('R')
      for (const value of row) addValue(hash, value)
    }
  }
  return hash.digest()
}

/** Statements with the space before them. */
function statementsWithSpace(sql: string): { start: number; text: string }[] {
  let end = 0
  return [...splitStatements(sql)].map((piece) => {
    const start = end
    end = piece.start + piece.sql.length
    return { start, text: sql.slice(start, end) }
  })
}

const number = Buffer.alloc(9)

function addValue(hash: Hash, value: unknown): void {
  if (value === null) hash.update('N')
  else if (typeof value === 'bigint') {
    number[0] = 0x49
    number.writeBigInt64BE(value, 1)
    hash.update(number)
  } else if (typeof value === 'number') {
    number[0] = 0x46
    number.writeDoubleBE(value, 1)
    hash.update(number)
  } else {
    const isText = typeof value === 'string'
    const bytes = isText ? Buffer.from(value, 'utf8') : (value as Uint8Array)
    hash.update(`${isText ? 'T' : 'B'}${bytes.length}:`).update(bytes)
  }
}
