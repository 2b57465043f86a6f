/**
 * GROUP BY and aggregates. Each group has an object with its key values, the running answers of the aggregates and
 * the bare columns; without GROUP BY these are plain variables.
 *
 * Groups are found by hash: a `Map` from the key of one column, two nested maps for two, one joined key for more.
 * Where the input arrives grouped, one group at a time is enough.
 */
import { mapOperands, visibleSources } from '../../plan/index.ts'
import type { AggregateCall, AggregateNode, BoundExpression, GroupKey } from '../../plan/index.ts'
import { TextCache } from '../../record/index.ts'
import { counting, GroupRows, joinKeys, rowComparison } from '../../runtime/index.ts'
import { assert } from '../../base/assert.ts'
import { aggregateCode } from './aggregate-call.ts'
import type { AggregateCode } from './aggregate-call.ts'
import { integerText } from '../emit/quote.ts'
import type { Block, Frame } from '../emit/block.ts'
import { keyText } from '../expression/keys.ts'
import { isWritten, textBytesOf } from '../expression/written-text.ts'
import type { Generation, Source } from '../source/generation.ts'
import { anyValue, integerKind, mayBe, notNullText, nullKind, textKind } from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { VariablesSource } from '../source/sources.ts'

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

/** What is read of a row that is kept for later: for each aggregate, and the bare columns. */
interface KeptFields {
  readonly calls: readonly (readonly Code[])[]
  readonly bare: readonly Code[]
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
  /** Names of the cells of the keys. */
  readonly #keyCells: string[] = []
  readonly #keys: Code[] = []
  readonly #calls: AggregateCode[] = []
  readonly #bare: string[] = []
  #started: string | null = null
  /** The bare columns of a row that was kept for later; null: of the current row. */
  #bareFields: readonly string[] | null = null

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

