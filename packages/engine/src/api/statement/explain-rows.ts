/**
 * EXPLAIN as rows: the JavaScript that a statement is compiled to, a line a row, in the columns that SQLite has for its own programs.
 *
 * | column | holds |
 * |---|---|
 * | addr | the line, from 0 |
 * | opcode | what kind of line it is: Function, Loop, Branch, Let, Return, Throw, Try, Label, End, Note; Program for the call of a trigger or of the action of
 *   a foreign key; Do for what is done there and then |
 * | p1 | how deep it stands in blocks |
 * | p2 | of a line that opens a block, the line that closes it; else 0 |
 * | p3, p5 | 0 |
 * | p4 | the line |
 * | comment | of a line with `//`, what follows it |
 */
import type { Value } from '../../record/index.ts'

export const explainColumns: readonly string[] = [
  'addr',
  'opcode',
  'p1',
  'p2',
  'p3',
  'p4',
  'p5',
  'comment',
]

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^\/\//, 'Note'],
  [/^(?:if \()?(?:\(yield\* )?trigger\d+\(/, 'Program'],
  [/^[})\]]/, 'End'],
  [/^(?:\w+: )?(?:for|while|do)\b/, 'Loop'],
  [/^(?:if|else|switch|case|default)\b/, 'Branch'],
  [/^(?:async )?function\b/, 'Function'],
  [/^(?:let|const|var)\b/, 'Let'],
  [/^(?:return|yield|break|continue)\b/, 'Return'],
  [/^throw\b/, 'Throw'],
  [/^(?:try|catch|finally)\b/, 'Try'],
  [/^\w+: /, 'Label'],
]

/** The rows for a program's text. */
export function explainRows(source: string): Value[][] {
  const lines = source.split('\n').filter((line) => line.trim() !== '')
  const depths = lines.map((line) => (line.length - line.trimStart().length) >> 1)
  const least = Math.min(...depths)
  return lines.map((line, at): Value[] => {
    const text = line.trim()
    const kind = kinds.find(([pattern]) => pattern.test(text))?.[1] ?? 'Do'
    const note = /(?:^|\s)\/\/\s*(.*)$/.exec(text)?.[1] ?? null
    return [at, kind, depths[at]! - least, closing(lines, depths, at), 0, text, 0, note]
  })
}

/** The line that closes the block which a line opens; 0: it opens none. */
function closing(lines: readonly string[], depths: readonly number[], at: number): number {
  if (!/[{([]$/.test(lines[at]!)) return 0
  for (let i = at + 1; i < lines.length; i++) if (depths[i]! <= depths[at]!) return i
  return 0
}
