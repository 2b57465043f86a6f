/**
 * The plan of a statement: a tree of operators over numbered row sources.
 *
 * The binder builds the plainest tree that is right; each pass of the optimizer returns a better one of
 * the same kinds; the emitter turns the last into one function, node by node, by produce and consume:
 * a node asks its input to produce rows and gives it the code that consumes one. So a node is no object
 * at run time, and "a row" is a set of JavaScript variables.
 *
 * The binder's tree for one SELECT, bottom up: scans and joins, `filter` (WHERE), `aggregate`, `filter`
 * (HAVING), `project` (the result columns, then hidden ORDER BY expressions), `distinct`, `sort`,
 * `limit`. Window functions stand between HAVING and the result: for each window a `project`, a `sort` and a `window`. Columns of a source
 * stay visible upward until a node that defines a source of its own (`project`, `aggregate`, `window`, `compound`, `values`, `derived`).
 */
import type { Index, Table } from '../schema/index.ts'
import type { Affinity, Value } from '../record/index.ts'
import type { LiteralMark, ParameterRows } from '../sql/index.ts'
import type {
  AggregateFunction,
  ScalarFunction,
  StoredPlace,
  WindowFunction,
} from '../runtime/index.ts'

export type PlanNode =
  | SingleRowNode
  | ScanNode
  | DerivedNode
  | ValuesNode
  | FilterNode
  | JoinNode
  | OuterJoinNode
  | AggregateNode
  | ProjectNode
  | DistinctNode
  | SortNode
  | LimitNode
  | CompoundNode
  | RecursiveNode
  | WindowNode

/** One row without columns: SELECT without FROM. */
export interface SingleRowNode {
  readonly kind: 'single-row'
}

/** Rows of a table. Defines `source`: its columns, and -1 for the rowid. */
export interface ScanNode {
  readonly kind: 'scan'
  readonly source: SourceId
  readonly table: Table
  readonly alias: string
  readonly access: Access
  /** INDEXED BY / NOT INDEXED, as written. */
  readonly hint: string | false | null
  /** The virtual columns of the table, over `source`; absent: it has none. They are no part of the plan: who reads one computes it. */
  readonly virtual?: VirtualColumns
  /** Estimated rows that one run delivers; from the optimizer. */
  readonly estimatedRows: number | null
}

/** The value of each virtual column of a row, before it gets the column's affinity. */
export type VirtualColumns = ReadonlyMap<number, BoundExpression>

/** One side of an OR. */
export interface AccessArm {
  readonly access: Access
  /** What rows must pass besides, to be found here; null: nothing. */
  readonly filter: BoundExpression | null
}

/** How a scan reaches its rows. Keys name only sources that are already running (outer to it). */
export type Access =
  /** The whole table in rowid order (or primary key order), or backwards. */
  | { readonly kind: 'full'; readonly reverse: boolean }
  /** At most one row: `rowid = key`. */
  | { readonly kind: 'rowid'; readonly key: BoundExpression }
  | {
      readonly kind: 'rowid-range'
      readonly low: RangeBound | null
      readonly high: RangeBound | null
      readonly reverse: boolean
    }
  /** `rowid IN (…)`: each distinct key once, ascending. */
  | { readonly kind: 'rowid-in'; readonly keys: InKeys }
  | IndexAccess
  /** The rows that one of the arms finds, each once: an OR whose sides have accesses of their own. */
  | { readonly kind: 'any'; readonly arms: readonly AccessArm[] }
  /**
   * A hash table over the scan (the table read once under `filter`), built on the first use and probed with
   * `probeKeys`, both in step; for equi-joins that no index serves. Keys compare under `collations` after `affinities`.
   */
  | {
      readonly kind: 'hash'
      readonly buildKeys: readonly BoundExpression[]
      readonly probeKeys: readonly BoundExpression[]
      readonly rules: readonly ComparisonRule[]
      readonly filter: BoundExpression | null
    }
  | VirtualAccess

/** Rows of a virtual table, as it has agreed to deliver them. `plan`, `text` and the values of `args` go to its cursor. */
export interface VirtualAccess {
  readonly kind: 'virtual'
  readonly plan: number
  readonly text: string
  /** EXPLAIN QUERY PLAN shows `plan` as a hexadecimal number. */
  readonly isHex: boolean
  readonly args: readonly VirtualArgument[]
}

export type VirtualArgument =
  | { readonly kind: 'value'; readonly key: BoundExpression }
  /** The scan runs once for each distinct key, ascending. */
  | { readonly kind: 'in'; readonly keys: InKeys; readonly affinity: Affinity | null }

