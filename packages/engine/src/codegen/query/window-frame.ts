/**
 * Frames of window functions: of each its ends `[start, end)` for the current row, and the aggregates over it. Both ends only ever move
 * forward, so each row enters a frame once and leaves it once. What is excluded, and an aggregate that cannot give a row back,
 * have the frame gone through for each row, as in SQLite.
 *
 * Rows leave before others enter, or after, as in SQLite: the last digits of a sum depend on it. (`sqlite3WindowCodeStep`)
 */
import { assert } from '../../base/assert.ts'
import type { FrameEdge, SortKey, WindowCall, WindowFrame } from '../../plan/index.ts'
import { frameCount, frameDistance, nthPlace, rangeTest } from '../../runtime/index.ts'
import type { RangeOrder } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { framedCode } from './window-call.ts'
import type { FramedCode } from './window-call.ts'
import type { Partition } from './window-names.ts'

/** What a function of a frame answers for the current row. */
export type FrameAnswers = ReadonlyMap<WindowCall, Code>

/** Emits what the frames need where a partition begins. @returns emits how they move on to the current row */
export function emitFrames(partition: Partition): () => FrameAnswers {
  const { frames, calls } = partition.node
  const emitted = frames.flatMap((frame, number) => {
    const own = calls.filter(
      ({ frame: at, function: f }) =>
        at === number && (f.kind === 'aggregate' || f.function.isFramed),
    )
    return own.length === 0 ? [] : [new FrameCode(partition, frame, own)]
  })
  for (const frame of emitted) frame.begin()
  return () => {
    const answers = new Map<WindowCall, Code>()
    for (const frame of emitted) frame.advance(answers)
    return answers
  }
}

/** How the answer of a call comes about. */
interface FramedCall {
  readonly call: WindowCall
  readonly code: FramedCode
}

class FrameCode {
  readonly #partition: Partition
  readonly #frame: WindowFrame
  /** Calls that see the value at an end of the frame. */
  readonly #atEdges: readonly WindowCall[]
  /** Those that rows step as they enter, and step back as they leave. */
  readonly #stepped: readonly FramedCall[]
  /** Those for which the frame is gone through. */
  readonly #scanned: readonly FramedCall[]
  /** The frame is that of all peers. */
  readonly #isOfGroup: boolean
  readonly #start: string
  readonly #end: string
  /** Rows that have left, and those that have entered. */
  readonly #left: string
  readonly #entered: string
  readonly #startGroups: string
  readonly #endGroups: string
  #startOffset = ''
  #endOffset = ''
  /** A variable that says that there is no row in the frame; null: there may be. */
  #isEmpty: string | null = null
  readonly #results = new Map<WindowCall, string>()

  constructor(partition: Partition, frame: WindowFrame, calls: readonly WindowCall[]) {
    const { emitter } = partition.generation
    this.#partition = partition
    this.#frame = frame
    const isWhole = frame.exclude === 'no-others'
    const atEdges: WindowCall[] = []
    const stepped: FramedCall[] = []
    const scanned: FramedCall[] = []
    for (const call of calls) {
      if (isWhole && call.function.kind === 'window') atEdges.push(call)
      else {
        const moves = isWhole && frame.start.kind !== 'unbounded'
        const code = framedCode(partition, call, moves)
        if (isWhole && (!moves || code.inverse !== null)) stepped.push({ call, code })
        else scanned.push({ call, code })
      }
    }
    this.#atEdges = atEdges
    this.#stepped = stepped
    this.#scanned = scanned
    this.#isOfGroup = frame.unit !== 'rows'
    this.#start = emitter.fresh('start')
    this.#end = emitter.fresh('end')
    this.#left = emitter.fresh('left')
    this.#entered = emitter.fresh('entered')
    this.#startGroups = emitter.fresh('startGroups')
    this.#endGroups = emitter.fresh('endGroups')
  }

