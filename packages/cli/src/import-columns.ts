/** Columns of a table that `.import` makes: the names of the first row, those that come twice with their number. */
import { quotedName } from './format/quote.ts'

/**
 * The list of columns behind a table's name, and what was renamed, in sqlite3's words (null: nothing). Names that are the same but for
 * capitals get `_` and their position, with as few leading zeros as make them different from all others.
 */
export function columnNamesOf(given: readonly string[]): {
  columns: string
  renamed: string | null
} {
  const names = given.map((name) => (name === '' ? '?' : name))
  const fold = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  const counts = new Map<string, number>()
  for (const name of names) counts.set(fold(name), (counts.get(fold(name)) ?? 0) + 1)
  const isRepeated = (name: string): boolean => counts.get(fold(name))! > 1
  const hasRepeated = names.some(isRepeated)
  let zeros = 0
  const shown = (name: string, i: number): string =>
    isRepeated(name) ? `${name}_${'0'.repeat(zeros)}${i + 1}` : name
  if (hasRepeated) while (new Set(names.map(shown).map(fold)).size < names.length) zeros++
  const all = names.map(shown)
  const columns = all
    .map((name, i) => `${i === 0 ? '' : i % 4 === 0 ? ',\n ' : ', '}${quotedName(name)} TEXT`)
    .join('')
  const renames = names.flatMap((name, i) =>
    isRepeated(name) ? [`${quotedName(name)} to ${quotedName(all[i]!)}`] : [],
  )
  return { columns: `(\n${columns})`, renamed: hasRepeated ? renames.join(',\n') : null }
}
