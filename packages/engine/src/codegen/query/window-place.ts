/** Window functions whose answers follow from places in the partition: those that have a frame of their own. */
import type { WindowCall } from '../../plan/index.ts'
import { ntile, ntileCount, shiftOf } from '../../runtime/index.ts'
import { anyValue, integerKind, rawKind } from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import type { Partition } from './window-names.ts'

export interface PlaceCode {
  /** Emitted where a partition begins. */
  readonly begin: () => void
  /** Emitted for each row. */
  readonly answer: () => Code
}

/** null: the function works on the window's frame. */
export function placeCode(partition: Partition, call: WindowCall): PlaceCode | null {
  if (call.function.kind !== 'window') return null
  const { place, count, peersStart, peersEnd, group } = partition
  const { name } = call.function.function
  switch (name) {
    case 'row_number':
      return simpleCode(partition, `${place} + 1`, integerKind)
    case 'rank':
      return simpleCode(partition, `${peersStart} + 1`, integerKind)
    case 'dense_rank':
      return { begin: nothing, answer: () => ({ text: group, kinds: integerKind, simple: true }) }
    case 'percent_rank':
      return simpleCode(partition, `${count} > 1 ? ${peersStart} / (${count} - 1) : 0`, rawKind)
    case 'cume_dist':
      return simpleCode(partition, `${peersEnd} / ${count}`, rawKind)
    case 'ntile':
      return ntileCode(partition, call)
    case 'lag':
    case 'lead':
      return { begin: nothing, answer: () => shiftedCode(partition, call, name) }
    case 'first_value':
    case 'last_value':
    case 'nth_value':
      return null
    default:
      return name satisfies never
  }
}

function nothing(): void {
  // It follows from the places alone.
}

function simpleCode({ generation }: Partition, text: string, kinds: Kinds): PlaceCode {
  return { begin: nothing, answer: () => generation.emitter.name({ text, kinds, simple: false }) }
}

/** The number of groups is that of the partition's first row. */
function ntileCode(partition: Partition, call: WindowCall): PlaceCode {
  const { generation, rows, place, count } = partition
  const { emitter } = generation
  const groups = emitter.fresh('groups')
  return {
    begin: () => {
      const value = partition.read(`${rows}.at(0)`, call.args[0]!)
      emitter.line(`const ${groups} = ${emitter.use('ntileCount', ntileCount)}(${value})`)
    },
    answer: () =>
      emitter.name({
        text: `${emitter.use('ntile', ntile)}(${place}, ${count}, ${groups})`,
        kinds: integerKind,
        simple: false,
      }),
  }
}

/**
 * The value in another row. SQLite has read the partition no further than one row behind the current one when it asks for that of
 * lag(), which shows where its offset is negative.
 */
function shiftedCode(partition: Partition, call: WindowCall, name: 'lag' | 'lead'): Code {
  const { generation, rows, place, count } = partition
  const { emitter } = generation
  const [value, offset, otherwise] = call.args
  const known = offset === undefined ? 1 : offset.kind === 'literal' ? offset.value : null
  const isKnown = typeof known === 'number' && Number.isInteger(known) && known >= 0
  const shift =
    offset === undefined
      ? '1'
      : isKnown
        ? emitter.slot(known)
        : `${emitter.use('shiftOf', shiftOf)}(${generation.plainValue(offset).text})`
  const target = emitter.fresh('target')
  emitter.line(`const ${target} = ${place} ${name === 'lag' ? '-' : '+'} ${shift}`)
  const last = name === 'lead' ? count : `Math.min(${count}, ${place} + 2)`
  const low = isKnown && name === 'lead' ? [] : [`${target} >= 0`]
  const high = isKnown && name === 'lag' ? [] : [`${target} < ${last}`]
  const found = partition.read(`${rows}.at(${target})`, value!)
  const missing = otherwise === undefined ? 'null' : generation.plainValue(otherwise).text
  const text = `${[...low, ...high].join(' && ')} ? ${found} : ${missing}`
  return emitter.name({ text, kinds: anyValue, simple: false })
}
