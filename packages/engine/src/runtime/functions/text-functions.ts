/** The functions on text and BLOBs, by name. (Built-In Scalar SQL Functions.) */
import type { BytesForm, ScalarFunction } from './function.ts'
import { scalar } from './function.ts'
import { format } from './printf.ts'
import {
  appendHex,
  appendLower,
  appendPart,
  appendQuoted,
  appendReplaced,
  appendTrimmed,
  appendUpper,
  hexOfBytes,
  instrOfBytes,
  lengthOfBytes,
  lowerOfBytes,
  quoteOfBytes,
  replaceInBytes,
  substrOfBytes,
  trimOfBytes,
  unicodeOfBytes,
  upperOfBytes,
} from './text-bytes.ts'
import {
  char,
  concat,
  concatWs,
  hex,
  instr,
  length,
  lower,
  ltrim,
  octetLength,
  quote,
  replace,
  rtrim,
  soundex,
  substr,
  trim,
  unhex,
  unicode,
  unistr,
  unistrQuote,
  upper,
  zeroblob,
} from './text.ts'

/** Over the bytes of the first argument. */
function first(invoke: BytesForm['invoke'], append?: BytesForm['append']): BytesForm {
  return append === undefined ? { argument: 0, invoke } : { argument: 0, invoke, append }
}

export const textFunctions: readonly ScalarFunction[] = [
  scalar('char', [0, -1], char, { returns: 'text', writesBytes: true }),
  scalar('concat', [1, -1], concat, { returns: 'text' }),
  scalar('concat_ws', [2, -1], concatWs, { returns: 'text' }),
  scalar('format', [0, -1], format, { returns: 'text', writesBytes: true }),
  scalar('hex', 1, hex, {
    needsContext: true,
    takesBlobs: 'first',
    returns: 'text',
    ofBytes: first(hexOfBytes, appendHex),
  }),
  scalar('instr', 2, instr, {
    needsContext: true,
    takesBlobs: 'all',
    returns: 'integer',
    ofBytes: first(instrOfBytes),
  }),
  scalar('length', 1, length, {
    takesBlobs: 'first',
    returns: 'integer',
    ofBytes: first(lengthOfBytes),
  }),
  scalar('lower', 1, lower, { returns: 'text', ofBytes: first(lowerOfBytes, appendLower) }),
  scalar('ltrim', [1, 2], ltrim, { returns: 'text' }),
  scalar('octet_length', 1, octetLength, {
    needsContext: true,
    takesBlobs: 'first',
    returns: 'integer',
  }),
  scalar('printf', [0, -1], format, { returns: 'text', writesBytes: true }),
  scalar('quote', 1, quote, {
    takesBlobs: 'first',
    returns: 'text',
    ofBytes: first(quoteOfBytes, appendQuoted),
  }),
  scalar('replace', 3, replace, {
    returns: 'text',
    ofBytes: first(replaceInBytes, appendReplaced),
  }),
  scalar('rtrim', [1, 2], rtrim, { returns: 'text' }),
  // Not in every SQLite. (SQLITE_SOUNDEX)
  scalar('soundex', 1, soundex, { returns: 'text' }),
  scalar('substr', [2, 3], substr, {
    takesBlobs: 'first',
    ofBytes: first(substrOfBytes, appendPart),
  }),
  scalar('substring', [2, 3], substr, {
    takesBlobs: 'first',
    ofBytes: first(substrOfBytes, appendPart),
  }),
  scalar('trim', [1, 2], trim, { returns: 'text', ofBytes: first(trimOfBytes, appendTrimmed) }),
  scalar('unhex', [1, 2], unhex, { returns: 'blob' }),
  scalar('unicode', 1, unicode, { returns: 'integer', ofBytes: first(unicodeOfBytes) }),
  scalar('unistr', 1, unistr, { returns: 'text', writesBytes: true }),
  scalar('unistr_quote', 1, unistrQuote, { takesBlobs: 'first', returns: 'text' }),
  scalar('upper', 1, upper, { returns: 'text', ofBytes: first(upperOfBytes, appendUpper) }),
  scalar('zeroblob', 1, zeroblob, { returns: 'blob' }),
]
