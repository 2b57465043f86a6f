/**
 * The ways to show rows that need all of them first, for the widths: column, table, markdown, box. A cell is cut into lines where its text
 * ends one, and where it is longer than it may be.
 */
import type { Format, RowWriter, Write } from './mode.ts'
import { bytesOfText, textOfBytes } from './text.ts'
import { valueLiteral, valueText } from './value.ts'

/** How wide a text is: in characters for programs, in cells for a terminal. */
export type Measure = (text: string) => number

/** The lines that are drawn around rows. */
interface Frame {
  /** Before, between and behind the cells of a row. */
  readonly edges: readonly [string, string, string]
  /** What lines of the frame are drawn with, and its corners: above, below the names, below. Null: no such line. */
  readonly dash: string
  readonly top: readonly [string, string, string] | null
  readonly middle: readonly [string, string, string]
  readonly bottom: readonly [string, string, string] | null
  /** Rows of several lines are kept apart by `middle`. */
  readonly divides: boolean
}

const frames: Readonly<Record<string, Frame>> = {
  table: {
    edges: ['| ', ' | ', ' |\n'],
    dash: '-',
    top: ['+', '+', '+'],
    middle: ['+', '+', '+'],
    bottom: ['+', '+', '+'],
    divides: true,
  },
  markdown: {
    edges: ['| ', ' | ', ' |\n'],
    dash: '-',
    top: null,
    middle: ['|', '|', '|'],
    bottom: null,
    divides: false,
  },
  box: {
    edges: ['│ ', ' │ ', ' │\n'],
    dash: '─',
    top: ['┌', '┬', '┐'],
    middle: ['├', '┼', '┤'],
    bottom: ['└', '┴', '┘'],
    divides: true,
  },
}

/** Lines of one row: those that are followed by others of the same row, and the last one. */
interface Line {
  readonly cells: readonly string[]
  readonly isLast: boolean
}

/** Rows are written when they have ended, if there were any. */
export function columnsWriter(
  names: readonly string[],
  format: Format,
  write: Write,
  measure: Measure,
): RowWriter {
  const { columns, mode } = format
  const widths = names.map((_, i) => Math.abs(format.widths[i] ?? 0))
  const longest = names.map((_, i) => Math.abs(format.widths[i] ?? 0) || Math.abs(columns.wrap))
  const lines: Line[] = []
  let titles: readonly string[] = []
  let hasLongRows = false

  const see = (text: string, column: number): string => {
    const width = measure(text)
    if (width > widths[column]!) widths[column] = width
    return text
  }

  const addRow = (cells: readonly string[]): void => {
    let rest: (string | null)[] = [...cells]
    do {
      const next: (string | null)[] = []
      const shown = rest.map((cell, i) => {
        const line = firstLine(cell ?? '', longest[i]!, columns.wordWrap)
        next.push(line.rest)
        return see(line.text, i)
      })
      const isLast = next.every((cell) => cell === null)
      if (!isLast) hasLongRows = true
      lines.push({ cells: shown, isLast })
      rest = next
    } while (rest.some((cell) => cell !== null))
  }

  const begin = (): void => {
    while (format.widths.length < names.length) format.widths.push(0)
    titles = names.map((name, i) => see(firstLine(name, longest[i]!, columns.wordWrap).text, i))
  }

  const pad = (text: string, column: number): string => {
    const space = ' '.repeat(Math.max(0, widths[column]! - measure(text)))
    return format.widths[column]! < 0 ? space + text : text + space
  }

  const centre = (text: string, column: number): string => {
    const space = widths[column]! - measure(text)
    const before = Math.floor(space / 2)
    return ' '.repeat(before) + text + ' '.repeat(space - before)
  }

  const writeFramed = (frame: Frame): void => {
    const [before, between, behind] = frame.edges
    const rule = ([left, middle, right]: readonly [string, string, string]): string =>
      `${left}${widths.map((width) => frame.dash.repeat(width + 2)).join(middle)}${right}\n`
    if (frame.top !== null) write(rule(frame.top))
    write(before + titles.map(centre).join(between) + behind)
    write(rule(frame.middle))
    const divides = frame.divides && hasLongRows
    for (const [i, { cells, isLast }] of lines.entries()) {
      write(before + cells.map(pad).join(between) + behind)
      if (divides && isLast && i + 1 < lines.length) write(rule(frame.middle))
    }
    if (frame.bottom !== null) write(rule(frame.bottom))
  }

  const writePlain = (): void => {
    if (format.headers) {
      write(`${titles.map(pad).join('  ')}\n`)
      write(`${widths.map((width) => '-'.repeat(width)).join('  ')}\n`)
    }
    for (const [i, { cells, isLast }] of lines.entries()) {
      write(`${cells.map(pad).join('  ')}\n`)
      if (hasLongRows && isLast && i + 1 < lines.length) write('\n')
    }
  }

  return {
    row: (values) => {
      if (lines.length === 0) begin()
      addRow(
        values.map((value) =>
          columns.quote ? valueLiteral(value) : (valueText(value) ?? format.nullValue),
        ),
      )
    },
    end: () => {
      if (lines.length === 0) return
      const frame = frames[mode]
      if (frame === undefined) writePlain()
      else writeFramed(frame)
    },
  }
}

