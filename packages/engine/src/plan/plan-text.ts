/**
 * A plan as text, for those who read it: one line for each node, its inputs below it, expressions in the words of SQL with
 * every source by its number (`s0.a`). EXPLAIN QUERY PLAN (`explain.ts`) says less, in SQLite's words.
 */
import { isConstantRows, rowCount } from './constant-rows.ts'
import type { AggregateCall, BoundExpression, SortKey, Subquery } from './expression.ts'
import type {
  Access,
  AccessArm,
  FrameEdge,
  InKeys,
  PlanNode,
  RangeBound,
  ScanNode,
  WindowNode,
} from './node.ts'
import type { BoundStatement } from './statement.ts'
import { Real, realToText, type Value } from '../record/index.ts'
import { visitStatement } from './walk/statement.ts'

/** All plans of a statement, and the expressions that stand in none. */
export function planText(statement: BoundStatement): string {
  const text = new PlanText()
  text.line(0, statement.kind)
  visitStatement(
    statement,
    (node) => text.node(node, 1),
    (expression) => text.line(1, text.expression(expression)),
  )
  return text.finish()
}

class PlanText {
  readonly #lines: string[] = []
  /** Subqueries that have been named, to be written below. */
  readonly #queries: Subquery[] = []
  #written = 0

  line(depth: number, text: string): void {
    this.#lines.push('  '.repeat(depth) + text)
  }

  /** The text, with the plans of the subqueries at its end. */
  finish(): string {
    for (; this.#written < this.#queries.length; this.#written++) {
      const { id, plan, source } = this.#queries[this.#written]!
      this.line(0, `query ${id} → s${source}`)
      this.node(plan, 1)
    }
    return this.#lines.join('\n')
  }

  node(node: PlanNode, depth: number): void {
    const below = depth + 1
    switch (node.kind) {
      case 'single-row':
        this.line(depth, 'one row')
        return
      case 'scan':
        this.line(
          depth,
          `s${node.source} = scan ${node.alias}${rowsText(node)}${this.#access(node.access)}`,
        )
        return
      case 'derived': {
        const how = node.shared ? ', shared' : node.materialized ? ', materialized' : ''
        const hash =
          node.hash === null
            ? ''
            : `, hash ${node.hash.buildColumns.join(', ')} = ${this.#list(node.hash.probeKeys)}`
        const name = `s${node.source} = derived ${node.alias} of s${node.inputSource}`
        this.line(depth, name + how + hash)
        this.node(node.input, below)
        return
      }
      case 'values': {
        const rows = node.rows.map((row) =>
          isConstantRows(row) ? `${rowCount([row])} rows` : `(${this.#list(row)})`,
        )
        this.line(depth, `s${node.source} = values ${rows.join(', ')}`)
        return
      }
      case 'filter':
        this.line(depth, `filter ${this.expression(node.condition)}`)
        this.node(node.input, below)
        return
      case 'join': {
        const on = node.on === null ? '' : ` on ${this.expression(node.on)}`
        this.line(depth, `${node.type} join${on}`)
        this.node(node.left, below)
        this.node(node.right, below)
        return
      }
      case 'outer-join': {
        const { hash } = node
        const on = node.on === null ? '' : ` on ${this.expression(node.on)}`
        const keys =
          hash === null
            ? ''
            : ` by hash [${this.#list(hash.buildKeys)}] = [${this.#list(hash.probeKeys)}]`
        const how = node.materialized ? ', materialized' : ''
        this.line(depth, `${node.type} join${keys}${on}${how}`)
        this.node(node.left, below)
        this.node(node.right, below)
        return
      }
      case 'aggregate': {
        const keys = node.groupBy
          .map(
            ({ expression, descending, isDetermined }) =>
              this.expression(expression) +
              (descending ? ' desc' : '') +
              (isDetermined ? ' (determined)' : ''),
          )
          .join(', ')
        const calls = node.aggregates.map((call) => this.#call(call)).join(', ')
        const bare = node.bare.length === 0 ? '' : ` bare ${this.#list(node.bare)}`
        const order = node.sorted ? ', in order' : ''
        const what = `s${node.source} = aggregate [${calls}] by [${keys}]${bare}`
        this.line(depth, `${what}, ${node.strategy}${order}`)
        this.node(node.input, below)
        return
      }
      case 'project':
        this.line(depth, `s${node.source} = project ${this.#list(node.columns)}`)
        this.node(node.input, below)
        return
      case 'distinct':
        this.line(depth, `distinct ${node.columnCount}${node.ordered ? ', side by side' : ''}`)
        this.node(node.input, below)
        return
      case 'sort': {
        const top = node.top === null ? '' : `, first ${this.expression(node.top)}`
        const some = node.presorted === undefined ? '' : `, ${node.presorted} in order already`
        this.line(depth, `sort ${this.#keys(node.keys)}${top}${some}`)
        this.node(node.input, below)
        return
      }
      case 'limit': {
        const offset = node.offset === null ? '' : ` offset ${this.expression(node.offset)}`
        this.line(depth, `limit ${this.expression(node.limit)}${offset}`)
        this.node(node.input, below)
        return
      }
      case 'compound': {
        const reals = node.reals === null ? '' : ', read as reals'
        this.line(
          depth,
          `s${node.source} = ${node.operator}${node.sorted ? ', in order' : ''}${reals}`,
        )
        this.node(node.left, below)
        this.node(node.right, below)
        return
      }
      case 'recursive': {
        const kind = node.distinct ? 'UNION' : 'UNION ALL'
        const order = node.order === null ? '' : ` by ${this.#keys(node.order)}`
        this.line(depth, `s${node.source} = recursive ${kind} over s${node.current}${order}`)
        this.node(node.setup, below)
        this.node(node.step, below)
        return
      }
      case 'window':
        this.line(depth, `s${node.source} = ${this.#window(node)}`)
        this.node(node.input, below)
        return
      default:
        node satisfies never
    }
  }

  #window(node: WindowNode): string {
    const partition = this.#list(node.partitionBy.map(({ expression }) => expression))
    const calls = node.calls.map(({ function: f, args, filter, frame }) => {
      const over = node.frames.length > 1 ? ` over frame ${frame}` : ''
      const where = filter === null ? '' : ` filter ${this.expression(filter)}`
      return `${f.function.name}(${this.#list(args)})${where}${over}`
    })
    const frames = node.frames.map(({ unit, start, end, exclude }) => {
      const without = exclude === 'no-others' ? '' : `, without ${exclude}`
      return `${unit} ${this.#edge(start)} to ${this.#edge(end)}${without}`
    })
    const parts = [
      `window ${calls.join(', ')}`,
      ...(partition === '' ? [] : [`by ${partition}`]),
      ...(node.orderBy.length === 0 ? [] : [`in order ${this.#keys(node.orderBy)}`]),
      ...frames,
      ...(node.kept.length === 0 ? [] : [`keeping ${this.#list(node.kept)}`]),
    ]
    return parts.join('; ')
  }

