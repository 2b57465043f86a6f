/**
 * Window functions that need no row but the current one and what is remembered of those before it: they are computed while the rows
 * pass, so a LIMIT above ends the scan below.
 */
import type {
  AggregateCall,
  BoundExpression,
  WindowCall,
  WindowFrame,
  WindowNode,
} from '../../plan/index.ts'
import { assert } from '../../base/assert.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue, integerKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { keyText } from '../expression/keys.ts'
import { aggregateCode } from './aggregate-call.ts'
import type { AggregateCode } from './aggregate-call.ts'

/** Whether the answer for a row needs none behind it. */
export function isRunning(call: WindowCall, frame: WindowFrame): boolean {
  if (frame.exclude !== 'no-others') return false
  const startsAtFirst = frame.start.kind === 'unbounded'
  const endsAtRow = frame.unit === 'rows' && frame.end.kind === 'current-row'
  if (call.function.kind === 'aggregate') return startsAtFirst && endsAtRow
  switch (call.function.function.name) {
    case 'row_number':
    case 'rank':
    case 'dense_rank':
      return true
    case 'lag':
      return isOne(call.args[1])
    case 'first_value':
      return startsAtFirst && frame.end.kind !== 'preceding'
    case 'last_value':
      return endsAtRow && frame.start.kind !== 'following'
    default:
      return false
  }
}

function isOne(offset: BoundExpression | undefined): boolean {
  return offset === undefined || (offset.kind === 'literal' && offset.value === 1)
}

/** What is kept for a call from row to row. */
interface RunningCall {
  /** Emitted where a partition begins. */
  readonly reset: () => void
  /** Emitted for each row; answers what the function answers. */
  readonly step: () => Code
}

/** What the calls have in common. */
interface Shared {
  /** How many rows of the partition there have been, this one included. */
  readonly rowNumber: () => string
  /** The same at the first peer of the row, and the number of its group. */
  readonly peers: () => { readonly rank: string; readonly dense: string }
}

export function produceRunning(
  generation: Generation,
  node: WindowNode,
  consume: (answers: readonly Code[]) => void,
): void {
  const { emitter } = generation
  emitter.comment('window functions, as the rows pass')
  const { frame } = emitter
  const state = (prefix: string): string => emitter.state(prefix, frame)
  const last = node.partitionBy.map(() => state('last'))
  const begun = last[0] ?? state('begun')
  emitter.line(`${begun} = undefined`)
  const names = node.calls.map(({ function: f }) => f.function.name)
  const needsPeers = names.includes('rank') || names.includes('dense_rank')
  const needsNumber = needsPeers || names.includes('row_number')
  const rowNumber = needsNumber ? state('number') : ''
  const rank = needsPeers ? state('rank') : ''
  const dense = needsPeers ? state('dense') : ''
  const lastPeers = needsPeers ? node.orderBy.map(() => state('peer')) : []
  const shared: Shared = { rowNumber: () => rowNumber, peers: () => ({ rank, dense }) }
  generation.produce(node.input, () => {
    const keys = keysOf(generation, node.partitionBy)
    const calls = node.calls.map((call) => runningCall(generation, call, state, shared))
    const isNew = last.map((name, i) => `${keys[i]!} !== ${name}`)
    emitter.nested(
      `if (${isNew.length > 0 ? isNew.join(' || ') : `${begun} === undefined`})`,
      () => {
        last.forEach((name, i) => emitter.line(`${name} = ${keys[i]!}`))
        if (last.length === 0) emitter.line(`${begun} = true`)
        if (needsNumber) emitter.line(`${rowNumber} = 0`)
        if (needsPeers) {
          emitter.line(`${dense} = 0`)
          lastPeers.forEach((name) => emitter.line(`${name} = undefined`))
        }
        for (const { reset } of calls) reset()
      },
    )
    if (needsNumber) emitter.line(`${rowNumber}++`)
    if (needsPeers) {
      const peerKeys = keysOf(generation, node.orderBy)
      const isOther = lastPeers.map((name, i) => `${peerKeys[i]!} !== ${name}`)
      // Without ORDER BY all rows are peers.
      const test = isOther.length > 0 ? isOther.join(' || ') : `${dense} === 0`
      emitter.nested(`if (${test})`, () => {
        lastPeers.forEach((name, i) => emitter.line(`${name} = ${peerKeys[i]!}`))
        emitter.line(`${rank} = ${rowNumber}`)
        emitter.line(`${dense}++`)
      })
    }
    consume(calls.map(({ step }) => step()))
  })
}

/** What the keys of the current row are found by. */
function keysOf(
  generation: Generation,
  keys: readonly { readonly expression: BoundExpression; readonly collation: string }[],
): string[] {
  const { emitter } = generation
  return keys.map(({ expression, collation }) => {
    const text = keyText(generation, generation.named(expression), collation)
    return emitter.name({ text, kinds: 0, simple: /^\w+$/.test(text) }).text
  })
}

function runningCall(
  generation: Generation,
  call: WindowCall,
  state: (prefix: string) => string,
  shared: Shared,
): RunningCall {
  if (call.function.kind === 'aggregate') {
    const aggregate = { ...call, function: call.function.function, distinct: false, orderBy: [] }
    return runningAggregate(generation, aggregate, state)
  }
  const { emitter } = generation
  const integer = (text: string): Code => ({ text, kinds: integerKind, simple: true })
  switch (call.function.function.name) {
    case 'row_number':
      return { reset: () => {}, step: () => integer(shared.rowNumber()) }
    case 'rank':
      return { reset: () => {}, step: () => integer(shared.peers().rank) }
    case 'dense_rank':
      return { reset: () => {}, step: () => integer(shared.peers().dense) }
    case 'lag': {
      const before = state('before')
      const isFirst = call.args.length < 3 ? null : state('first')
      return {
        reset: () => {
          emitter.line(`${before} = null`)
          if (isFirst !== null) emitter.line(`${isFirst} = true`)
        },
        step: () => {
          const answer = emitter.fresh('answer')
          const value = generation.plainValue(call.args[0]!)
          if (isFirst === null) emitter.line(`const ${answer} = ${before}`)
          else {
            const otherwise = generation.plainValue(call.args[2]!).text
            emitter.line(`const ${answer} = ${isFirst} ? ${otherwise} : ${before}`)
            emitter.line(`${isFirst} = false`)
          }
          emitter.line(`${before} = ${value.text}`)
          return { text: answer, kinds: anyValue, simple: true }
        },
      }
    }
    case 'first_value': {
      const first = state('first')
      return {
        reset: () => emitter.line(`${first} = ${generation.plainValue(call.args[0]!).text}`),
        step: () => ({ text: first, kinds: anyValue, simple: true }),
      }
    }
    default:
      assert(call.function.function.name === 'last_value', 'the others need a whole partition')
      return { reset: () => {}, step: () => generation.named(call.args[0]!) }
  }
}

function runningAggregate(
  generation: Generation,
  call: AggregateCall,
  state: (prefix: string) => string,
): RunningCall {
  const { emitter } = generation
  const cells: string[] = []
  const newCell = (prefix: string, initial: string): string => {
    const name = state(prefix)
    cells.push(`${name} = ${initial}`)
    return name
  }
  const code: AggregateCode = aggregateCode(generation, call, newCell, null)
  return {
    reset: () => cells.forEach((cell) => emitter.line(cell)),
    step: () => {
      code.step()
      const { text, kinds } = code.result()
      // The cell goes on with the next row.
      return emitter.name({ text, kinds, simple: false })
    },
  }
}