const noLimit = 1_000_000
const tab = 9
const feed = 10
const carriage = 13
const space = 32

/**
 * What of a text stands on the first line, tabs as spaces, and what is left for the next one; null: nothing. A control character ends a line
 * and is not shown. `width` counts characters; 0: any number.
 */
export function firstLine(
  text: string,
  width: number,
  wordWrap: boolean,
): { text: string; rest: string | null } {
  const most = width === 0 ? noLimit : width
  if (text.length <= most && /^[ -~]*$/.test(text)) {
    // A line that is full is looked at for words, which moves nothing where no text is left.
    if (!wordWrap || text.length < most) return { text, rest: null }
  }
  const bytes = bytesOfText(text)
  const at = (i: number): number => bytes[i] ?? 0
  let end = 0
  let column = 0
  while (column < most) {
    if (at(end) >= space) {
      column++
      do end++
      while ((at(end) & 0xc0) === 0x80)
    } else if (at(end) === tab) {
      do column++
      while ((column & 7) !== 0 && column < most)
      end++
    } else break
  }
  let shown = end
  if (column >= most && wordWrap) {
    const word = wordEnd(bytes, end)
    if (word > 0) {
      shown = end = word
      while (at(end) === space) end++
    }
  }
  const next = nextLine(bytes, end, column >= most)
  return {
    text: expanded(bytes, shown, most),
    rest: next < 0 ? null : textOfBytes(bytes.subarray(next)),
  }
}

/** Where the line that ends at `end` should rather end: behind a space, else between two words; 0: nowhere in its second half. */
function wordEnd(bytes: Uint8Array, end: number): number {
  const half = Math.floor(end / 2)
  const at = (i: number): number => bytes[i] ?? 0
  for (let i = end; i > half; i--)
    if (at(i - 1) === space || (at(i - 1) >= tab && at(i - 1) <= carriage)) return i
  for (let i = end; i > half; i--) {
    if (isWord(at(i - 1)) !== isWord(at(i)) && (at(i) & 0xc0) !== 0x80) return i
  }
  return 0
}

function isWord(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
}

/** Where the next line begins; -1: there is none. */
function nextLine(bytes: Uint8Array, end: number, isFull: boolean): number {
  const at = (i: number): number => bytes[i] ?? 0
  if (isFull && at(end) >= space) return end
  if (at(end) === carriage && at(end + 1) === feed) return at(end + 2) === 0 ? -1 : end + 2
  if (at(end) === 0 || at(end + 1) === 0) return -1
  return end + 1
}

/** Bytes up to `end` as text, tabs as spaces. */
function expanded(bytes: Uint8Array, end: number, most: number): string {
  const part = bytes.subarray(0, end)
  if (!part.includes(tab)) return textOfBytes(part)
  let text = ''
  let column = 0
  for (const character of textOfBytes(part)) {
    if (character !== '\t') {
      text += character
      column++
      continue
    }
    do {
      text += ' '
      column++
    } while ((column & 7) !== 0 && column < most)
  }
  return text
}