export interface RangeBound {
  readonly key: BoundExpression
  readonly inclusive: boolean
  /** Of an upper bound for texts: BLOBs, which stand behind all texts, are in the range, too. */
  readonly thenBlobs?: true
  /** Of a lower bound: it keeps NULLs away, and nothing else. */
  readonly notNull?: true
}

export interface IndexAccess {
  readonly kind: 'index'
  readonly index: Index
  /** So many first columns that no condition names are run through the values that they have. (Skip-Scan) */
  readonly skipped: number
  /** Equality on the columns behind those, already given the column's affinity (`rule` of the comparison is satisfied). NULL key: no rows, unless `nullable` says IS. */
  readonly equal: readonly { readonly key: BoundExpression; readonly nullSafe: boolean }[]
  /** The column after the last `equal` one is run through these keys (each distinct one once, ascending). */
  readonly in: InKeys | null
  /** Equality on the columns behind that of `in`. */
  readonly afterIn: IndexAccess['equal']
  /** Range on the next column. */
  readonly low: RangeBound | null
  readonly high: RangeBound | null
  readonly reverse: boolean
  /** All needed columns are in the index: the table is not read. */
  readonly covering: boolean
  /** Of `columns` of the index plus its trailing rowid/primary key: filled by the covering pass for the emitter: table column → place in the entry. */
  readonly places: ReadonlyMap<number, number>
}

export type InKeys =
  | { readonly kind: 'list'; readonly items: readonly BoundExpression[] }
  | { readonly kind: 'query'; readonly query: Subquery }

/** How a statement uses a common table. Counted while the statement is bound. */
export interface CommonUse {
  count: number
  readonly hint: 'materialized' | 'not-materialized' | null
}

/** A subquery in FROM (or a view): `input` delivers `columns` under its own source, renamed to `source`. */
export interface DerivedNode {
  readonly kind: 'derived'
  readonly source: SourceId
  readonly alias: string
  /** For EXPLAIN QUERY PLAN: what the view or common table is called that it is, or, where it has no alias, the number of the query in the text. */
  readonly written?: string | number
  readonly input: PlanNode
  /** The source under which `input` delivers. */
  readonly inputSource: SourceId
  readonly columnNames: readonly string[]
  /** The common table that it is; null: it is none. */
  readonly common: CommonUse | null
  /** Who reads the common table reads the same rows: they are collected once. Set by the optimizer. */
  readonly shared: boolean
  /** Run `input` once, keep its rows: set by the optimizer when it stands inside a loop and is not correlated. */
  readonly materialized: boolean
  /** Automatic hash look-up over the materialized rows; null: run through them all. */
  readonly hash: {
    readonly buildColumns: readonly number[]
    readonly probeKeys: readonly BoundExpression[]
    readonly rules: readonly ComparisonRule[]
  } | null
}

/** Rows of literals and parameters alone. */
export interface BoundConstantRows {
  readonly kind: 'constant-rows'
  readonly width: number
  /** One row after the other; null where a parameter stands. */
  readonly values: readonly Value[]
  readonly parameterPlaces: readonly number[]
  /** From 1. */
  readonly parameterNumbers: readonly number[]
}

/** Rows in one piece. */
export type BoundManyRows = BoundConstantRows | ParameterRows

/** A row that is written out, or many. */
export type ValuesRow = readonly BoundExpression[] | BoundManyRows

export interface ValuesNode {
  readonly kind: 'values'
  readonly source: SourceId
  readonly rows: readonly ValuesRow[]
}

export interface FilterNode {
  readonly kind: 'filter'
  readonly input: PlanNode
  readonly condition: BoundExpression
}

/** Nested loops: for each row of `left` all of `right`. */
export interface JoinNode {
  readonly kind: 'join'
  /** `cross` is an inner join whose order the optimizer keeps. */
  readonly type: 'inner' | 'left' | 'cross'
  readonly left: PlanNode
  readonly right: PlanNode
  /** For `left`: decides whether a right row matches. For others the optimizer moves it into filters. */
  readonly on: BoundExpression | null
}

/**
 * RIGHT and FULL JOIN: for each row of `left` the rows of `right` that match it, for FULL also a row of `left` that none matches; at last
 * the rows of `right` that have matched none. `right` is run once, its rows are kept.
 */
