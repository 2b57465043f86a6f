/**
 * GROUP BY and aggregates. Each group has an object with its key values, the running answers of the aggregates and
 * the bare columns; without GROUP BY these are plain variables.
 *
 * Groups are found by hash: a `Map` from the key of one column, two nested maps for two, one joined key for more.
 * Where the input arrives grouped, one group at a time is enough.
 */
import { mapOperands } from '../../plan/index.ts'
import type { AggregateCall, AggregateNode, BoundExpression } from '../../plan/index.ts'
import { joinKeys, rowComparison, sortRows } from '../../runtime/index.ts'
import { assert } from '../../base/assert.ts'
import { aggregateCode } from './aggregate-call.ts'
import type { AggregateCode } from './aggregate-call.ts'
import { integerText } from '../emit/quote.ts'
import type { Block, Frame } from '../emit/block.ts'
import { keyText } from '../expression/comparison.ts'
import type { Generation, Source } from '../source/generation.ts'
import { anyValue, integerKind, mayBe, nullKind } from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { VariablesSource } from '../source/sources.ts'
import { visibleSources } from '../source/visible.ts'

export function produceAggregate(
  generation: Generation,
  node: AggregateNode,
  consume: () => void,
): void {
  switch (node.strategy) {
    case 'count':
      produceCount(generation, node, consume)
      return
    case 'extreme':
      produceExtreme(generation, node, consume)
      return
    case 'single':
      produceSingle(generation, node, consume)
      return
    case 'ordered':
      if (node.groupBy.length > 0) produceOrdered(generation, node, consume)
      else produceSingle(generation, node, consume)
      return
    case 'hash':
      if (node.groupBy.length > 0) produceHashGroups(generation, node, consume)
      else produceSingle(generation, node, consume)
      return
    default:
      node.strategy satisfies never
  }
}

/** The columns of an aggregation, read from cells. */
class GroupSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #cells: readonly (() => Code)[]
  readonly #kinds: readonly Kinds[]
  readonly #values = new Map<number, { code: Code; block: Block }>()

  constructor(generation: Generation, cells: readonly (() => Code)[]) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#cells = cells
    this.#kinds = cells.map((cell) => cell().kinds)
  }

  kinds(column: number): Kinds {
    return this.#kinds[column]!
  }

  column(column: number): Code {
    const { emitter } = this.#generation
    const known = this.#values.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return known.code
    const code = emitter.name(this.#cells[column]!())
    this.#values.set(column, { code, block: emitter.block })
    return code
  }
}

/**
 * A bare column of a group without rows: NULL, but where it was a column of a subquery that has been flattened, what that computes
 * of a row of NULLs.
 */
function bareOfNothing(generation: Generation, node: AggregateNode, bare: BoundExpression): string {
  if (bare.kind === 'column' || node.groupBy.length > 0) return 'null'
  const sources = new Set(visibleSources(node.input))
  const withoutRow = (e: BoundExpression): BoundExpression => {
    if (e.kind === 'column') return sources.has(e.source) ? { kind: 'literal', value: null } : e
    return mapOperands(e, withoutRow, (query) => query)
  }
  return generation.plainValue(withoutRow(bare)).text
}

/** What is kept for a group, and how. */
class Group {
  readonly #generation: Generation
  readonly #node: AggregateNode
  /** null: in variables. */
  readonly #object: string | null
  /** Where its variables are. */
  readonly #frame: Frame
  readonly members: string[] = []
  readonly #keys: Code[] = []
  readonly #calls: AggregateCode[] = []
  readonly #bare: string[] = []
  #started: string | null = null

  constructor(generation: Generation, node: AggregateNode, object: string | null) {
    this.#generation = generation
    this.#node = node
    this.#object = object
    this.#frame = generation.emitter.frame
  }

  #cell(prefix: string, initial: string): string {
    const { emitter } = this.#generation
    if (this.#object === null) {
      const name = emitter.state(prefix, this.#frame)
      this.members.push(`${name} = ${initial}`)
      return name
    }
    const name = emitter.fresh(prefix)
    this.members.push(`${name}: ${initial}`)
    return `${this.#object}.${name}`
  }

  /** Makes all cells. A row of the input is current; `keys` are its key values. */
  define(keys: readonly Code[]): void {
    const generation = this.#generation
    const node = this.#node
    for (const key of keys) {
      const text = this.#cell('key', generation.toValue(key).text)
      this.#keys.push({ text, kinds: anyValue, simple: false })
    }
    const newCell = (prefix: string, initial: string): string => this.#cell(prefix, initial)
    for (const [i, call] of node.aggregates.entries()) {
      const decides = i === node.bareFrom && node.bare.length > 0
      const onBetter = decides ? (): void => this.#takeBare() : null
      this.#calls.push(aggregateCode(generation, call, newCell, onBetter))
    }
    for (let i = 0; i < node.bare.length; i++) this.#bare.push(this.#cell('bare', 'null'))
    if (node.bare.length > 0) this.#started = this.#cell('taken', 'false')
  }

