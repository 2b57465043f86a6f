/**
 * SQL text to syntax tree and back. Nothing here knows which tables exist: names stay names.
 * A tree, once built, never changes. The text comes from outside; every mistake in it is answered with
 * SQLite's own sentence.
 */
export type * from './ast/query.ts'
export type * from './ast/statement.ts'
export {
  parseExpressionText,
  begunBefore,
  parseStatement,
  parseWithPlaces,
  type ParsedStatement,
} from './parser/statement.ts'
export type { NamePlaces } from './name-places.ts'
export { renamed, withSingleQuotes } from './edit-names.ts'
export {
  hasConstraint,
  withColumn,
  withColumnConstraint,
  withoutColumn,
  withoutConstraint,
  withoutNotNull,
  withTableConstraint,
} from './definition-edits.ts'
export type { ParameterTable } from './parser/parser.ts'
export { callsFunction } from './calls-function.ts'
export { syntaxVisitor, visitParts, type InTable, type SyntaxVisitor } from './walk.ts'
export { isConstantRows } from './parser/constant-rows.ts'
export { parameterPlaces, type ParameterPlace } from './parameter-places.ts'
export { shapeOf, type ShapeLiteral, type TextShape } from './text-shape.ts'
export { LiteralMark, type LiteralType } from './literal-mark.ts'
export { chainedWindow, findWindow } from './window-chain.ts'
export { isComplete } from './complete.ts'
export { printExpression, printSelect, quoteName, quoteText } from './print.ts'
export { printStatement } from './print-statement.ts'
export { writtenDatabase, writtenWord } from './written-names.ts'
