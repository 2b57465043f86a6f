/**
 * Values and their bytes: the five storage classes, affinity, collation, the order of values, numbers as text,
 * and the record format with the keys that search in it. Knows bytes and values, no pages and no SQL.
 */
export { Real, integerValue, realValue, storageClass } from './value.ts'
export type { Value } from './value.ts'
export {
  joinInt64,
  readVarint,
  readVarintBig,
  varintLength,
  varintSize,
  writeVarint,
} from './varint.ts'
export {
  affinityOfType,
  isNumericAffinity,
  applyAffinity,
  applyComparisonAffinity,
  applyNumericAffinity,
  applyRealAffinity,
  applyTextAffinity,
  realToInteger,
} from './affinity.ts'
export type { Affinity } from './affinity.ts'
export {
  decodeText,
  decodeUtf8,
  encodeText,
  encodedTextSize,
  encodingByNumber,
  encodingName,
  encodingNumber,
  escapedTextSeen,
  normalizeText,
  noteEscapedText,
  wellFormedText,
  writeText,
} from './text.ts'
export type { TextEncoding } from './text.ts'
export {
  binaryCollation,
  builtInCollations,
  collationByName,
  compareBinary,
  compareNocase,
  compareRtrim,
  nocaseCollation,
  rtrimCollation,
} from './collation.ts'
export type { Collation, Collations } from './collation.ts'
export { compareNumbers, compareValues } from './compare.ts'
export { KeyHash } from './key-hash.ts'
export { decodeDecimal } from './decimal.ts'
export type { Decimal } from './decimal.ts'
export {
  integerToText,
  isNumericText,
  realToInt64,
  realToText,
  roundedRealToText,
  textAsWritten,
  textToInteger,
  textToNumber,
  textToNumeric,
  textToOperand,
  textToReal,
} from './number-text.ts'
export {
  RecordWriter,
  SERIAL_SIZE,
  copyBytes,
  decodeColumn,
  decodeInteger,
  decodeReal,
  decodeRecord,
  decodeValue,
  encodeRecord,
  readIndexRowid,
  readSerialHeader,
  recordColumnCount,
  serialTypeSize,
  storedReal,
} from './record.ts'
export { FieldChange } from './field-change.ts'
export { FieldRemoval } from './without-field.ts'
export { StoredField, StoredRun } from './stored-field.ts'
export { StoredJoin } from './stored-join.ts'
export {
  storedAs,
  takesAll,
  takesBlob,
  takesInteger,
  takesNull,
  takesOf,
  takesReal,
  takesText,
} from './stored-value.ts'
export { TextCache } from './text-cache.ts'
export { EntryOrder } from './entry-order.ts'
export { RecordComparison, textOrder, trimmedSize } from './record-comparison.ts'
export { foldedByte, SearchKey } from './search-key.ts'
export type { KeyField } from './search-key.ts'