  /** Emits the bare columns of a group that has no rows yet. */
  bareOfNothing(): void {
    const { emitter } = this.#generation
    for (const [i, cell] of this.#bare.entries()) {
      const text = bareOfNothing(this.#generation, this.#node, this.#node.bare[i]!)
      if (text !== 'null') emitter.line(`${cell} = ${text}`)
    }
  }

  /** Emits what the current row does to the group. */
  step(): void {
    const { emitter } = this.#generation
    // Bare columns are those of the first row, until min() or max() chooses another.
    if (this.#started !== null)
      emitter.nested(`if (!${this.#started})`, () => {
        emitter.line(`${this.#started!} = true`)
        this.#takeBare()
      })
    for (const call of this.#calls) call.step()
  }

  #takeBare(): void {
    const { emitter } = this.#generation
    for (const [i, cell] of this.#bare.entries())
      emitter.line(`${cell} = ${this.#generation.plainValue(this.#node.bare[i]!).text}`)
  }

  /** Binds the aggregation's source to the group's cells. */
  bind(): void {
    const cells = [
      ...this.#keys.map((key) => () => key),
      ...this.#calls.map((call) => call.result),
      ...this.#bare.map((text) => (): Code => ({ text, kinds: anyValue, simple: false })),
    ]
    this.#generation.sources.set(this.#node.source, new GroupSource(this.#generation, cells))
    // The one answer that may be an error is asked for whether HAVING lets the group through or not.
    for (const [i, call] of this.#node.aggregates.entries())
      if (call.function.name === 'sum')
        this.#generation.column(this.#node.source, this.#keys.length + i)
  }
}

function produceSingle(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('aggregate')
  const group = new Group(generation, node, null)
  const input = emitter.detached(() => {
    emitter.once(() => {
      generation.produce(node.input, () => {
        group.define([])
        group.step()
      })
    })
  })
  for (const member of group.members) emitter.line(member)
  group.bareOfNothing()
  emitter.attach(input)
  group.bind()
  consume()
}

/** The values of the group's keys for the current row, and what they are found by. */
function groupKeys(
  generation: Generation,
  node: AggregateNode,
): { values: Code[]; keys: string[] } {
  const { emitter } = generation
  const values = node.groupBy.map(({ expression }) => {
    if (expression.kind !== 'column') return generation.named(expression)
    const source = generation.source(expression.source)
    if (source.frame !== emitter.frame || source.repeatedColumn === undefined)
      return generation.named(expression)
    return source.repeatedColumn(expression.column)
  })
  const keys = values.map((value, i) => {
    const text = keyText(generation, value, node.groupBy[i]!.collation)
    return emitter.name({ text, kinds: 0, simple: /^\w+$/.test(text) }).text
  })
  return { values, keys }
}

function produceHashGroups(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('group')
  const groups = emitter.state('groups')
  const list = emitter.state('list')
  const name = emitter.fresh('g')
  const group = new Group(generation, node, name)
  emitter.line(`${groups} = new Map()`)
  emitter.line(`${list} = []`)
  emitter.once(() => {
    generation.produce(node.input, () => {
      const { values, keys } = groupKeys(generation, node)
      const { map, key } = lookup(generation, groups, keys)
      emitter.line(`let ${name} = ${map}.get(${key})`)
      group.define(values)
      emitter.nested(`if (${name} === undefined)`, () => {
        emitter.line(`${name} = { ${group.members.join(', ')} }`)
        emitter.line(`${map}.set(${key}, ${name})`)
        const row = node.sorted
          ? `[${values.map((value) => generation.toValue(value).text).join(', ')}, ${name}]`
          : name
        emitter.line(`${list}.push(${row})`)
      })
      group.step()
    })
  })
  if (node.sorted) sortGroups(generation, node, list)
  emitter.loop(`for (let i = 0; i < ${list}.length; i++)`, () => {
    emitter.line(`const ${name} = ${list}[i]${node.sorted ? `[${node.groupBy.length}]` : ''}`)
    group.bind()
    consume()
  })
}

function sortGroups(generation: Generation, node: AggregateNode, list: string): void {
  const { emitter, encoding } = generation
  const keys = node.groupBy.map(({ collation }, place) => ({
    place,
    descending: false,
    nullsFirst: true,
    collation,
  }))
  const compare = emitter.slot(rowComparison(keys, encoding))
  const sort = emitter.use('sortRows', sortRows)
  emitter.line(`${list} = ${sort}(${list}, ${emitter.slot(keys)}, ${compare}, '${encoding}')`)
}

/** The map in which to look, and the key to look for. */
function lookup(
  generation: Generation,
  groups: string,
  keys: readonly string[],
): { map: string; key: string } {
  const { emitter } = generation
  if (keys.length === 1) return { map: groups, key: keys[0]! }
  if (keys.length === 2) {
    const inner = emitter.fresh('inner')
    emitter.line(`let ${inner} = ${groups}.get(${keys[0]!})`)
    emitter.line(`if (${inner} === undefined) ${groups}.set(${keys[0]!}, ${inner} = new Map())`)
    return { map: inner, key: keys[1]! }
  }
  const text = `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
  return { map: groups, key: emitter.name({ text, kinds: 0, simple: false }).text }
}

/** The input arrives grouped: a group is finished when another begins. */
function produceOrdered(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('group rows that arrive in order')
  const name = emitter.state('group')
  const last = node.groupBy.map(() => emitter.state('last'))
  const { frame } = emitter
  const group = new Group(generation, node, name)
  let row: Frame | null = null
  emitter.line(`${name} = undefined`)
  emitter.once(() => {
    generation.produce(node.input, () => {
      const { values, keys } = groupKeys(generation, node)
      group.define(values)
      // First what a row does: only then is it known what the answers can be.
      const step = emitter.detached(() => group.step())
      const body = (): void => {
        group.bind()
        consume()
        emitter.line('return 0')
      }
      row = emitter.function('row', 'return 0', body, new Set(), frame)
      const isNew = keys.map((key, i) => `${key} !== ${last[i]!}`).join(' || ')
      emitter.nested(`if (${name} === undefined || ${isNew})`, () => {
        emitter.nested(`if (${name} !== undefined)`, () => emitter.callConsumer(row!))
        for (const [i, key] of keys.entries()) emitter.line(`${last[i]!} = ${key}`)
        emitter.line(`${name} = { ${group.members.join(', ')} }`)
      })
      emitter.attach(step)
    })
  })
  emitter.nested(`if (${name} !== undefined)`, () => emitter.callConsumer(row!))
}

/** count(*) of a whole table or index: pages are counted, rows are not read. */
function produceCount(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  const { input } = node
  assert(input.kind === 'scan', 'only a scan can be counted without reading')
  emitter.comment(`count the rows of ${input.table.name}`)
  const { access, table } = input
  const database = generation.database(table.database)
  const tree =
    access.kind === 'index'
      ? `${database}.indexTree(${integerText(access.index.root)})`
      : table.withoutRowid
        ? `${database}.indexTree(${integerText(table.root)})`
        : `${database}.tableTree(${integerText(table.root)})`
  const count = emitter.name({ text: `${tree}.count()`, kinds: integerKind, simple: false })
  generation.sources.set(
    node.source,
    new VariablesSource(
      generation,
      node.aggregates.map(() => count),
    ),
  )
  consume()
}

/** min() or max() of an input in its order: the first row that is not NULL has it. */
function produceExtreme(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  const call = node.aggregates[0] as AggregateCall
  emitter.comment(`${call.function.name} of rows in order`)
  const best = emitter.state('best')
  const bare = node.bare.map(() => emitter.state('bare'))
  emitter.line(`${best} = null`)
  for (const [i, name] of bare.entries())
    emitter.line(`${name} = ${bareOfNothing(generation, node, node.bare[i]!)}`)
  let kinds: Kinds = nullKind
  emitter.stoppable((stop) => {
    emitter.once(() => {
      generation.produce(node.input, () => {
        // All of the group's rows may be NULL: the bare columns are then the last row's.
        const value = generation.named(call.args[0]!)
        kinds |= value.kinds
        for (const [i, name] of bare.entries())
          emitter.line(`${name} = ${generation.plainValue(node.bare[i]!).text}`)
        if (mayBe(value, nullKind)) emitter.guard(`${value.text} !== null`)
        emitter.line(`${best} = ${value.text}`)
        emitter.stop(stop)
      })
    })
  })
  const columns: Code[] = [
    { text: best, kinds, simple: true },
    ...bare.map((text): Code => ({ text, kinds: anyValue, simple: true })),
  ]
  generation.sources.set(node.source, new VariablesSource(generation, columns))
  consume()
}
