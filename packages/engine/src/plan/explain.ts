/**
 * EXPLAIN QUERY PLAN: the optimised plan in the words of SQLite. (EXPLAIN QUERY PLAN)
 *
 * One row for each loop and for each structure that is built on the way; `parent` says inside which
 * other row it belongs, 0 for the outermost. Details read as SQLite's; where we do what SQLite does not
 * (a hash table for an equi-join), its nearest word is used: AUTOMATIC COVERING INDEX.
 */
import { isConstantRows, rowCount } from './constant-rows.ts'
import type { BoundExpression, Subquery } from './expression.ts'
import type { KeyChecks } from './key-checks.ts'
import { visitFrom } from './walk/from.ts'
import { ignoreInput, visitExpression, visitNode } from './walk/visit.ts'
import type { BoundStatement } from './statement.ts'
import type {
  AggregateNode,
  CommonUse,
  CompoundNode,
  RecursiveNode,
  DerivedNode,
  IndexAccess,
  PlanNode,
  ProjectNode,
  RangeBound,
  ScanNode,
  SortNode,
  ValuesNode,
  ValuesRow,
  VirtualAccess,
} from './node.ts'

export interface ExplainRow {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

/** @param selects how many SELECTs and VALUES stand in its text: those that are made of windows are numbered behind them */
export function explainQueryPlan(
  statement: BoundStatement,
  selects: number = 0,
): readonly ExplainRow[] {
  const explainer = new Explainer(selects)
  switch (statement.kind) {
    case 'query':
      explainer.plan(statement.plan, 0)
      break
    case 'insert':
      explainer.given(statement.input)
      explainer.expressions([...statement.values, statement.rowid])
      for (const { update } of statement.upserts) {
        if (update !== null) explainer.expressions([update.where, ...update.values, update.rowid])
      }
      explainer.keys(statement.target.victimKeys)
      explainer.keys(statement.keys)
      break
    case 'update':
      explainer.plan(statement.input, 0)
      explainer.expressions([...statement.values, statement.rowid])
      explainer.keys(statement.target.victimKeys)
      explainer.keys(statement.keys)
      break
    case 'delete':
      if (statement.input !== null) explainer.plan(statement.input, 0)
      explainer.keys(statement.keys)
      break
    case 'view-change':
      explainer.given(statement.input)
      explainer.expressions(statement.new ?? [])
      break
    case 'create-table':
      if (statement.query !== null) explainer.plan(statement.query.plan, 0)
      break
    default:
  }
  if ('returning' in statement) explainer.expressions(statement.returning?.expressions ?? [])
  return explainer.rows
}

class Explainer {
  readonly rows: ExplainRow[] = []
  readonly #seen = new Set<number>()
  /** Subqueries in FROM whose rows about what they are made of have been given. */
  readonly #made = new Set<DerivedNode>()
  /** Common tables that have been made for all who read them. */
  readonly #shared = new Set<CommonUse>()
  /** The number of the last query that a window is made of. */
  #windows: number
  /** What is above wants the rows of the query in another order, or as groups. */
  #isGathered = false

  constructor(selects: number) {
    this.#windows = selects
  }

  /** What an INSERT is given: one row of VALUES is no loop. */
  given(input: PlanNode): void {
    if (input.kind === 'values' && rowCount(input.rows) === 1) this.#expressions(input, 0)
    else this.plan(input, 0)
  }

  expressions(expressions: readonly (BoundExpression | null)[]): void {
    for (const expression of expressions) if (expression !== null) this.subqueriesOf(expression, 0)
  }

  #add(parent: number, detail: string): number {
    const id = this.rows.length + 1
    this.rows.push({ id, parent, detail })
    return id
  }

  /** The rows of child tables that are counted for foreign keys. */
  keys(keys: KeyChecks | null): void {
    for (const { old } of keys?.children ?? []) if (old !== null) this.plan(old, 0)
    for (const { new: now } of keys?.children ?? []) if (now !== null) this.plan(now, 0)
  }

  plan(node: PlanNode, parent: number, isOptional: boolean = false): void {
    this.#makeAll(node, parent)
    switch (node.kind) {
      case 'single-row':
        this.#add(parent, 'SCAN CONSTANT ROW')
        return
      case 'values':
        this.#values(node, parent)
        return
      case 'scan':
        this.#scan(node, parent, isOptional)
        this.#expressions(node, parent)
        return
      case 'derived':
        this.#derived(node, parent, isOptional)
        return
      case 'filter':
        this.plan(node.input, parent, isOptional)
        this.#expressions(node, parent)
        return
      case 'join':
        if (!isGuard(node.left)) this.plan(node.left, parent, isOptional)
        else this.#expressions(node.left, parent)
        this.plan(node.right, parent, isOptional || node.type === 'left')
        this.#expressions(node, parent)
        return
      case 'outer-join':
        this.plan(node.left, parent, isOptional)
        if (node.hash === null) this.plan(node.right, parent, isOptional || node.type === 'full')
        else {
          const detail = hashDetail(nameOf(node.right), node.hash.buildKeys, '')
          this.#add(parent, detail + (node.type === 'full' ? ' LEFT-JOIN' : ''))
        }
        this.#expressions(node, parent)
        this.plan(node.right, this.#add(parent, `RIGHT-JOIN ${nameOf(node.right)}`))
        return
      case 'aggregate':
        this.#aggregate(node, parent)
        return
      case 'project':
        this.#project(node, parent)
        return
      case 'distinct':
        this.#gathered(node.input, parent)
        if (!node.ordered) this.#add(parent, 'USE TEMP B-TREE FOR DISTINCT')
        return
      case 'sort':
        this.#gathered(node.input, parent)
        this.#add(parent, `USE TEMP B-TREE FOR ${sortedPart(node)}ORDER BY`)
        return
      case 'limit':
        this.#expressions(node, parent)
        this.plan(node.input, parent)
        return
      case 'compound': {
        const id = this.#add(parent, 'COMPOUND QUERY')
        this.#compound(node, id)
        return
      }
      case 'recursive':
        this.plan(node.setup, this.#add(parent, 'SETUP'))
        this.#step(node, this.#add(parent, 'RECURSIVE STEP'))
        return
      case 'window': {
        const name = `(subquery-${++this.#windows})`
        this.#gathered(node.input, this.#add(parent, `CO-ROUTINE ${name}`))
        this.#add(parent, `SCAN ${name}`)
        return
      }
      default:
        node satisfies never
    }
  }

  #scan(node: ScanNode, parent: number, isOptional: boolean): void {
    const suffix = isOptional ? ' LEFT-JOIN' : ''
    const { access } = node
    if (access.kind !== 'any') {
      this.#add(parent, scanDetail(node) + suffix)
      return
    }
    const id = this.#add(parent, `MULTI-INDEX OR${suffix}`)
    for (const [i, arm] of access.arms.entries()) {
      this.#add(this.#add(id, `INDEX ${i + 1}`), scanDetail({ ...node, access: arm.access }))
    }
  }

  /** The row that is worked on is read before all else. */
  #step({ step, alias }: RecursiveNode, parent: number): void {
    this.#add(parent, `SCAN ${alias}`)
    const start = this.rows.length
    this.plan(step, parent)
    if (this.rows[start]?.detail === 'SCAN CONSTANT ROW') this.rows.splice(start, 1)
  }

  /** Rows of constants alone are a table; of others SQLite makes one after the other. (`sqlite3MultiValues`) */
  #values(node: ValuesNode, parent: number): void {
    const count = rowCount(node.rows)
    if (count === 1) this.#expressions(node, parent)
    if (count === 1) this.#add(parent, 'SCAN CONSTANT ROW')
    else if (areConstant(node.rows)) this.#add(parent, `SCAN ${count}-ROW VALUES CLAUSE`)
    else {
      this.#add(parent, `SCAN ${count} CONSTANT ROWS`)
      this.#expressions(node, parent)
    }
  }

  /** Rows that something above collects before it goes on. */
  #gathered(node: PlanNode, parent: number): void {
    const outer = this.#isGathered
    this.#isGathered = true
    this.plan(node, parent)
    this.#isGathered = outer
  }

  /** A query of its own. */
  #query(node: PlanNode, parent: number): void {
    const outer = this.#isGathered
    this.#isGathered = false
    this.plan(node, parent)
    this.#isGathered = outer
  }

  #project(node: ProjectNode, parent: number): void {
    const compound = this.#isGathered ? null : throughPlain(node.input)
    if (compound === null) this.plan(node.input, parent)
    else this.plan(compound, parent)
    this.#expressions(node, parent)
  }

  #aggregate(node: AggregateNode, parent: number): void {
    const isGrouped = node.groupBy.length > 0
    if (!isGrouped) this.#collections(node, parent)
    const start = this.rows.length
    this.#gathered(node.input, parent)
    if (isExtreme(node)) this.#searches(start, parent)
    this.#expressions(node, parent)
    if (node.strategy === 'hash') this.#add(parent, 'USE TEMP B-TREE FOR GROUP BY')
    if (isGrouped) this.#collections(node, parent)
  }

  /** What aggregates collect before they answer. */
  #collections({ aggregates }: AggregateNode, parent: number): void {
    for (const { distinct, function: called, orderBy } of aggregates) {
      if (distinct) this.#add(parent, `USE TEMP B-TREE FOR ${called.name}(DISTINCT)`)
      if (orderBy.length > 0) this.#add(parent, `USE TEMP B-TREE FOR ${called.name}(ORDER BY)`)
    }
  }

  /** The loops of min() or max() alone say SEARCH, even where they go through all rows. */
  #searches(start: number, parent: number): void {
    for (let i = start; i < this.rows.length; i++) {
      const row = this.rows[i]!
      if (row.parent !== parent || row.detail === 'SCAN CONSTANT ROW') continue
      this.rows[i] = { ...row, detail: row.detail.replace(/^SCAN/, 'SEARCH') }
    }
  }

  #compound(node: CompoundNode, parent: number): void {
    if (node.left.kind === 'compound') this.#compound(node.left, parent)
    else this.#query(node.left, this.#add(parent, 'LEFT-MOST SUBQUERY'))
    const suffix = node.operator === 'UNION ALL' ? '' : ' USING TEMP B-TREE'
    this.#query(node.right, this.#add(parent, node.operator + suffix))
  }

  /** The subqueries of one FROM clause are made before its loops, as they are written. */
  #makeAll(node: PlanNode, parent: number): void {
    const found: DerivedNode[] = []
    visitFrom(node, (leaf) => {
      if (leaf.kind === 'derived') found.push(leaf)
    })
    for (const derived of found.sort((a, b) => a.source - b.source)) {
      if (this.#made.has(derived)) continue
      this.#made.add(derived)
      if (isValues(derived) || this.#isShared(derived)) continue
      const verb = derived.materialized ? 'MATERIALIZE' : 'CO-ROUTINE'
      const name = typeof derived.written === 'string' ? derived.written : shownDerived(derived)
      this.#query(derived.input, this.#add(parent, `${verb} ${name}`))
    }
  }

  /** It has been made where it was read first. */
  #isShared({ shared, common }: DerivedNode): boolean {
    if (!shared || common === null) return false
    if (this.#shared.has(common)) return true
    this.#shared.add(common)
    return false
  }

  #derived(node: DerivedNode, parent: number, isOptional: boolean): void {
    if (isValues(node)) {
      this.plan(node.input, parent)
      return
    }
    const name = shownDerived(node)
    const detail =
      node.hash === null
        ? `SCAN ${name}`
        : `SEARCH ${name} USING AUTOMATIC COVERING INDEX (${node.hash.buildColumns
            .map((column) => `${node.columnNames[column] ?? '?'}=?`)
            .join(' AND ')})`
    this.#add(parent, detail + (isOptional ? ' LEFT-JOIN' : ''))
  }

  /** The subqueries of a node's own expressions, and of its access. */
  #expressions(node: PlanNode, parent: number): void {
    const expression = (e: BoundExpression): void => this.subqueriesOf(e, parent)
    const query = (q: Subquery): void => this.#subquery(q, parent, 'LIST')
    visitNode(node, ignoreInput, expression, query)
  }

  subqueriesOf(expression: BoundExpression, parent: number): void {
    visitExpression(expression, (e) => {
      if (e.kind === 'in-query') this.#subquery(e.query, parent, 'LIST')
      else if (e.kind === 'scalar-query' || e.kind === 'exists') {
        this.#subquery(e.query, parent, 'SCALAR')
      }
    })
  }

  #subquery(query: Subquery, parent: number, what: 'LIST' | 'SCALAR'): void {
    if (this.#seen.has(query.id)) return
    this.#seen.add(query.id)
    const isCorrelated = query.outerSources.length > 0 || query.isVolatile === true
    const correlated = isCorrelated ? 'CORRELATED ' : ''
    const number = query.number ?? this.#seen.size
    this.#query(query.plan, this.#add(parent, `${correlated}${what} SUBQUERY ${number}`))
  }
}

function areConstant(rows: readonly ValuesRow[]): boolean {
  let result = true
  const see = ({ kind }: BoundExpression): void => {
    if (['function', 'column', 'scalar-query', 'exists', 'in-query'].includes(kind)) result = false
  }
  for (const row of rows) if (!isConstantRows(row)) for (const e of row) visitExpression(e, see)
  return result
}

function shownDerived({ alias, written }: DerivedNode): string {
  return typeof written === 'number' ? `(subquery-${written})` : alias
}

/** Several rows of VALUES go by themselves. */
function isValues({ input }: DerivedNode): boolean {
  return input.kind === 'values' && rowCount(input.rows) > 1
}

/**
 * The UNION ALL of SELECTs that only join, filter and compute, where nothing is done to its rows above but filtering and computing: it is
 * part of the query around it. null: there is none. (`flattenSubquery`)
 */
function throughPlain(node: PlanNode): CompoundNode | null {
  if (node.kind === 'filter') return throughPlain(node.input)
  if (node.kind !== 'derived' || node.materialized || node.shared || node.hash !== null) return null
  return node.input.kind === 'compound' && isPlainUnion(node.input) ? node.input : null
}

function isPlainUnion({ operator, left, right }: CompoundNode): boolean {
  const isPlain = (arm: PlanNode): boolean => {
    if (arm.kind === 'compound') return isPlainUnion(arm)
    return arm.kind === 'project' && hasLoops(arm.input)
  }
  return operator === 'UNION ALL' && isPlain(left) && isPlain(right)
}

function hasLoops(node: PlanNode): boolean {
  if (node.kind === 'filter') return hasLoops(node.input)
  return ['scan', 'join', 'outer-join', 'derived'].includes(node.kind)
}

/** min() or max() of one argument and nothing else. (`minMaxQuery`) */
function isExtreme({ groupBy, aggregates }: AggregateNode): boolean {
  const [call, ...others] = aggregates
  if (groupBy.length > 0 || call === undefined || others.length > 0) return false
  return call.function.extreme !== null && call.args.length === 1 && call.filter === null
}

/** Which terms have yet to be sorted by. */
function sortedPart({ keys, presorted }: SortNode): string {
  if (presorted === undefined) return ''
  const count = keys.length - presorted
  return count === 1 ? 'LAST TERM OF ' : `LAST ${count} TERMS OF `
}

/** How the right side of a RIGHT JOIN is called. */
function nameOf(node: PlanNode): string {
  if (node.kind === 'filter') return nameOf(node.input)
  if (node.kind === 'join' || node.kind === 'outer-join') return nameOf(node.left)
  if (node.kind === 'derived') return shownDerived(node)
  return node.kind === 'scan' ? node.alias : 'subquery'
}

/** Conditions that are tested once, before the first loop. */
function isGuard(node: PlanNode): boolean {
  return node.kind === 'filter' && node.input.kind === 'single-row'
}

function scanDetail(node: ScanNode): string {
  const { access, alias, table } = node
  switch (access.kind) {
    case 'full':
      return `SCAN ${alias}`
    case 'rowid':
    case 'rowid-in':
      return `SEARCH ${alias} USING INTEGER PRIMARY KEY (rowid=?)`
    case 'rowid-range': {
      const bounds = rangeDetail('rowid', access.low, access.high)
      return `SEARCH ${alias} USING INTEGER PRIMARY KEY (${bounds.join(' AND ')})`
    }
    case 'index':
      return indexDetail(node, access)
    case 'hash':
      return hashDetail(alias, access.buildKeys, access.filter === null ? '' : 'PARTIAL ')
    case 'virtual':
      return `SCAN ${alias} VIRTUAL TABLE INDEX ${planNumber(access)}:${access.text}`
    default:
      return `SCAN ${table.name}`
  }
}

function hashDetail(alias: string, buildKeys: readonly BoundExpression[], how: string): string {
  const keys = buildKeys.map((key) => (key.kind === 'column' ? `${key.name}=?` : '<expr>=?'))
  return `SEARCH ${alias} USING AUTOMATIC ${how}COVERING INDEX (${keys.join(' AND ')})`
}

function planNumber({ plan, isHex }: VirtualAccess): string {
  return isHex ? `0x${plan.toString(16)}` : String(plan)
}

function indexDetail(node: ScanNode, access: IndexAccess): string {
  const { index } = access
  const nameOf = (place: number): string => {
    const column = index.columns[place]?.column ?? -1
    if (column === -2) return '<expr>'
    return column === -1 ? 'rowid' : node.table.columns[column]!.name
  }
  const terms = [
    ...Array.from({ length: access.skipped }, (_, i) => `ANY(${nameOf(i)})`),
    ...access.equal.map((_, i) => `${nameOf(access.skipped + i)}=?`),
  ]
  let place = terms.length
  if (access.in !== null) terms.push(`${nameOf(place++)}=?`)
  for (let i = access.afterIn.length; i > 0; i--) terms.push(`${nameOf(place++)}=?`)
  terms.push(...rangeDetail(nameOf(place), access.low, access.high))
  const isTable = node.table.withoutRowid && index.origin === 'pk'
  const name = isTable ? 'PRIMARY KEY' : `${access.covering ? 'COVERING ' : ''}INDEX ${index.name}`
  if (terms.length === 0) {
    return isTable ? `SCAN ${node.alias}` : `SCAN ${node.alias} USING ${name}`
  }
  return `SEARCH ${node.alias} USING ${name} (${terms.join(' AND ')})`
}

/** SQLite writes strict and inclusive bounds alike. */
function rangeDetail(name: string, low: RangeBound | null, high: RangeBound | null): string[] {
  const terms: string[] = []
  if (low !== null && low.notNull !== true) terms.push(`${name}>?`)
  if (high !== null) terms.push(`${name}<?`)
  return terms
}