export interface OuterJoinNode {
  readonly kind: 'outer-join'
  readonly type: 'right' | 'full'
  readonly left: PlanNode
  readonly right: PlanNode
  readonly on: BoundExpression | null
  /** Its one column is the place of a row of `right` among them all. */
  readonly places: SourceId
  /** The equalities of ON by which the rows of `right` are found in a hash table, in step; null: all are run through. */
  readonly hash: {
    readonly buildKeys: readonly BoundExpression[]
    readonly probeKeys: readonly BoundExpression[]
    /** The left side of each is that of `right`. */
    readonly rules: readonly ComparisonRule[]
  } | null
  /** Run once, its rows kept: set by the optimizer where it stands inside a loop and is not correlated. */
  readonly materialized: boolean
}

/**
 * Groups and aggregates. Defines `source`: columns 0… are the group keys, then the aggregates, then
 * `bare` (columns used outside aggregates without being grouped: from the row that gave the only min() or
 * max(), else from any row of the group; SQLite's documented behaviour).
 * Without `groupBy` it delivers exactly one row.
 */
export interface AggregateNode {
  readonly kind: 'aggregate'
  readonly source: SourceId
  readonly input: PlanNode
  readonly groupBy: readonly GroupKey[]
  readonly aggregates: readonly AggregateCall[]
  readonly bare: readonly BoundExpression[]
  /** Which aggregate decides the row of `bare`; -1: none. */
  readonly bareFrom: number
  /**
   * `hash`: a map from keys to states; `ordered`: input arrives grouped; `single`: no keys;
   * `count`: count(*) of a whole table or index without reading rows; `extreme`: the first non-NULL row of an ordered input is min()/max().
   */
  readonly strategy: 'hash' | 'ordered' | 'single' | 'count' | 'extreme'
  /** The rows must come out in key order (SQLite's GROUP BY does): keys are sorted after hashing. */
  readonly sorted: boolean
}

export interface GroupKey {
  readonly expression: BoundExpression
  readonly collation: string
  /** Where groups are sorted: the largest first, as ORDER BY has it. */
  readonly descending?: true
  /** Rows that agree in the other keys agree in this one too; from the optimizer. */
  readonly isDetermined?: boolean
}

/** Defines `source`: column i is `columns[i]`. */
export interface ProjectNode {
  readonly kind: 'project'
  readonly source: SourceId
  readonly input: PlanNode
  readonly columns: readonly BoundExpression[]
}

/** Drops rows whose first `columnCount` columns of `source` were there before. NULLs are equal. */
export interface DistinctNode {
  readonly kind: 'distinct'
  readonly input: PlanNode
  readonly source: SourceId
  readonly columnCount: number
  readonly collations: readonly string[]
  /** The input arrives with equal rows side by side. */
  readonly ordered: boolean
}

export interface SortNode {
  readonly kind: 'sort'
  readonly input: PlanNode
  readonly keys: readonly SortKey[]
  /** Only so many of the first rows are wanted (LIMIT + OFFSET): keep a heap. */
  readonly top: BoundExpression | null
  /** The input arrives in the order of so many first keys: what comes behind the last row that is kept is not wanted. Absent: of none. */
  readonly presorted?: number
  /**
   * The first column of its rows is marked as JSON, which is so only if the rows need not be sorted: sorted rows are kept between, without marks. Absent: no
   * column is.
   */
  readonly isMarked?: true
}

export interface LimitNode {
  readonly kind: 'limit'
  readonly input: PlanNode
  /** Negative or absent: no limit. Must be an integer: `datatype mismatch` otherwise. */
  readonly limit: BoundExpression
  readonly offset: BoundExpression | null
}

/**
 * A recursive common table: the rows of `setup` go into a queue; each row that is taken out of it is delivered under `source`, and then is
 * the one row of `current` while `step` makes further rows for the queue. (The WITH Clause §3)
 */
export interface RecursiveNode {
  readonly kind: 'recursive'
  readonly source: SourceId
  readonly setup: PlanNode
  readonly setupSource: SourceId
  /** Names columns of `current`, as a query that is correlated with it. */
  readonly step: PlanNode
  readonly stepSource: SourceId
  readonly current: SourceId
  readonly columnCount: number
  /** UNION: a row that has been in the queue does not come into it again. */
  readonly distinct: boolean
  readonly collations: readonly string[]
  /** Over columns of `source`: which row is taken next; null: the one that has waited longest. */
  readonly order: readonly SortKey[] | null
  /** As in a compound. */
  readonly reals: readonly boolean[] | null
  /** How `step` calls the row, for EXPLAIN QUERY PLAN. */
  readonly alias: string
}

/**
 * Window functions over rows that arrive by `partitionBy`, and inside a partition by `orderBy`. Defines `source`: columns 0… are the answers of
 * `calls`, then `kept`, what is read of the input's row above. Rows come out as they come in. (Window Functions)
 */
export interface WindowNode {
  readonly kind: 'window'
  readonly source: SourceId
  readonly input: PlanNode
  readonly partitionBy: readonly {
    readonly expression: BoundExpression
    readonly collation: string
  }[]
  readonly orderBy: readonly SortKey[]
  readonly frames: readonly WindowFrame[]
  readonly calls: readonly WindowCall[]
  readonly kept: readonly BoundExpression[]
}

/** Which rows of the partition a window function sees from a row. */
export interface WindowFrame {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: FrameEdge
  readonly end: FrameEdge
  readonly exclude: 'no-others' | 'current-row' | 'group' | 'ties'
}

/** An offset is a constant of the statement. */
export type FrameEdge =
  | { readonly kind: 'unbounded' | 'current-row' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: BoundExpression }

export interface WindowCall {
  readonly function:
    | { readonly kind: 'window'; readonly function: WindowFunction }
    | { readonly kind: 'aggregate'; readonly function: AggregateFunction }
  readonly args: readonly BoundExpression[]
  readonly filter: BoundExpression | null
  /** Place in the node's `frames`. */
  readonly frame: number
  /** For min and max. */
  readonly collation: string
}

/** Defines `source`. Arms deliver under `armSources`; columns beyond the arms' are not there. */
export interface CompoundNode {
  readonly kind: 'compound'
  readonly source: SourceId
  readonly operator: 'UNION' | 'UNION ALL' | 'INTERSECT' | 'EXCEPT'
  readonly left: PlanNode
  readonly right: PlanNode
  readonly leftSource: SourceId
  readonly rightSource: SourceId
  readonly columnCount: number
  readonly collations: readonly string[]
  /** A condition on its columns may be tested in its arms. */
  readonly isPushable: boolean
  /** The affinities of the columns, and those of each arm; null: the arm is a compound, and says it itself. */
  readonly affinities: {
    readonly whole: readonly (Affinity | null)[]
    readonly left: readonly (Affinity | null)[] | null
    readonly right: readonly (Affinity | null)[] | null
  }
  /**
   * Where it is read as a table: which columns have REAL affinity though an arm may deliver an INTEGER. Whoever reads such a
   * column gets a REAL; what is equal is decided before. null: none.
   */
  readonly reals: readonly boolean[] | null
  /** SQLite delivers UNION, INTERSECT and EXCEPT sorted by all columns (unless an ORDER BY says otherwise). */
  readonly sorted: boolean
}

// ── Expressions ─────────────────────────────────────────────────────────────────────────────────
//
// Bound expressions: every name is resolved, every conversion is explicit, so that the emitter needs no
// knowledge of SQL's rules of scope, affinity or collation.
//
// A row source (a table in FROM, a subquery, an aggregation, a projection …) has a number, unique in the
// whole statement: its `SourceId`. A column of it is `{ kind: 'column', source, column }`. An expression
// of a subquery that names a source of an outer query is a correlation; nothing marks it but the number.

export type SourceId = number

