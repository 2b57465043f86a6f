/**
 * Expressions and queries as written; each contains the other. (SQL Language Expressions; SELECT.)
 * A tree, once built, never changes.
 * `start` and `end` are offsets into the statement's text, half open: error messages, the names of
 * result columns and the texts of CHECK constraints are cut from it.
 */
import type { LiteralMark } from '../literal-mark.ts'

/** Where a piece of syntax stands in the text, half open. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type Expression =
  | NullLiteral
  | IntegerLiteral
  | RealLiteral
  | TextLiteral
  | BlobLiteral
  | TrueFalseLiteral
  | CurrentTimeLiteral
  | Parameter
  | ColumnName
  | Unary
  | Binary
  | Collate
  | IsNull
  | Between
  | LikeExpression
  | InExpression
  | Exists
  | ScalarSubquery
  | Case
  | Cast
  | FunctionCall
  | RowValue
  | Raise

export interface NullLiteral extends Span {
  readonly kind: 'null'
}
/** A literal of a text that others may share but for it: whoever looks at `value` says so to the mark. */
export interface MayBeMarked {
  readonly mark?: LiteralMark
}
/** Decimal or hexadecimal; `value` is already a number or, beyond 2^53, a bigint within 64 bits. */
export interface IntegerLiteral extends Span, MayBeMarked {
  readonly kind: 'integer'
  readonly value: number | bigint
}
/** A decimal literal with a point or an exponent, or an integer too large for 64 bits. */
export interface RealLiteral extends Span, MayBeMarked {
  readonly kind: 'real'
  readonly value: number
}
export interface TextLiteral extends Span, MayBeMarked {
  readonly kind: 'text'
  readonly value: string
}
export interface BlobLiteral extends Span {
  readonly kind: 'blob'
  readonly value: Uint8Array
}
/** TRUE or FALSE where no column of that name exists: the binder decides. */
export interface TrueFalseLiteral extends Span {
  readonly kind: 'boolean'
  readonly value: boolean
  /** The word as written. */
  readonly name: string
}
export interface CurrentTimeLiteral extends Span {
  readonly kind: 'current'
  readonly what: 'CURRENT_TIME' | 'CURRENT_DATE' | 'CURRENT_TIMESTAMP'
}
/** `?`, `?N`, `:a`, `@a`, `$a`. `index` is from 1, assigned by the parser as SQLite assigns it. */
export interface Parameter extends Span {
  readonly kind: 'parameter'
  readonly index: number
  /** With its prefix; null for a plain `?`. */
  readonly name: string | null
}
/** `a`, `t.a` or `main.t.a`. */
export interface ColumnName extends Span {
  readonly kind: 'column'
  readonly schema: string | null
  readonly table: string | null
  readonly column: string
  /** The rowid of the first table in FROM, whatever its columns are called. Nobody can write this. */
  readonly isRowid?: true
  /** The column was written in double quotes (and may, as in SQLite's legacy, have been meant as a string). */
  readonly quoted: boolean
}
export interface Unary extends Span {
  readonly kind: 'unary'
  readonly operator: '-' | '+' | '~' | 'NOT'
  readonly operand: Expression
}
export type BinaryOperator =
  | '||'
  | '->'
  | '->>'
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '&'
  | '|'
  | '<<'
  | '>>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '='
  | '<>'
  | 'IS'
  | 'IS NOT'
  | 'AND'
  | 'OR'
/** `==` is stored as `=`, `!=` as `<>`, `IS NOT DISTINCT FROM` as `IS`, `IS DISTINCT FROM` as `IS NOT`. */
export interface Binary extends Span {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
}
export interface Collate extends Span {
  readonly kind: 'collate'
  readonly operand: Expression
  readonly collation: string
}
/** `x ISNULL`, `x IS NULL`, `x NOTNULL`, `x NOT NULL`, `x IS NOT NULL`. */
export interface IsNull extends Span {
  readonly kind: 'is-null'
  readonly operand: Expression
  readonly negated: boolean
}
export interface Between extends Span {
  readonly kind: 'between'
  readonly operand: Expression
  readonly low: Expression
  readonly high: Expression
  readonly negated: boolean
}
export interface LikeExpression extends Span {
  readonly kind: 'like'
  readonly operator: 'LIKE' | 'GLOB' | 'REGEXP' | 'MATCH'
  readonly operand: Expression
  readonly pattern: Expression
  readonly escape: Expression | null
  readonly negated: boolean
}
/** `x IN (list)`, `x IN (SELECT …)`, `x IN schema.table`, `x IN function(args)`. */
export interface InExpression extends Span {
  readonly kind: 'in'
  readonly operand: Expression
  readonly negated: boolean
  readonly source:
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'select'; readonly select: Select }
    | {
        readonly kind: 'table'
        readonly schema: string | null
        readonly name: string
        readonly args: readonly Expression[] | null
        /** It counts as a SELECT. */
        readonly number: number
      }
}
export interface Exists extends Span {
  readonly kind: 'exists'
  readonly select: Select
}
export interface ScalarSubquery extends Span {
  readonly kind: 'subquery'
  readonly select: Select
}
export interface Case extends Span {
  readonly kind: 'case'
  readonly operand: Expression | null
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly otherwise: Expression | null
}
export interface Cast extends Span {
  readonly kind: 'cast'
  readonly operand: Expression
  /** The type name as written, words joined by one space, e.g. `VARCHAR(10)`; may be empty. */
  readonly type: string
}
export interface FunctionCall extends Span {
  readonly kind: 'function'
  readonly name: string
  readonly distinct: boolean
  /** `f(*)`. */
  readonly star: boolean
  readonly args: readonly Expression[]
  /** `group_concat(x ORDER BY y)`. */
  readonly orderBy: readonly OrderingTerm[]
  readonly filter: Expression | null
  /** A window's name, or its definition; null for an ordinary call. */
  readonly over: string | WindowSpecification | null
}
/** `(a, b, c)`: two or more. */
export interface RowValue extends Span {
  readonly kind: 'row'
  readonly items: readonly Expression[]
}
export interface Raise extends Span {
  readonly kind: 'raise'
  readonly action: 'IGNORE' | 'ROLLBACK' | 'ABORT' | 'FAIL'
  readonly message: Expression | null
}