  #edge(edge: FrameEdge): string {
    if (edge.kind !== 'preceding' && edge.kind !== 'following') return edge.kind
    return `${this.expression(edge.offset)} ${edge.kind}`
  }

  #arm({ access, filter }: AccessArm): string {
    const where = filter === null ? '' : ` where ${this.expression(filter)}`
    return this.#access(access).slice(2) + where
  }

  #access(access: Access): string {
    switch (access.kind) {
      case 'full':
        return access.reverse ? ', backwards' : ''
      case 'rowid':
        return `, rowid = ${this.expression(access.key)}`
      case 'rowid-range':
        return `, rowid${this.#range(access.low, access.high)}${access.reverse ? ', backwards' : ''}`
      case 'rowid-in':
        return `, rowid in (${this.#inKeys(access.keys)})`
      case 'index': {
        const parts = access.equal.map(
          ({ key, nullSafe }) => `${nullSafe ? 'is' : '='} ${this.expression(key)}`,
        )
        for (let i = 0; i < access.skipped; i++) parts.unshift('any')
        if (access.in !== null) parts.push(`in (${this.#inKeys(access.in)})`)
        for (const { key } of access.afterIn) parts.push(`= ${this.expression(key)}`)
        const range = this.#range(access.low, access.high)
        if (range !== '') parts.push(range.trim())
        const how = `${access.covering ? ', covering' : ''}${access.reverse ? ', backwards' : ''}`
        return `, index ${access.index.name} [${parts.join('; ')}]${how}`
      }
      case 'any':
        return `, any of (${access.arms.map((arm) => this.#arm(arm)).join('; ')})`
      case 'hash': {
        const filter = access.filter === null ? '' : ` where ${this.expression(access.filter)}`
        const keys = `${this.#list(access.buildKeys)} = ${this.#list(access.probeKeys)}`
        return `, hash ${keys}${filter}`
      }
      case 'virtual': {
        const args = access.args.map((arg) =>
          arg.kind === 'in' ? `in (${this.#inKeys(arg.keys)})` : this.expression(arg.key),
        )
        return `, virtual ${access.plan}${access.text} (${args.join(', ')})`
      }
      default:
        return access satisfies never
    }
  }

  #range(low: RangeBound | null, high: RangeBound | null): string {
    if (low?.notNull === true) return ' not null'
    const from = low === null ? '' : ` >${low.inclusive ? '=' : ''} ${this.expression(low.key)}`
    const to =
      high === null
        ? ''
        : ` <${high.inclusive ? '=' : ''} ${this.expression(high.key)}${high.thenBlobs === true ? ' then blobs' : ''}`
    return from + to
  }

  #inKeys(keys: InKeys): string {
    return keys.kind === 'list' ? this.#list(keys.items) : this.#query(keys.query)
  }

  #list(expressions: readonly BoundExpression[]): string {
    return expressions.map((expression) => this.expression(expression)).join(', ')
  }

  #keys(keys: readonly SortKey[]): string {
    return keys
      .map(({ expression, descending, collation }) => {
        const by = collation === 'BINARY' ? '' : ` collate ${collation}`
        return `${this.expression(expression)}${by}${descending ? ' desc' : ''}`
      })
      .join(', ')
  }

  #call({ function: { name }, args, distinct, filter, orderBy }: AggregateCall): string {
    const inner = `${distinct ? 'distinct ' : ''}${args.length === 0 ? '*' : this.#list(args)}`
    const order = orderBy.length === 0 ? '' : ` order by ${this.#keys(orderBy)}`
    const only = filter === null ? '' : ` filter ${this.expression(filter)}`
    return `${name}(${inner}${order})${only}`
  }

  #query(query: Subquery): string {
    if (!this.#queries.includes(query)) this.#queries.push(query)
    return `query ${query.id}`
  }

  expression(e: BoundExpression): string {
    switch (e.kind) {
      case 'literal':
        return literalText(e.value)
      case 'parameter':
        return `?${e.index}`
      case 'column':
        return `${e.isUnindexed === true ? '+' : ''}s${e.source}.${e.name}`
      case 'negate':
        return `-${this.#part(e.operand)}`
      case 'bit-not':
        return `~${this.#part(e.operand)}`
      case 'not':
        return `not ${this.#part(e.operand)}`
      case 'arithmetic':
      case 'compare':
        return `${this.#part(e.left)} ${e.operator} ${this.#part(e.right)}`
      case 'and':
      case 'or':
        return e.operands.map((operand) => this.#part(operand)).join(` ${e.kind} `)
      case 'is-null':
        return `${this.#part(e.operand)} is ${e.negated ? 'not ' : ''}null`
      case 'is-truth':
        return `${this.#part(e.operand)} is ${e.negated ? 'not ' : ''}${e.truth}`
      case 'between': {
        const { operand, low, high } = e
        const range = `between ${this.#part(low)} and ${this.#part(high)}`
        return `${this.#part(operand)} ${e.negated ? 'not ' : ''}${range}`
      }
      case 'in-list':
        return `${this.#part(e.operand)} ${e.negated ? 'not ' : ''}in (${this.#list(e.items)})`
      case 'in-query': {
        const left = e.operands.length === 1 ? this.#part(e.operands[0]!) : this.#list(e.operands)
        return `${left} ${e.negated ? 'not ' : ''}in (${this.#query(e.query)})`
      }
      case 'exists':
        return `exists (${this.#query(e.query)})`
      case 'scalar-query':
        return `(${this.#query(e.query)}${e.query.columnCount > 1 ? `, ${e.column}` : ''})`
      case 'case': {
        const branches = e.branches.map(
          ({ when, then }) => `when ${this.expression(when)} then ${this.expression(then)} `,
        )
        const otherwise = e.otherwise === null ? '' : `else ${this.expression(e.otherwise)} `
        return `case ${branches.join('')}${otherwise}end`
      }
      case 'let':
        return `let x${e.id} = ${this.expression(e.value)} in ${this.expression(e.body)}`
      case 'local':
        return `x${e.id}`
      case 'cast':
        return `cast(${this.expression(e.operand)} as ${e.affinity})`
      case 'function':
        return `${e.function.name}(${this.#list(e.args)})`
      default:
        return e satisfies never
    }
  }

  /** An operand: in parentheses where it has operands of its own. */
  #part(e: BoundExpression): string {
    switch (e.kind) {
      case 'arithmetic':
      case 'compare':
      case 'and':
      case 'or':
      case 'not':
      case 'between':
      case 'is-null':
      case 'is-truth':
      case 'in-list':
      case 'in-query':
        return `(${this.expression(e)})`
      default:
        return this.expression(e)
    }
  }
}

function literalText(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (value instanceof Real) return realToText(value.value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return String(value)
}

function rowsText({ table: { rowEstimate } }: ScanNode): string {
  return rowEstimate === null ? '' : ` (about ${rowEstimate} rows)`
}
