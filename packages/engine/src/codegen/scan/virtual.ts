/**
 * Scans of virtual tables: the cursor of the table's own runs through the rows that it has agreed to deliver. What is asked of it is a method of one
 * class at each place of a program, so V8 makes it part of the program's loop.
 */
import type { ScanNode, VirtualAccess } from '../../plan/index.ts'
import type { VirtualColumn } from '../../schema/index.ts'
import type { Block, Frame } from '../emit/block.ts'
import { integerText } from '../emit/quote.ts'
import { textInPage } from '../expression/text-in-page.ts'
import type { Generation, Source, TextBytes } from '../source/generation.ts'
import { anyInteger, anyValue, textKind } from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'
import { sortedKeys } from './keys.ts'

export function produceVirtualScan(
  generation: Generation,
  node: ScanNode,
  access: VirtualAccess,
  consume: () => void,
): void {
  const { emitter } = generation
  const { table, source } = node
  const virtual = table.virtual!
  emitter.comment(`rows of ${table.name}`)
  const cursor = emitter.fresh('rows')
  emitter.link(
    `const ${cursor} = ${emitter.slot(virtual)}.open(${generation.database(table.database)})`,
  )
  emitter.atEnd(`${cursor}.close()`)
  const args: string[] = []
  // Between the keys of a list the page may be changed.
  const isOne = access.args.every(({ kind }) => kind === 'value')
  const takesBytes = virtual.takesBytes === true && (isOne || !emitter.yields)
  let bytes: TextBytes | null = null
  const scan = (): void => {
    const how = `${integerText(access.plan)}, ${emitter.slot(access.text)}`
    const others = args.slice(1).join(', ')
    const begin =
      bytes === null
        ? `${cursor}.begin(${how}, [${args.join(', ')}])`
        : `${bytes.isText} ? ${cursor}.beginBytes(${how}, ${bytes.data}, ${bytes.offset}, ${bytes.size}, [${others}]) : ${cursor}.begin(${how}, [${[bytes.other, ...args.slice(1)].join(', ')}])`
    emitter.loop(`for (let more = ${begin}; more; more = ${cursor}.next())`, () => {
      generation.sources.set(source, new VirtualSource(generation, virtual.columns, cursor))
      consume()
    })
  }
  const eachKey = (place: number): void => {
    const arg = access.args[place]
    if (arg === undefined) {
      scan()
      return
    }
    if (arg.kind === 'value' && place === 0 && takesBytes) {
      bytes = textInPage(generation, arg.key)
      if (bytes !== null) {
        args.push('')
        eachKey(1)
        return
      }
    }
    if (arg.kind === 'value') {
      args.push(emitter.name(generation.plainValue(arg.key)).text)
      eachKey(place + 1)
      return
    }
    const list = sortedKeys(generation, arg.keys, arg.affinity, 'BINARY', false)
    const key = emitter.fresh('key')
    args.push(key)
    emitter.loop(`for (const ${key} of ${list})`, () => eachKey(place + 1))
  }
  eachKey(0)
}

/** The row under a cursor: a column is asked for where it is first wanted. */
class VirtualSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #columns: readonly VirtualColumn[]
  readonly #cursor: string
  readonly #home: Block
  readonly #reads = new Map<number, { readonly code: Code; readonly block: Block }>()

  constructor(generation: Generation, columns: readonly VirtualColumn[], cursor: string) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#columns = columns
    this.#cursor = cursor
    this.#home = generation.emitter.block
  }

  kinds(column: number): Kinds {
    if (column === -1) return anyInteger
    const { values } = this.#columns[column]!
    if (values === undefined) return anyValue
    return values === 'integer' ? anyInteger : textKind
  }

  column(column: number): Code {
    const { emitter } = this.#generation
    const known = this.#reads.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return known.code
    return emitter.beforeLoopsOf(this.#home, () => {
      const read = column === -1 ? 'rowid()' : `column(${integerText(column)})`
      const text = `${this.#cursor}.${read}`
      const code = emitter.name({ text, kinds: this.kinds(column), simple: false })
      this.#reads.set(column, { code, block: emitter.block })
      return code
    })
  }
}
