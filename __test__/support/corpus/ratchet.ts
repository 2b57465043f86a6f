/**
 * The cases that are known to fail, so that a case that passed is not lost unnoticed: for each file of the corpora the indexes of its
 * failing cases, and nothing else of it. One line a file, `tcl/alter.jsonl 3-9 14`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ratchetPath: string = fileURLToPath(
  new URL('../../../__test__/corpus/failing.txt', import.meta.url),
)

export type Failing = ReadonlyMap<string, ReadonlySet<number>>

/** `3-9 14` to its numbers. */
export function parseRanges(text: string): Set<number> {
  const result = new Set<number>()
  for (const range of text.split(' ').filter((one) => one !== '')) {
    const [first, last] = range.split('-').map(Number)
    for (let i = first!; i <= (last ?? first!); i++) result.add(i)
  }
  return result
}

/** Numbers as ranges, in order. */
export function printRanges(numbers: Iterable<number>): string {
  const sorted = [...numbers].toSorted((a, b) => a - b)
  const ranges: string[] = []
  for (let at = 0; at < sorted.length;) {
    let end = at
    while (sorted[end + 1] === sorted[end]! + 1) end++
    ranges.push(end === at ? `${sorted[at]}` : `${sorted[at]}-${sorted[end]}`)
    at = end + 1
  }
  return ranges.join(' ')
}

export function readRatchet(path: string = ratchetPath): Failing {
  const result = new Map<string, Set<number>>()
  if (!existsSync(path)) return result
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) result.set(line.slice(0, space), parseRanges(line.slice(space + 1)))
  }
  return result
}

/** Writes the list anew; of files that were not run the lines stay. */
export function writeRatchet(ran: Failing, path: string = ratchetPath): void {
  const all = new Map([...readRatchet(path), ...ran])
  const lines = [...all]
    .filter(([, failing]) => failing.size > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, failing]) => `${file} ${printRanges(failing)}\n`)
  writeFileSync(path, lines.join(''))
}
