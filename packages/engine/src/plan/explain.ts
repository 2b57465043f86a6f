/**
 * EXPLAIN QUERY PLAN: the optimised plan in the words of SQLite. (EXPLAIN QUERY PLAN)
 *
 * One row for each loop and for each structure that is built on the way; `parent` says inside which
 * other row it belongs, 0 for the outermost. Details read as SQLite's; where we do what SQLite does not
 * (a hash table for an equi-join), its nearest word is used: AUTOMATIC COVERING INDEX.
 */
import { rowCount } from './constant-rows.ts'
import type { BoundExpression, Subquery } from './expression.ts'
import { ignoreInput, visitExpression, visitNode } from './walk/visit.ts'
import type { BoundStatement } from './statement.ts'
import type {
  CompoundNode,
  RecursiveNode,
  DerivedNode,
  IndexAccess,
  PlanNode,
  RangeBound,
  ScanNode,
  VirtualAccess,
} from './node.ts'

export interface ExplainRow {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

export function explainQueryPlan(statement: BoundStatement): readonly ExplainRow[] {
  const explainer = new Explainer()
  switch (statement.kind) {
    case 'query':
      explainer.plan(statement.plan, 0)
      break
    case 'insert':
    case 'update':
    case 'delete':
      if (statement.input !== null) explainer.plan(statement.input, 0)
      for (const returned of statement.returning?.expressions ?? []) {
        explainer.subqueriesOf(returned, 0)
      }
      break
    case 'view-change':
      explainer.plan(statement.input, 0)
      for (const returned of statement.returning?.expressions ?? []) {
        explainer.subqueriesOf(returned, 0)
      }
      break
    case 'create-table':
      if (statement.query !== null) explainer.plan(statement.query.plan, 0)
      break
    default:
  }
  return explainer.rows
}

class Explainer {
  readonly rows: ExplainRow[] = []
  readonly #seen = new Set<number>()
  #windows = 0

  #add(parent: number, detail: string): number {
    const id = this.rows.length + 1
    this.rows.push({ id, parent, detail })
    return id
  }

  plan(node: PlanNode, parent: number, isOptional: boolean = false): void {
    switch (node.kind) {
      case 'single-row':
        this.#add(parent, 'SCAN CONSTANT ROW')
        return
      case 'values':
        this.#expressions(node, parent)
        this.#add(
          parent,
          node.rows.length === 1
            ? 'SCAN CONSTANT ROW'
            : `SCAN ${rowCount(node.rows)} CONSTANT ROWS`,
        )
        return
      case 'scan':
        this.#add(parent, scanDetail(node) + (isOptional ? ' LEFT-JOIN' : ''))
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
        else this.#add(parent, hashDetail(nameOf(node.right), node.hash.buildKeys, ''))
        this.#expressions(node, parent)
        this.plan(node.right, this.#add(parent, `RIGHT-JOIN ${nameOf(node.right)}`))
        return
      case 'aggregate':
        this.plan(node.input, parent)
        if (node.strategy === 'extreme') this.#searches()
        this.#expressions(node, parent)
        if (node.strategy === 'hash') this.#add(parent, 'USE TEMP B-TREE FOR GROUP BY')
        for (const call of node.aggregates) {
          if (call.distinct)
            this.#add(parent, `USE TEMP B-TREE FOR ${call.function.name}(DISTINCT)`)
        }
        return
      case 'project':
        this.plan(node.input, parent)
        this.#expressions(node, parent)
        return
      case 'distinct':
        this.plan(node.input, parent)
        if (!node.ordered) this.#add(parent, 'USE TEMP B-TREE FOR DISTINCT')
        return
      case 'sort':
        this.plan(node.input, parent)
        this.#add(parent, 'USE TEMP B-TREE FOR ORDER BY')
        return
      case 'limit':
        this.plan(node.input, parent)
        this.#expressions(node, parent)
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
        this.plan(node.input, this.#add(parent, `CO-ROUTINE ${name}`))
        this.#add(parent, `SCAN ${name}`)
        return
      }
      default:
        node satisfies never
    }
  }

  /** The row that is worked on is read before all else. */
  #step({ step, alias }: RecursiveNode, parent: number): void {
    this.#add(parent, `SCAN ${alias}`)
    const start = this.rows.length
    this.plan(step, parent)
    if (this.rows[start]?.detail === 'SCAN CONSTANT ROW') this.rows.splice(start, 1)
  }

  /** The last row says SCAN, but only the first of its rows is read. */
  #searches(): void {
    const row = this.rows.at(-1)!
    this.rows[this.rows.length - 1] = { ...row, detail: row.detail.replace(/^SCAN/, 'SEARCH') }
  }

  #compound(node: CompoundNode, parent: number): void {
    if (node.left.kind === 'compound') this.#compound(node.left, parent)
    else this.plan(node.left, this.#add(parent, 'LEFT-MOST SUBQUERY'))
    const suffix = node.operator === 'UNION ALL' ? '' : ' USING TEMP B-TREE'
    this.plan(node.right, this.#add(parent, node.operator + suffix))
  }

  #derived(node: DerivedNode, parent: number, isOptional: boolean): void {
    const verb = node.materialized ? 'MATERIALIZE' : 'CO-ROUTINE'
    this.plan(node.input, this.#add(parent, `${verb} ${node.alias}`))
    const detail =
      node.hash === null
        ? `SCAN ${node.alias}`
        : `SEARCH ${node.alias} USING AUTOMATIC COVERING INDEX (${node.hash.buildColumns
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
    this.plan(query.plan, this.#add(parent, `${correlated}${what} SUBQUERY ${this.#seen.size}`))
  }
}

/** How the right side of a RIGHT JOIN is called. */
function nameOf(node: PlanNode): string {
  if (node.kind === 'filter') return nameOf(node.input)
  if (node.kind === 'join' || node.kind === 'outer-join') return nameOf(node.left)
  return node.kind === 'scan' || node.kind === 'derived' ? node.alias : 'subquery'
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
    const column = index.columns[place]?.column ?? -2
    if (column === -2) return '<expr>'
    return column === -1 ? 'rowid' : node.table.columns[column]!.name
  }
  const terms = access.equal.map((_, i) => `${nameOf(i)}=?`)
  let place = terms.length
  if (access.in !== null) terms.push(`${nameOf(place++)}=?`)
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
  if (low !== null) terms.push(`${name}>?`)
  if (high !== null) terms.push(`${name}<?`)
  return terms
}