export type BoundExpression =
  | {
      readonly kind: 'literal'
      readonly value: Value
      /** What constant folding computed it from; absent: it was written so. */
      readonly written?: BoundExpression
    }
  /** `index` from 1. With a mark it is a literal of a text that others share (`literal.ts`). */
  | { readonly kind: 'parameter'; readonly index: number; readonly mark?: LiteralMark }
  | BoundColumn
  | { readonly kind: 'negate' | 'bit-not' | 'not'; readonly operand: BoundExpression }
  | {
      readonly kind: 'arithmetic'
      readonly operator: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '<<' | '>>' | '||'
      readonly left: BoundExpression
      readonly right: BoundExpression
    }
  | BoundComparison
  /**
   * Three-valued, in the order in which SQLite evaluates them; two or more operands, no nested node of the same kind but for
   * comparisons of rows, which are evaluated no further than needed.
   */
  | {
      readonly kind: 'and' | 'or'
      readonly operands: readonly BoundExpression[]
      readonly isRow?: true
    }
  | { readonly kind: 'is-null'; readonly operand: BoundExpression; readonly negated: boolean }
  /** `x IS TRUE` and its kin: never NULL. */
  | {
      readonly kind: 'is-truth'
      readonly operand: BoundExpression
      readonly truth: boolean
      readonly negated: boolean
    }
  /** `operand` is evaluated once. Each side is a comparison of its own. */
  | {
      readonly kind: 'between'
      readonly operand: BoundExpression
      readonly low: BoundExpression
      readonly high: BoundExpression
      readonly lowRule: ComparisonRule
      readonly highRule: ComparisonRule
      readonly negated: boolean
    }
  | {
      readonly kind: 'in-list'
      readonly operand: BoundExpression
      readonly items: readonly BoundExpression[]
      readonly rule: ComparisonRule
      readonly negated: boolean
    }
  /** One operand for each column of the subquery (`(a, b) IN (SELECT x, y …)`). */
  | {
      readonly kind: 'in-query'
      readonly operands: readonly BoundExpression[]
      readonly query: Subquery
      readonly rules: readonly ComparisonRule[]
      readonly negated: boolean
    }
  | { readonly kind: 'exists'; readonly query: Subquery }
  /** One column of the first row, or NULL. (`(a, b) = (SELECT x, y …)` names the same `query` twice.) */
  | { readonly kind: 'scalar-query'; readonly query: Subquery; readonly column: number }
  | {
      readonly kind: 'case'
      /** Searched form only: `CASE x WHEN y` is bound as comparisons with a `let`. */
      readonly branches: readonly {
        readonly when: BoundExpression
        readonly then: BoundExpression
      }[]
      readonly otherwise: BoundExpression | null
    }
  /** Evaluates `value` once and names it for `body`: `{ kind: 'local', id }`. */
  | {
      readonly kind: 'let'
      readonly id: number
      readonly value: BoundExpression
      readonly body: BoundExpression
    }
  | { readonly kind: 'local'; readonly id: number }
  | { readonly kind: 'cast'; readonly operand: BoundExpression; readonly affinity: Affinity }
  | {
      readonly kind: 'function'
      readonly function: ScalarFunction
      /** A date function in an expression of the schema: where that stands. */
      readonly storedIn?: StoredPlace
      readonly args: readonly BoundExpression[]
      /** For functions that compare (min, max, nullif): the collation of the first argument that has one. */
      readonly collation: string
    }

export interface BoundColumn {
  readonly kind: 'column'
  readonly source: SourceId
  /** Column of the source; -1: the rowid of a table (a rowid alias is bound as -1 too). */
  readonly column: number
  /** For messages, goldens and comments. */
  readonly name: string
  readonly affinity: Affinity
  readonly collation: string
  /** It stands under a unary plus, which keeps indexes away from it. */
  readonly isUnindexed?: boolean
  /** It stands for an expression of a partial index, which may fail for rows that the index does not hold. */
  readonly mayFail?: true
}

/** Which conversions a comparison applies to its sides first, and how it orders texts. (Datatypes In SQLite §4.2, §7.1) */
export interface ComparisonRule {
  readonly leftAffinity: Affinity | null
  readonly rightAffinity: Affinity | null
  /** BINARY, NOCASE, RTRIM. */
  readonly collation: string
}

export interface BoundComparison {
  readonly kind: 'compare'
  readonly operator: '<' | '<=' | '>' | '>=' | '=' | '<>' | 'IS' | 'IS NOT'
  readonly left: BoundExpression
  readonly right: BoundExpression
  readonly rule: ComparisonRule
  /** It is an argument of a table-valued function: evaluated once for each scan, whatever is in it. */
  readonly isArgument?: true
}

/** A query inside an expression. Row values have been split into scalars by the binder. */
export interface Subquery {
  /** Unique in the statement. */
  readonly id: number
  /** In the text, for EXPLAIN QUERY PLAN; absent: nobody wrote it. */
  readonly number?: number
  readonly plan: PlanNode
  /** The row source that `plan` delivers its columns under. */
  readonly source: SourceId
  readonly columnCount: number
  /** Sources outside `plan` that it names. Empty: it is run once in a statement. */
  readonly outerSources: readonly SourceId[]
  /** It reads a table that changes while the statement runs: it is run for each row all the same. */
  readonly isVolatile?: boolean
}

export interface AggregateCall {
  readonly function: AggregateFunction
  readonly args: readonly BoundExpression[]
  readonly distinct: boolean
  readonly filter: BoundExpression | null
  readonly orderBy: readonly SortKey[]
  /** For min, max and DISTINCT. */
  readonly collation: string
}

export interface SortKey {
  readonly expression: BoundExpression
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
  readonly collation: string
}

export type { ParameterRows }