  /** Makes all cells. A row of the input is current; `keys` are its key values; null: it comes by `complete`. */
  define(keys: readonly (Code | null)[]): void {
    const generation = this.#generation
    const node = this.#node
    for (const key of keys) {
      const text = this.#cell('key', key === null ? '' : generation.toValue(key).text)
      this.#keyCells.push(text.slice(text.lastIndexOf('.') + 1))
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

  /** All key values of the current row, with which the group begins. */
  complete(values: readonly string[]): void {
    for (const [i, name] of this.#keyCells.entries()) this.members[i] = `${name}: ${values[i]!}`
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
    this.#steps((call) => call.step())
  }

  #steps(stepOf: (call: AggregateCode, i: number) => void): void {
    const { emitter } = this.#generation
    // Bare columns are those of the first row, until min() or max() chooses another.
    if (this.#started !== null)
      emitter.nested(`if (!${this.#started})`, () => {
        emitter.line(`${this.#started!} = true`)
        this.#takeBare()
      })
    for (const [i, call] of this.#calls.entries()) stepOf(call, i)
  }

  /** Emits that no more rows come: what DISTINCT has seen is not wanted any more. */
  end(): void {
    for (const call of this.#calls) call.end()
  }

  /** Emits the evaluation of all that is read of the current row besides its keys. */
  collect(): KeptFields {
    const generation = this.#generation
    const calls = this.#calls.map((call) => call.collect())
    const bare = this.#node.bare.map((one) => generation.emitter.name(generation.plainValue(one)))
    return { calls, bare }
  }

  /** The group that begins with a kept row, whose first fields are the key values. */
  membersOf(row: string): string {
    const keys = this.#keyCells.map((name, i) => `${name}: ${row}[${i}]`)
    return `{ ${[...keys, ...this.members.slice(keys.length)].join(', ')} }`
  }

  /** Emits what a kept row does to the group. */
  stepLater(fields: KeptFields, row: string): void {
    let place = this.#keys.length
    const read = (code: Code): Code => ({
      text: `${row}[${place++}]`,
      kinds: code.kinds,
      simple: false,
    })
    const calls = fields.calls.map((codes) => codes.map(read))
    this.#bareFields = fields.bare.map((code) => read(code).text)
    this.#steps((call, i) => call.stepLater(calls[i]!))
    this.#bareFields = null
  }

  #takeBare(): void {
    const { emitter } = this.#generation
    for (const [i, cell] of this.#bare.entries()) {
      const kept = this.#bareFields?.[i]
      const text = kept ?? this.#generation.plainValue(this.#node.bare[i]!).text
      emitter.line(`${cell} = ${text}`)
    }
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
      if (call.function.name === 'sum' || call.function.isUsers === true)
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
  group.end()
  group.bind()
  consume()
}

/** A text that is computed, of which there are few distinct ones; null: it is none. */
function repeatedText(generation: Generation, expression: BoundExpression): Code | null {
  if (!isWritten(generation, expression)) return null
  const bytes = textBytesOf(generation, expression)
  if (bytes === null) return null
  const { emitter } = generation
  const cache = emitter.fresh('texts')
  emitter.link(`const ${cache} = new ${emitter.use('TextCache', TextCache)}()`)
  const { isText, data, offset, size, other } = bytes
  const text = `${isText} ? ${cache}.get(${data}, ${offset}, ${size}) : ${other}`
  const kinds = other === 'null' ? nullKind | textKind : anyValue
  return emitter.name({ text, kinds, simple: false })
}

/** The values of the group's keys for the current row, and what they are found by. */
interface GroupKeys {
  /** null: the other keys determine it, and it is evaluated for the first row of a group alone. */
  readonly values: readonly (Code | null)[]
  /** Of those that are evaluated for each row. */
  readonly keys: readonly string[]
  /** Emits the evaluation of what is left, and answers all values. */
  readonly all: () => readonly string[]
}

function groupKeys(generation: Generation, node: AggregateNode): GroupKeys {
  const { emitter } = generation
  const valueOf = ({ expression }: GroupKey): Code => {
    if (expression.kind !== 'column')
      return repeatedText(generation, expression) ?? generation.named(expression)
    const source = generation.source(expression.source)
    if (source.frame !== emitter.frame || source.repeatedColumn === undefined)
      return generation.named(expression)
    return source.repeatedColumn(expression.column)
  }
  const values = node.groupBy.map((key) => (key.isDetermined === true ? null : valueOf(key)))
  const keys = values.flatMap((value, i) => {
    if (value === null) return []
    const text = keyText(generation, value, node.groupBy[i]!.collation)
    return [emitter.name({ text, kinds: 0, simple: /^\w+$/.test(text) }).text]
  })
  const all = (): readonly string[] =>
    node.groupBy.map((key, i) => generation.toValue(values[i] ?? valueOf(key)).text)
  return { values, keys, all }
}

function produceHashGroups(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter, encoding } = generation
  emitter.comment('group')
  const groups = emitter.state('groups')
  const list = emitter.state('list')
  const full = emitter.state('full')
  const name = emitter.fresh('g')
  const { frame } = emitter
  const group = new Group(generation, node, name)
  const keys = node.groupBy.map(({ collation, descending }, place) => ({
    place,
    descending: descending === true,
    nullsFirst: descending !== true,
    collation,
  }))
  const order = `${emitter.slot(keys)}, ${emitter.slot(rowComparison(keys, encoding, generation.collations))}, '${encoding}'`
  const hasSets = node.aggregates.some((call) => call.distinct)
  const rows = `new ${emitter.use('GroupRows', GroupRows)}(${generation.spill()}, ${order}, ${node.sorted}, ${hasSets})`
  emitter.line(`${groups} = new Map()`)
  emitter.line(`${list} = []`)
  emitter.line(`${full} = ${spilling(generation, rows)}`)
  let later = ''
  emitter.once(() => {
    generation.produce(node.input, () => {
      const { values, keys, all } = groupKeys(generation, node)
      const { map, key, store } = lookup(generation, groups, keys)
      emitter.line(`let ${name} = ${map}.get(${key})`)
      group.define(values)
      emitter.nested(`if (${name} === undefined)`, () => {
        const texts = all()
        group.complete(texts)
        emitter.nested(`if (${full}.isFull)`, () => {
          const fields = group.collect()
          later = emitGroupLater(generation, group, name, fields, frame)
          const kept = [...fields.calls.flat(), ...fields.bare].map((code) => code.text)
          emitter.line(`${full}.add([${[...texts, ...kept].join(', ')}])`)
          emitter.line(emitter.skip)
        })
        emitter.line(`${name} = { ${group.members.join(', ')} }`)
        store(name)
        const size = `${list}.push(${node.sorted ? `[${[...texts, name].join(', ')}]` : name})`
        emitter.line(`if (${size} >= ${full}.nextCheck) ${full}.check(${list}.length, ${name})`)
      })
      group.step()
    })
  })
  const parts = emitter.work(`${full}.parts`, `${full}.collecting`, `${list}, ${later}`)
  eachRowOf(generation, parts, (row) => {
    emitter.line(`const ${name} = ${row}${node.sorted ? `[${node.groupBy.length}]` : ''}`)
    group.bind()
    consume()
  })
}

/** The functions that make a group of a kept row, and let such a row step it, as arguments. */
function emitGroupLater(
  generation: Generation,
  group: Group,
  name: string,
  fields: KeptFields,
  parent: Frame,
): string {
  const { emitter } = generation
  const row = emitter.fresh('row')
  const take = (parameter: string): void => {
    const code: Code = { text: parameter, kinds: anyValue, simple: true }
    const argument = (): string => parameter
    emitter.frame.parameters.set(parameter, { key: parameter, name: parameter, argument, code })
  }
  const make = emitter.function(
    'make',
    'return',
    () => {
      take(row)
      emitter.line(`return ${group.membersOf(row)}`)
    },
    new Set(),
    parent,
  )
  const step = emitter.function(
    'step',
    'return',
    () => {
      take(name)
      take(row)
      group.stepLater(fields, row)
    },
    new Set(),
    parent,
  )
  assert(!make.pauses && !step.pauses, 'what the runtime calls back has no loop')
  return `${make.name}, ${step.name}`
}

/** Where a group is looked for, by which key, and how it is stored. */
function lookup(
  generation: Generation,
  groups: string,
  keys: readonly string[],
): { map: string; key: string; store: (group: string) => void } {
  const { emitter } = generation
  const storeIn = (key: string) => (group: string) =>
    emitter.line(`${groups}.set(${key}, ${group})`)
  if (keys.length === 1) return { map: groups, key: keys[0]!, store: storeIn(keys[0]!) }
  if (keys.length === 2) {
    const inner = emitter.fresh('inner')
    emitter.line(`let ${inner} = ${groups}.get(${keys[0]!})`)
    const store = (group: string): void => {
      emitter.line(`if (${inner} === undefined) ${groups}.set(${keys[0]!}, ${inner} = new Map())`)
      emitter.line(`${inner}.set(${keys[1]!}, ${group})`)
    }
    return { map: `${inner}?`, key: keys[1]!, store }
  }
  const text = `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
  const key = emitter.name({ text, kinds: 0, simple: false }).text
  return { map: groups, key, store: storeIn(key) }
}

/** The input arrives grouped: a group is finished when another begins. */
function produceOrdered(generation: Generation, node: AggregateNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('group rows that arrive in order')
  const name = emitter.state('group')
  const compared = node.groupBy.filter((key) => key.isDetermined !== true)
  const last = compared.map(() => emitter.state('last'))
  const { frame } = emitter
  const group = new Group(generation, node, name)
  let row: Frame | null = null
  emitter.line(`${name} = undefined`)
  emitter.once(() => {
    generation.produce(node.input, () => {
      const { values, keys, all } = groupKeys(generation, node)
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
        emitter.nested(`if (${name} !== undefined)`, () => {
          group.end()
          emitter.callConsumer(row!)
        })
        for (const [i, key] of keys.entries()) emitter.line(`${last[i]!} = ${key}`)
        group.complete(all())
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
  const text = emitter.isSliced
    ? emitter.work('', emitter.use('counting', counting), `${tree}.counting()`)
    : `${tree}.count()`
  const count = emitter.name({ text, kinds: integerKind, simple: false })
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
        if (mayBe(value, nullKind)) emitter.guard(notNullText(value))
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
