/**
 * What emitted code calls while it runs: operators and functions on values, sorting, and the context of
 * the connection. Nothing here knows plans or SQL text.
 */
export type { DatabaseContext, ExecutionContext } from './context.ts'
export { catalogOf, schemaNamed } from './catalog.ts'
export { complete, counting, inSlices, Slice, unsliced } from './slice.ts'
export type { Work } from './slice.ts'
export type { Catalog } from './catalog.ts'
export { AnswerMemo } from './memo.ts'
export { Environment, builtInEnvironment } from './environment.ts'
export type { Settings } from './settings.ts'
export { classKeys } from './text-classes.ts'
export { scalar } from './functions/function.ts'
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
  wideArithmetic,
} from './arithmetic.ts'
export {
  blobAsReal,
  blobAsText,
  isWide,
  wideOperand,
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
export { appendConversion, conversionsOf } from './functions/written-format.ts'
export { integerOfBytes } from './functions/text-bytes.ts'
export { raise, raising } from './functions/raise.ts'
export { blobUnlessJsonb } from './functions/json/argument.ts'
export { fixedExtraction } from './functions/json/extract.ts'
export { JsonBuilder, textWriter } from './functions/json/builder.ts'
export { JsonText, unmarked } from './functions/json/json-text.ts'
export { textAsJson } from './functions/json/value.ts'
export { JsonEachCursor, jsonEachColumns } from './functions/json/each.ts'
export {
  jsonMark,
  jsonMarkByType,
  jsonMarkLike,
  jsonUnmark,
  markedExtreme,
  markedForm,
  markedText,
} from './functions/json/marked.ts'
export { TimelessContext } from './functions/timeless.ts'
export type { StoredPlace } from './functions/timeless.ts'
export { inEncoding, isInEveryEncoding } from './characters.ts'
export { compileGlob, compileLike, glob, like } from './pattern/like.ts'
export type { TextMatcher } from './pattern/like.ts'
export { compileGlobBytes, compileLikeBytes } from './pattern/like-bytes.ts'
export type { BytesMatcher } from './pattern/like-bytes.ts'
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
export { realOfInteger } from './functions/real-affinity.ts'
export { compileOptions, likeFunctions, sqliteVersion } from './functions/core.ts'
export { currentDate, currentTime, currentTimestamp } from './functions/date.ts'
export { endFailed, failingAs, failureOf, ignoredRow, keptError } from './change/statement-end.ts'
export { KeyViolations } from './change/key-violations.ts'
export { KeyParent, RowidParent } from './change/parent-key.ts'
export { IndexWriter } from './change/index-writer.ts'
export { KeyedRowWriter } from './change/keyed-row-writer.ts'
export { RowRemover } from './change/row-remover.ts'
export { RowRewriter } from './change/row-rewriter.ts'
export { RowWriter } from './change/row-writer.ts'
export { Sequence } from './change/sequence.ts'
export { SetRemover } from './change/set-remover.ts'
export { storedRaw, toRaw, toRowid } from './change/stored-value.ts'
export type { Failure } from './change/statement-end.ts'
export type { Rowid } from './change/row-writer.ts'
export { rowComparison, sortRows } from './sort/row-order.ts'
export type { Row, RowComparison, RowKey } from './sort/row-order.ts'
export { Sorter } from './sort/sorter.ts'
export { ColumnSorter } from './sort/column-sorter.ts'
export { GroupRows } from './sort/group-rows.ts'
export { HashRows } from './sort/hash-rows.ts'
export { MatchedRows } from './sort/matched-rows.ts'
export { KeyList } from './sort/key-list.ts'
export { KeySet } from './sort/key-set.ts'
export { sortingKeys, sortingRowids, sortKeys, sortRowids } from './sort/sorted-keys.ts'
export { SetRows } from './sort/set-rows.ts'
export { RowList } from './sort/row-list.ts'
export { RowQueue } from './sort/row-queue.ts'
export { OrderedQueue } from './sort/ordered-queue.ts'
export { RowidList } from './sort/rowid-list.ts'
export { TopRows } from './sort/top-rows.ts'
export { WindowRows } from './sort/window-rows.ts'
export { Spill } from './sort/spill.ts'
export type { SpillSettings } from './sort/spill.ts'
export type { RowPart } from './sort/row-file.ts'
export { IndexCursor, TableCursor } from './cursors.ts'
export { BulkInsert } from './change/bulk-insert.ts'
export type { AppendedColumn, AppendedRows } from '../storage/index.ts'
export {
  createTable,
  createTrigger,
  createView,
  createVirtualTable,
  dropObject,
  dropTriggers,
} from './change/schema-change.ts'
export { IndexBuilder } from './change/index-builder.ts'
export { TableFill } from './change/table-fill.ts'
export { missingField } from './change/entry-feed.ts'
export type { EntryColumn } from './change/entry-feed.ts'
export type { NewTable } from './change/schema-change.ts'
export { rebuild } from './change/rebuild.ts'
export {
  bareRow,
  isBare,
  shownBare,
  shownBareSafe,
  showerOf,
  shownInteger,
  wellFormedRow,
  wellFormedRows,
} from './read/output.ts'
export type { Integers, RowMode } from './read/output.ts'
export {
  isAtMost,
  isEqual,
  isFalse,
  isLess,
  joinKeys,
  keyOf,
  keySet,
  nocaseKey,
  numericOf,
  roundedInteger,
  rtrimKey,
} from './keys.ts'
export { stepInOrder, steppingInOrder } from './functions/ordered-steps.ts'
export type { StepOrder } from './functions/ordered-steps.ts'
export { RealSum } from './functions/running.ts'
export {
  SlidingExtreme,
  frameCount,
  frameDistance,
  nthPlace,
  ntile,
  ntileCount,
  rangeTest,
  shiftOf,
  windowFunctions,
} from './functions/window.ts'
export type { RangeOrder, WindowFunction, WindowFunctionName } from './functions/window.ts'
export { keptCount, lastKey, limitCount, offsetCount } from './sort/limit.ts'
export {
  BestText,
  bytesOfText,
  compareAny,
  compareFoldedText,
  compareText,
  compareTexts,
  isNoNumber,
  isSameText,
} from './read/compare-text.ts'
export type { OrderOperator } from './read/compare-text.ts'
export {
  addRowid,
  compareEntry,
  highRowid,
  lowRowid,
  missingKeyedRow,
  missingRow,
  rowidsOf,
  seekEntryRow,
  seekPrimaryKey,
  seekRowid,
} from './read/seek.ts'
export {
  CONTENT_SIZE,
  RecordHeader,
  anyColumn,
  integerColumn,
  rawColumn,
  rawNumber,
  readDouble,
  textColumn,
} from './read/record.ts'
