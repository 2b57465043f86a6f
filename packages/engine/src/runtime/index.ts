/**
 * What emitted code calls while it runs: operators and functions on values, sorting, and the context of
 * the connection. Nothing here knows plans or SQL text.
 */
export type { DatabaseContext, ExecutionContext } from './context.ts'
export {
  add,
  bitAnd,
  bitNot,
  bitOr,
  concat,
  concatEncoded,
  divide,
  multiply,
  negate,
  remainder,
  shiftLeft,
  shiftRight,
  subtract,
} from './arithmetic.ts'
export {
  blobAsReal,
  blobAsText,
  isTrue,
  toCount,
  toInt64,
  toNumeric,
  toReal,
  toText,
  truth,
} from './convert.ts'
export {
  and,
  equal,
  greaterOrEqual,
  greaterThan,
  isNotSame,
  isSame,
  lessOrEqual,
  lessThan,
  not,
  notEqual,
  or,
} from './logic.ts'
export type { Ternary } from './logic.ts'
export { cast, castToBlob, castToInteger, castToNumeric, castToReal, castToText } from './cast.ts'
export type {
  AggregateFunction,
  AggregateState,
  FunctionContext,
  FunctionLookup,
  ResultClass,
  ScalarFunction,
} from './functions/function.ts'
export { raise } from './functions/core.ts'
export { TimelessContext } from './functions/timeless.ts'
export type { StoredPlace } from './functions/timeless.ts'
export { inEncoding, isInEveryEncoding } from './characters.ts'
export { compileGlob, compileLike, glob, like } from './like.ts'
export type { TextMatcher } from './like.ts'
export { compileGlobBytes, compileLikeBytes } from './like-bytes.ts'
export type { BytesMatcher } from './like-bytes.ts'
export {
  allAggregateFunctions,
  allScalarFunctions,
  lookupAggregate,
  lookupScalar,
} from './functions/registry.ts'
export {
  AverageState,
  CountState,
  GroupConcatState,
  MaxState,
  MinState,
  SumState,
  TotalState,
} from './functions/aggregate.ts'
export { realAffinity } from './functions/real-affinity.ts'
export { compileOptions, sqliteVersion } from './functions/core.ts'
export { currentDate, currentTime, currentTimestamp } from './functions/date.ts'
export {
  ascendingRowids,
  keptError,
  endFailed,
  IndexWriter,
  RowWriter,
  Sequence,
  storedRaw,
  storedRealOf,
  toRaw,
  toRowid,
} from './constraints.ts'
export type { Failure, Rowid } from './constraints.ts'
export { rowComparison, sortRows } from './row-order.ts'
export type { Row, RowComparison, RowKey } from './row-order.ts'
export { Sorter, TopRows, defaultSorterLimit } from './sorter.ts'
export type { SorterOptions, SpillFile } from './sorter.ts'
export { IndexCursor, TableCursor } from './cursors.ts'
export { BulkInsert } from './bulk-insert.ts'
export type { AppendedColumn, AppendedRows } from '../storage/index.ts'
export { createTable, createView, dropObject, fillTable, IndexBuilder } from './schema-change.ts'
export type { NewTable } from './schema-change.ts'
