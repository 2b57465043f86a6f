/**
 * RIGHT and FULL JOIN. The rows of the right side are collected once, each with its place among them; a second structure finds them by
 * the equalities of ON. Which have matched is a bit for each place, and what is left over is delivered when the left side is through.
 *
 * As in SQLite, matched rows come in the order of the left side, and those that match nothing in that of the right side.
 */
import { visibleSources } from '../../plan/index.ts'
import type { OuterJoinNode, SourceId } from '../../plan/index.ts'
import { HashRows, MatchedRows } from '../../runtime/index.ts'
import type { Frame } from '../emit/block.ts'
import { keyOfExpressions } from '../scan/hash.ts'
import type { Generation, Source } from '../source/generation.ts'
import { anyInteger } from '../source/kinds.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { CollectedRows, NullSource, VariablesSource } from '../source/sources.ts'

export function produceOuterJoin(
  generation: Generation,
  node: OuterJoinNode,
  consume: () => void,
): void {
  if (node.materialized) produceKept(generation, node, consume)
  else produceJoined(generation, node, consume)
}

/** The joined rows are collected on the first use. */
function produceKept(generation: Generation, node: OuterJoinNode, consume: () => void): void {
  const { emitter } = generation
  const sources = visibleSources(node)
  const rows = new CollectedRows(generation)
  const list = emitter.runState('joined')
  const outer = sources.map((id): [SourceId, Source | undefined] => [
    id,
    generation.sources.get(id),
  ])
  const loop = emitter.detached(() => {
    eachRowOf(generation, `${list}.first()`, (row) => {
      for (const [id, source] of rows.bind(sources, row)) generation.sources.set(id, source)
      consume()
    })
  })
  for (const [id, source] of outer) if (source !== undefined) generation.sources.set(id, source)
  const build = emitter.functionOnce('build', () => {
    const array = emitter.state('rows')
    emitter.line(`${array} = ${spilling(generation, newRowList(generation))}`)
    emitter.once(() => {
      produceJoined(generation, node, () => emitter.line(`${array}.add(${rows.literal()})`))
    })
    emitter.line(`return ${array}`)
  })
  emitter.line(`if (${list} === undefined) ${list} = ${emitter.callText(build)}`)
  emitter.attach(loop)
}

function produceJoined(generation: Generation, node: OuterJoinNode, consume: () => void): void {
  const { emitter } = generation
  const rightSources = visibleSources(node.right)
  const leftSources = visibleSources(node.left)
  const kept = [...rightSources, node.places]
  const rows = new CollectedRows(generation)
  const place = rows.place(node.places, 0)
  const list = emitter.state('list')
  const table = node.hash === null ? null : emitter.state('hash')
  const seen = emitter.state('seen')
  const { frame } = emitter
  let row: Frame | null = null
  const deliver = (): void => {
    row ??= emitter.function(
      'row',
      'return 0',
      () => {
        consume()
        emitter.line('return 0')
      },
      new Set([...leftSources, ...rightSources]),
      frame,
    )
    emitter.callConsumer(row)
  }
  const withNulls = (sources: readonly SourceId[]): void => {
    const nulls = new NullSource(emitter.frame)
    generation.withSources(new Map(sources.map((id): [SourceId, Source] => [id, nulls])), deliver)
  }
  const bind = (variable: string): void => {
    for (const [id, source] of rows.bind(kept, variable)) generation.sources.set(id, source)
  }

  const outer = new Map(rightSources.map((id) => [id, generation.sources.get(id)]))
  const loops = emitter.detached(() => {
    emitter.comment(`${node.type} join`)
    emitter.line(`${seen} = new ${emitter.use('MatchedRows', MatchedRows)}()`)
    emitter.once(() => {
      generation.produce(node.left, () => {
        const matched = node.type === 'full' ? emitter.state('matched') : null
        if (matched !== null) emitter.line(`${matched} = false`)
        emitter.once(() => {
          const match = (variable: string): void => {
            bind(variable)
            if (node.on !== null) generation.guard(node.on)
            emitter.line(`${seen}.add(${variable}[${place}])`)
            if (matched !== null) emitter.line(`${matched} = true`)
            deliver()
          }
          if (node.hash === null || table === null) {
            eachRowOf(generation, `${list}.first()`, match)
            return
          }
          const { probeKeys, rules } = node.hash
          const key = keyOfExpressions(generation, probeKeys, rules, 'rightAffinity')
          const bucket = emitter.fresh('bucket')
          emitter.line(`const ${bucket} = ${table}.get(${key})`)
          emitter.guard(`${bucket} !== undefined`)
          eachRowOf(generation, bucket, match)
        })
        if (matched !== null)
          emitter.nested(`if (!${matched})`, () => {
            withNulls(rightSources)
          })
      })
    })
    emitter.comment('what has matched nothing')
    emitter.once(() => {
      eachRowOf(generation, `${list}.first()`, (variable) => {
        emitter.guard(`!${seen}.has(${variable}[${place}])`)
        bind(variable)
        withNulls(leftSources)
      })
    })
  })
  for (const [id, source] of outer) if (source !== undefined) generation.sources.set(id, source)
  const build = collecting(generation, node, rows)
  const call = emitter.callText(build)
  let built = call
  if (build.parameters.size === 0) {
    built = emitter.runState('right')
    emitter.line(`if (${built} === undefined) ${built} = ${call}`)
  }
  emitter.line(table === null ? `${list} = ${built}` : `;[${list}, ${table}] = ${built}`)
  emitter.attach(loops)
}

/** The function that runs the right side. It answers the list of its rows, or that and the hash table over them. */
function collecting(generation: Generation, node: OuterJoinNode, rows: CollectedRows): Frame {
  const { emitter } = generation
  return emitter.functionOnce('build', () => {
    const list = emitter.state('rows')
    const count = emitter.state('count')
    const map = node.hash === null ? null : emitter.state('map')
    emitter.line(`${list} = ${spilling(generation, newRowList(generation))}`)
    emitter.line(`${count} = 0`)
    if (map !== null) {
      const hashRows = `new ${emitter.use('HashRows', HashRows)}(${generation.spill()})`
      emitter.line(`${map} = ${spilling(generation, hashRows)}`)
    }
    emitter.once(() => {
      generation.produce(node.right, () => {
        const counter = { text: `${count}++`, kinds: anyInteger, simple: true }
        generation.sources.set(node.places, new VariablesSource(generation, [counter]))
        const row = emitter.name({ text: rows.literal(), kinds: 0, simple: false }).text
        emitter.line(`${list}.add(${row})`)
        if (node.hash === null) return
        const { buildKeys, rules } = node.hash
        const key = keyOfExpressions(generation, buildKeys, rules, 'leftAffinity')
        emitter.line(`${map}.add(${key}, ${row})`)
      })
    })
    if (map === null) emitter.line(`return ${list}`)
    else emitter.line(`return [${list}, ${emitter.work(`${map}.done`, `${map}.collecting`)}]`)
  })
}