  begin(): void {
    const { generation } = this.#partition
    const { emitter } = generation
    const { unit, start, end } = this.#frame
    this.#startOffset = this.#offset(start, 'starting')
    this.#endOffset = this.#offset(end, 'ending')
    const isTurned = start.kind === end.kind && this.#startOffset !== ''
    if (isTurned && unit !== 'range') {
      this.#isEmpty = emitter.fresh('isEmpty')
      const operator = start.kind === 'preceding' ? '<' : '>'
      emitter.line(`const ${this.#isEmpty} = ${this.#startOffset} ${operator} ${this.#endOffset}`)
    }
    emitter.line(`let ${this.#start} = 0, ${this.#end} = 0`)
    if (unit === 'groups') emitter.line(`let ${this.#startGroups} = 0, ${this.#endGroups} = 0`)
    if (this.#stepped.length > 0) emitter.line(`let ${this.#left} = 0, ${this.#entered} = 0`)
    for (const { code } of [...this.#stepped, ...this.#scanned]) code.begin()
    if (!this.#isOfGroup) return
    for (const { call } of this.#stepped) {
      const name = emitter.fresh('answer')
      this.#results.set(call, name)
      emitter.line(`let ${name}`)
    }
  }

  #offset(edge: FrameEdge, which: 'starting' | 'ending'): string {
    if (edge.kind !== 'preceding' && edge.kind !== 'following') return ''
    const { generation } = this.#partition
    const { emitter } = generation
    const read =
      this.#frame.unit === 'range'
        ? emitter.use('frameDistance', frameDistance)
        : emitter.use('frameCount', frameCount)
    const name = emitter.fresh('offset')
    const value = generation.plainValue(edge.offset).text
    emitter.line(`const ${name} = ${read}(${value}, '${which}')`)
    return name
  }

  /** Emits that the frame moves on to the current row. */
  advance(answers: Map<WindowCall, Code>): void {
    const { generation, place, peersStart } = this.#partition
    const { emitter } = generation
    const move = (): void => {
      this.#move()
      this.#step()
      for (const { call, code } of this.#stepped) answers.set(call, this.#keep(call, code.result()))
    }
    if (this.#isOfGroup) emitter.nested(`if (${place} === ${peersStart})`, move)
    else move()
    for (const call of this.#atEdges) answers.set(call, this.#edgeAnswer(call))
    if (this.#scanned.length === 0) return
    this.#scan()
    for (const { call, code } of this.#scanned) answers.set(call, emitter.name(code.result()))
  }

  #keep(call: WindowCall, code: Code): Code {
    const { emitter } = this.#partition.generation
    const name = this.#results.get(call)
    if (name === undefined) return emitter.name({ ...code, simple: false })
    emitter.line(`${name} = ${code.text}`)
    return { text: name, kinds: code.kinds, simple: true }
  }

  #move(): void {
    switch (this.#frame.unit) {
      case 'rows':
        this.#moveByRows()
        return
      case 'groups':
        this.#moveByGroups()
        return
      case 'range':
        this.#moveByValues()
        return
      default:
        this.#frame.unit satisfies never
    }
  }

  #moveByRows(): void {
    const { generation, place, count } = this.#partition
    const { emitter } = generation
    const { start, end } = this.#frame
    const starts = {
      unbounded: '0',
      'current-row': place,
      preceding: `Math.max(0, ${place} - ${this.#startOffset})`,
      following: `Math.min(${count}, ${place} + ${this.#startOffset})`,
    }
    const ends = {
      unbounded: count,
      'current-row': `${place} + 1`,
      preceding: `Math.max(0, ${place} - ${this.#endOffset} + 1)`,
      following: `Math.min(${count}, ${place} + ${this.#endOffset} + 1)`,
    }
    const unless = this.#isEmpty === null ? '' : `${this.#isEmpty} ? 0 : `
    if (start.kind !== 'unbounded') emitter.line(`${this.#start} = ${unless}${starts[start.kind]}`)
    emitter.line(`${this.#end} = ${unless}${ends[end.kind]}`)
  }

  #moveByGroups(): void {
    const { generation, group, count, peersStart, peersEnd } = this.#partition
    const { emitter } = generation
    const { start, end } = this.#frame
    const move = (edge: string, groups: string, target: string): void =>
      emitter.loop(`while (${groups} < ${target} && ${edge} < ${count})`, () => {
        this.#skipGroup(edge)
        emitter.line(`${groups}++`)
      })
    const body = (): void => {
      switch (end.kind) {
        case 'unbounded':
          emitter.line(`${this.#end} = ${count}`)
          break
        case 'current-row':
          emitter.line(`${this.#end} = ${peersEnd}`)
          break
        case 'preceding':
          move(this.#end, this.#endGroups, `${group} - ${this.#endOffset}`)
          break
        case 'following':
          move(this.#end, this.#endGroups, `${group} + ${this.#endOffset}`)
          break
        default:
          end satisfies never
      }
      switch (start.kind) {
        case 'unbounded':
          break
        case 'current-row':
          emitter.line(`${this.#start} = ${peersStart}`)
          break
        case 'preceding':
          move(this.#start, this.#startGroups, `${group} - 1 - ${this.#startOffset}`)
          break
        case 'following':
          move(this.#start, this.#startGroups, `${group} - 1 + ${this.#startOffset}`)
          break
        default:
          start satisfies never
      }
    }
    if (this.#isEmpty === null) body()
    else emitter.nested(`if (!${this.#isEmpty})`, body)
  }

  /** Moves an edge behind the group of peers that begins at it. */
  #skipGroup(edge: string): void {
    const { generation, node, rows, count, arePeers } = this.#partition
    const { emitter } = generation
    if (node.orderBy.length === 0) {
      emitter.line(`${edge} = ${count}`)
      return
    }
    const first = emitter.fresh('row')
    const other = emitter.fresh('row')
    emitter.line(`const ${first} = ${rows}.at(${edge}++)`)
    emitter.loop(`while (${edge} < ${count})`, () => {
      emitter.line(`const ${other} = ${rows}.at(${edge})`)
      emitter.line(`if (!(${arePeers(first, other)})) break`)
      emitter.line(`${edge}++`)
    })
  }

  #moveByValues(): void {
    const { generation, count, peersStart, peersEnd } = this.#partition
    const { emitter } = generation
    const { start, end } = this.#frame
    switch (end.kind) {
      case 'unbounded':
        emitter.line(`${this.#end} = ${count}`)
        break
      case 'current-row':
        emitter.line(`${this.#end} = ${peersEnd}`)
        break
      case 'preceding': {
        const test = this.#rangeTest(this.#end, this.#endOffset, '>', null)
        emitter.loop(`while (${this.#end} < ${peersEnd} && !${test})`, () =>
          emitter.line(`${this.#end}++`),
        )
        break
      }
      case 'following': {
        const test = this.#rangeTest(null, this.#endOffset, '>=', this.#end)
        emitter.line(`if (${this.#end} < ${peersEnd}) ${this.#end} = ${peersEnd}`)
        emitter.loop(`while (${this.#end} < ${count} && ${test})`, () =>
          emitter.line(`${this.#end}++`),
        )
        break
      }
      default:
        end satisfies never
    }
    // Where both ends move in one direction the start does not pass the end.
    const limit = start.kind === end.kind ? this.#end : count
    switch (start.kind) {
      case 'unbounded':
        break
      case 'current-row':
        emitter.line(`${this.#start} = ${peersStart}`)
        break
      case 'preceding':
      case 'following': {
        const isBefore = start.kind === 'preceding'
        const test = isBefore
          ? this.#rangeTest(this.#start, this.#startOffset, '>=', null)
          : this.#rangeTest(null, this.#startOffset, '<=', this.#start)
        emitter.loop(`while (${this.#start} < ${limit} && !${test})`, () =>
          emitter.line(`${this.#start}++`),
        )
        break
      }
      default:
        start satisfies never
    }
  }

  /** The key of a row, moved by an offset, beside that of another. @param left null: the current row */
  #rangeTest(
    left: string | null,
    offset: string,
    operator: '>=' | '>' | '<=',
    right: string | null,
  ): string {
    const { generation, node, rows, row, read } = this.#partition
    const { emitter } = generation
    const key = node.orderBy[0]!
    const keyOf = (place: string | null): string =>
      read(place === null ? row : `${rows}.at(${place})`, key.expression)
    const test = emitter.use('rangeTest', rangeTest)
    const order = emitter.slot(rangeOrder(generation, key))
    return `${test}(${order}, ${keyOf(left)}, ${offset}, '${operator}', ${keyOf(right)})`
  }

  /** Emits what the rows that enter and leave do. */
  #step(): void {
    if (this.#stepped.length === 0) return
    const { generation } = this.#partition
    const { emitter } = generation
    const { unit, start, end } = this.#frame
    const enter = (): void => this.#eachRow(this.#entered, (code) => code.step())
    const leave = (): void => this.#eachRow(this.#left, (code) => code.inverse!())
    const enterAll = (): void => emitter.loop(`while (${this.#entered} < ${this.#end})`, enter)
    const leaveAll = (): void => emitter.loop(`while (${this.#left} < ${this.#start})`, leave)
    if (start.kind === 'unbounded') {
      enterAll()
      return
    }
    if (start.kind === 'following' && end.kind === 'following' && unit === 'rows') {
      // No more rows are in it than it is long, also while it begins.
      const length = `${this.#endOffset} - ${this.#startOffset} + 1`
      emitter.loop(`while (${this.#entered} < ${this.#end})`, () => {
        const isFull = `${this.#entered} - ${this.#left} >= ${length}`
        emitter.nested(`if (${this.#left} < ${this.#start} && ${isFull})`, leave)
        enter()
      })
      leaveAll()
      return
    }
    const entersFirst =
      start.kind === 'following' ? unit === 'range' || end.kind === 'unbounded' : false
    if (!entersFirst && !(unit === 'range' && end.kind === 'preceding')) {
      const some = `${this.#left} < ${this.#start} && ${this.#left} < ${this.#entered}`
      emitter.loop(`while (${some})`, leave)
    }
    enterAll()
    if (start.kind === 'following' || end.kind === 'preceding') leaveAll()
  }

  #eachRow(counter: string, use: (code: FramedCode) => void): void {
    const { generation, rows, withRow } = this.#partition
    const { emitter } = generation
    const row = emitter.fresh('row')
    emitter.line(`const ${row} = ${rows}.at(${counter}++)`)
    withRow(row, () => {
      for (const { code } of this.#stepped) use(code)
    })
  }

  #scan(): void {
    const { generation, rows, withRow, place, peersStart, peersEnd } = this.#partition
    const { emitter } = generation
    for (const { code } of this.#scanned) code.reset()
    const at = emitter.fresh('j')
    const isPeer = `${at} >= ${peersStart} && ${at} < ${peersEnd}`
    const isExcluded = {
      'no-others': null,
      'current-row': `${at} === ${place}`,
      group: isPeer,
      ties: `${isPeer} && ${at} !== ${place}`,
    }[this.#frame.exclude]
    emitter.loop(`for (let ${at} = ${this.#start}; ${at} < ${this.#end}; ${at}++)`, () => {
      if (isExcluded !== null) emitter.line(`if (${isExcluded}) continue`)
      const row = emitter.fresh('row')
      emitter.line(`const ${row} = ${rows}.at(${at})`)
      withRow(row, () => {
        for (const { code } of this.#scanned) code.step()
      })
    })
  }

  /** The value at an end of the frame, or at a place counted from its start. */
  #edgeAnswer({ function: f, args }: WindowCall): Code {
    const { generation, rows, read } = this.#partition
    const { emitter } = generation
    const start = this.#start
    const end = this.#end
    let place = f.function.name === 'last_value' ? `${end} - 1` : start
    let isThere = `${start} < ${end}`
    if (f.function.name === 'nth_value') {
      const nth = `${emitter.use('nthPlace', nthPlace)}(${generation.plainValue(args[1]!).text})`
      place = emitter.fresh('target')
      emitter.line(`const ${place} = ${start} + ${nth} - 1`)
      isThere = `${place} < ${end}`
    }
    const text = `${isThere} ? ${read(`${rows}.at(${place})`, args[0]!)} : null`
    return emitter.name({ text, kinds: anyValue, simple: false })
  }
}

function rangeOrder(generation: Generation, key: SortKey): RangeOrder {
  const { descending, nulls } = key
  const collation = generation.collations.collation(key.collation, generation.encoding)
  assert(collation !== null, 'the collation of a bound expression is known')
  return { descending, nullsLarge: (nulls === 'first') === descending, collation }
}