export interface OrderingTerm extends Span {
  readonly expression: Expression
  readonly descending: boolean
  /** As written; null: SQLite's default, NULLs are smallest. */
  readonly nulls: 'FIRST' | 'LAST' | null
}

/** A whole query: WITH, one or more cores joined by compound operators, ORDER BY, LIMIT. */
export interface Select extends Span {
  readonly kind: 'select'
  readonly with: WithClause | null
  readonly first: SelectCore
  /** In order of writing; all operators have the same precedence and associate to the left. */
  readonly compounds: readonly { readonly operator: CompoundOperator; readonly core: SelectCore }[]
  readonly orderBy: readonly OrderingTerm[]
  readonly limit: Expression | null
  readonly offset: Expression | null
}
export type CompoundOperator = 'UNION' | 'UNION ALL' | 'INTERSECT' | 'EXCEPT'

export type SelectCore = SelectClause | ValuesClause

/** Of the SELECTs and VALUES of a statement, from 1: each has its number when its text is at an end. Absent: nobody wrote it. */
interface Numbered {
  readonly number?: number
}

export interface SelectClause extends Span, Numbered {
  readonly kind: 'select-core'
  readonly distinct: boolean
  readonly columns: readonly ResultColumn[]
  readonly from: FromClause | null
  readonly where: Expression | null
  readonly groupBy: readonly Expression[]
  readonly having: Expression | null
  readonly windows: readonly { readonly name: string; readonly window: WindowSpecification }[]
}
export interface ValuesClause extends Span, Numbered {
  readonly kind: 'values'
  /** The first one is written out. */
  readonly rows: readonly (readonly Expression[] | ManyRows)[]
}

/** Rows in one piece. */
export type ManyRows = ConstantRows | ParameterRows

/** An integer, a real, a text, a blob or NULL. */
export type ConstantValue = null | number | bigint | string | Uint8Array

/** Rows after one another of literals and parameters alone, in one piece: there may be very many. */
export interface ConstantRows {
  readonly kind: 'constant-rows'
  readonly width: number
  /** One row after the other; null where a parameter stands. */
  readonly values: readonly ConstantValue[]
  /** Places of reals that look like integers, or are infinite. */
  readonly wholeReals: readonly number[]
  readonly parameterPlaces: readonly number[]
  /** From 1. */
  readonly parameterNumbers: readonly number[]
  /** null: a plain `?`. */
  readonly parameterNames: readonly (string | null)[]
}

/** Rows after one another of plain parameters alone, numbered as they stand: there is nothing to be kept of each. */
export interface ParameterRows {
  readonly kind: 'parameter-rows'
  readonly width: number
  /** The number of the first, from 1. */
  readonly first: number
  /** How many parameters there are. */
  readonly count: number
}

export type ResultColumn =
  | { readonly kind: 'star' }
  | { readonly kind: 'table-star'; readonly schema: string | null; readonly table: string }
  | {
      readonly kind: 'expression'
      readonly expression: Expression
      readonly alias: string | null
      /** The text as written, with its outer parentheses: SQLite's name of the column. */
      readonly textStart: number
      readonly textEnd: number
    }

/** A chain of joins, associating to the left: `first` then each of `joins`. */
export interface FromClause {
  readonly first: TableReference
  readonly joins: readonly Join[]
}
export interface Join {
  readonly operator: JoinOperator
  readonly natural: boolean
  readonly right: TableReference
  readonly on: Expression | null
  readonly using: readonly string[] | null
}
/** A comma is `comma`; plain JOIN and INNER JOIN are `inner`. */
export type JoinOperator = 'comma' | 'inner' | 'cross' | 'left' | 'right' | 'full'

export type TableReference =
  | TableName
  | TableFunction
  | { readonly kind: 'subquery'; readonly select: Select; readonly alias: string | null }
  /** A join in parentheses. */
  | { readonly kind: 'nested'; readonly from: FromClause; readonly alias: string | null }
export interface TableName {
  readonly kind: 'table'
  readonly schema: string | null
  readonly name: string
  readonly alias: string | null
  /** INDEXED BY a name, NOT INDEXED, or nothing. */
  readonly indexedBy: string | false | null
}
/** `name(args)`: a table-valued function. */
export interface TableFunction {
  readonly kind: 'table-function'
  readonly schema: string | null
  readonly name: string
  readonly args: readonly Expression[]
  readonly alias: string | null
}

export interface WithClause {
  readonly recursive: boolean
  readonly tables: readonly CommonTable[]
}
export interface CommonTable {
  readonly name: string
  readonly columns: readonly string[] | null
  readonly materialized: boolean | null
  readonly select: Select
}

/** (Window Functions §1.) */
export interface WindowSpecification {
  readonly base: string | null
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly OrderingTerm[]
  readonly frame: WindowFrame | null
}
export interface WindowFrame {
  readonly unit: 'ROWS' | 'RANGE' | 'GROUPS'
  readonly start: FrameBound
  readonly end: FrameBound
  readonly exclude: 'NO OTHERS' | 'CURRENT ROW' | 'GROUP' | 'TIES'
}
export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression }
