/** Loops over rows that are kept in memory or in the statement's temporary file. */
import { RowList } from '../../runtime/index.ts'
import type { Generation } from './generation.ts'

/** For each row of the parts that `first` begins: `body`, with the variable that holds the row. */
export function eachRowOf(
  generation: Generation,
  first: string,
  body: (row: string) => void,
): void {
  const { emitter } = generation
  const part = emitter.fresh('part')
  const rows = emitter.fresh('rows')
  const row = emitter.fresh('row')
  emitter.loop(`for (let ${part} = ${first}; ${part} !== null; ${part} = ${part}.next())`, () => {
    emitter.line(`const ${rows} = ${part}.rows`)
    emitter.loop(`for (let i = 0; i < ${rows}.length; i++)`, () => {
      emitter.line(`const ${row} = ${rows}[i]`)
      body(row)
    })
  })
}

/** `new …` of what may spill: what it was at this place before gives up all that it holds. */
export function spilling(generation: Generation, creation: string): string {
  return `${generation.spill()}.enter(${generation.nextSite()}, ${creation})`
}

/** A list of rows that is read as they came. */
export function newRowList(generation: Generation): string {
  return `new ${generation.emitter.use('RowList', RowList)}(${generation.spill()})`
}
