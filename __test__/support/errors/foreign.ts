/** Which errors a user may see: SQLite's answers, and the sentences of the API. Everything else is a bug. */
import { resultCodes, SqliteError } from '../../../packages/engine/src/index.ts'

const sentences = [
  /^Expected /,
  /^The database connection is not open$/,
  /^This (?:database connection|statement) is busy executing a query$/,
  /^This statement does not return data\. Use run\(\) instead$/,
  /^This statement already has bound parameters$/,
  /^The supplied SQL string contains (?:no statements|more than one statement)$/,
  /^SQLite3 can only bind numbers, strings, bigints, buffers, and null$/,
  /^A Date cannot be bound: /,
  /^The INTEGER -?\d+ is too large for a number: /,
  /^There is no column "/,
  /^Too (?:few|many) parameter values were provided$/,
  /^Missing named parameters?/,
  /^Missing required option "(?:step|columns|rows)"$/,
  /^Virtual table module /,
  /^User-defined \w+ (?:name )?cannot /,
  /^You cannot specify named parameters in two different objects$/,
  /^Named parameters can only be passed within plain objects$/,
  /^The bind\(\) method can only be invoked once per statement object$/,
  /^The \w+\(\) method is only for statements that return data$/,
  /^The bound string, buffer, or bigint is too big$/,
  /^Transaction function cannot return a promise$/,
  /^Cannot open database because the directory does not exist$/,
]

/** Null: an honest error. Else what is wrong with it. */
export function foreignness(error: unknown): string | null {
  if (error instanceof SqliteError) {
    const isKnown = error.code in resultCodes && !error.code.startsWith('SQLITE_INTERNAL')
    return isKnown ? null : (error.stack ?? String(error))
  }
  const isOurs =
    (error instanceof TypeError || error instanceof RangeError) &&
    sentences.some((sentence) => sentence.test(error.message))
  return isOurs ? null : error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
