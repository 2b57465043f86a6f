/**
 * UNION, UNION ALL, INTERSECT, EXCEPT. UNION ALL hands the rows of one arm after the other to one function. The others
 * collect rows under their keys: equal rows share one key, and the arms decide which keys remain.
 */
import type { CompoundNode, PlanNode, SourceId } from '../../plan/index.ts'
import { joinKeys, rowComparison, sortRows } from '../../runtime/index.ts'
import type { Frame } from '../emit/block.ts'
import { keyText } from '../expression/comparison.ts'
import type { Generation } from '../source/generation.ts'
import { AliasSource, CollectedRows } from '../source/sources.ts'

export function produceCompound(
  generation: Generation,
  node: CompoundNode,
  consume: () => void,
): void {
  if (node.operator === 'UNION ALL') produceUnionAll(generation, node, consume)
  else produceSetOperation(generation, node, consume)
}

function produceUnionAll(generation: Generation, node: CompoundNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('union all')
  const { frame } = emitter
  let row: Frame | null = null
  const arm = (input: PlanNode, source: SourceId): void => {
    emitter.once(() => {
      generation.produce(input, () => {
        generation.sources.set(node.source, new AliasSource(generation, source, true))
        const body = (): void => {
          consume()
          emitter.line('return 0')
        }
        row ??= emitter.function('row', 'return 0', body, new Set(), frame)
        emitter.callConsumer(row)
      })
    })
  }
  arm(node.left, node.leftSource)
  arm(node.right, node.rightSource)
}

function produceSetOperation(
  generation: Generation,
  node: CompoundNode,
  consume: () => void,
): void {
  const { emitter } = generation
  const { operator } = node
  emitter.comment(operator.toLowerCase())
  const rows = emitter.state('rows')
  const list = emitter.state('list')
  const row = emitter.fresh('row')
  const collected = new CollectedRows(generation)
  // The columns decide what is equal, so all of them are kept, in order.
  for (let i = 0; i < node.columnCount; i++) collected.place(node.source, i)
  emitter.line(`${rows} = new Map()`)
  arm(generation, node, node.left, node.leftSource, (key) => {
    emitter.line(`${rows}.set(${key}, ${collected.literal()})`)
  })
  let result = rows
  if (operator === 'UNION') {
    arm(generation, node, node.right, node.rightSource, (key) => {
      emitter.line(`${rows}.set(${key}, ${collected.literal()})`)
    })
  } else if (operator === 'EXCEPT') {
    arm(generation, node, node.right, node.rightSource, (key) => {
      emitter.line(`${rows}.delete(${key})`)
    })
  } else {
    const both = emitter.state('both')
    emitter.line(`${both} = new Map()`)
    arm(generation, node, node.right, node.rightSource, (key) => {
      const same = emitter.fresh('same')
      emitter.line(`const ${same} = ${rows}.get(${key})`)
      emitter.line(`if (${same} !== undefined) ${both}.set(${key}, ${same})`)
    })
    result = both
  }
  emitter.line(`${list} = Array.from(${result}.values())`)
  if (node.sorted) {
    const keys = node.collations.map((collation, place) => ({
      place,
      descending: false,
      nullsFirst: true,
      collation,
    }))
    const compare = emitter.slot(rowComparison(keys, generation.encoding))
    const sort = emitter.use('sortRows', sortRows)
    emitter.line(
      `${list} = ${sort}(${list}, ${emitter.slot(keys)}, ${compare}, '${generation.encoding}')`,
    )
  }
  emitter.loop(`for (let i = 0; i < ${list}.length; i++)`, () => {
    emitter.line(`const ${row} = ${list}[i]`)
    for (const [id, source] of collected.bind([node.source], row))
      generation.sources.set(id, source)
    consume()
  })
}

/** Runs one arm; `take` gets the row's key. */
function arm(
  generation: Generation,
  node: CompoundNode,
  input: PlanNode,
  source: SourceId,
  take: (key: string) => void,
): void {
  const { emitter } = generation
  emitter.once(() => {
    generation.produce(input, () => {
      generation.sources.set(node.source, new AliasSource(generation, source, true))
      const keys = Array.from({ length: node.columnCount }, (_, i) =>
        keyText(generation, generation.column(node.source, i), node.collations[i]!),
      )
      const text =
        keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
      take(emitter.name({ text, kinds: 0, simple: false }).text)
    })
  })
}
