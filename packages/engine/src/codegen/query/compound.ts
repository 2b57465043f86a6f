/**
 * UNION, UNION ALL, INTERSECT, EXCEPT. UNION ALL hands the rows of one arm after the other to one function. The others
 * collect rows under their keys: equal rows share one key, and the arms decide which keys remain.
 */
import type { CompoundNode, PlanNode, SourceId } from '../../plan/index.ts'
import { SetRows, joinKeys, rowComparison } from '../../runtime/index.ts'
import type { Frame } from '../emit/block.ts'
import { keyText } from '../expression/keys.ts'
import type { Generation, Source } from '../source/generation.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { AliasSource, CollectedRows, RealSource } from '../source/sources.ts'

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
        readReals(generation, node, new AliasSource(generation, source, true))
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
  const { emitter, encoding } = generation
  const { operator } = node
  emitter.comment(operator.toLowerCase())
  const rows = emitter.state('rows')
  const collected = new CollectedRows(generation)
  // The columns decide what is equal, so all of them are kept, in order.
  for (let i = 0; i < node.columnCount; i++) collected.place(node.source, i)
  const keys = node.collations.map((collation, place) => ({
    place,
    descending: false,
    nullsFirst: true,
    collation,
  }))
  const order = `${emitter.slot(keys)}, ${emitter.slot(rowComparison(keys, encoding, generation.collations))}, '${encoding}'`
  const use = emitter.use('SetRows', SetRows)
  const creation = `new ${use}(${generation.spill()}, '${operator}', ${order}, ${node.sorted})`
  emitter.line(`${rows} = ${spilling(generation, creation)}`)
  const add = (key: string): void => emitter.line(`${rows}.add(${key}, ${collected.literal()})`)
  arm(generation, node, node.left, node.leftSource, add)
  if (operator === 'UNION') {
    arm(generation, node, node.right, node.rightSource, (key) => {
      emitter.line(`${rows}.addOther(${key}, ${collected.literal()})`)
    })
  } else {
    arm(generation, node, node.right, node.rightSource, (key) => {
      emitter.nested(`if (${rows}.meet(${key}))`, () => {
        emitter.line(`${rows}.addRight(${collected.literal()})`)
      })
    })
  }
  const parts = emitter.work(`${rows}.parts`, `${rows}.collecting`)
  eachRowOf(generation, parts, (row) => {
    for (const source of collected.bind([node.source], row).values())
      readReals(generation, node, source)
    consume()
  })
}

/** Binds the compound's source to its columns as they are read. */
function readReals(generation: Generation, { source, reals }: CompoundNode, columns: Source): void {
  const read = reals === null ? columns : new RealSource(generation, columns, reals)
  generation.sources.set(source, read)
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
