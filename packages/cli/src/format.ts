/** Rows as text, in the modes of the sqlite3 shell. */

export const outputModes = ['box', 'column', 'csv', 'json', 'line', 'list', 'tabs'] as const
export type OutputMode = (typeof outputModes)[number]

export interface FormatOptions {
  readonly mode: OutputMode
  readonly headers: boolean
  readonly separator: string
  readonly nullValue: string
}

/** The lines for one result. INTEGERs come as bigints, REALs as numbers, BLOBs as bytes. */
export function formatRows(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  options: FormatOptions,
): string[] {
  switch (options.mode) {
    case 'box':
      return formatBox(names, rows, options)
    case 'column':
      return formatColumns(names, rows, options)
    case 'json':
      return formatJson(names, rows)
    case 'line':
      return formatLines(names, rows, options)
    case 'csv':
      return formatSeparated(names, rows, options, ',', quoteCsv)
    case 'tabs':
      return formatSeparated(names, rows, options, '\t', (text) => text)
    case 'list':
      return formatSeparated(names, rows, options, options.separator, (text) => text)
    default:
      options.mode satisfies never
      return []
  }
}

/** One value as the shell shows it. */
export function showValue(value: unknown, nullValue: string): string {
  if (value === null) return nullValue
  if (typeof value === 'number') return showReal(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return String(value)
}

/** A REAL always has a point or an exponent. */
function showReal(value: number): string {
  if (value === Infinity) return 'Inf'
  if (value === -Infinity) return '-Inf'
  const text = String(value)
  const match = /^(-?\d+)(\.\d+)?e([-+])(\d+)$/.exec(text)
  if (match !== null) {
    const [, whole, fraction = '.0', sign, exponent] = match
    return `${whole}${fraction}e${sign}${exponent!.padStart(2, '0')}`
  }
  return /[.]/.test(text) ? text : `${text}.0`
}

function formatSeparated(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  { headers, nullValue }: FormatOptions,
  separator: string,
  quote: (text: string) => string,
): string[] {
  const lines = rows.map((row) =>
    row.map((value) => quote(showValue(value, nullValue))).join(separator),
  )
  if (headers && rows.length > 0) lines.unshift(names.map(quote).join(separator))
  return lines
}

function quoteCsv(text: string): string {
  return /[",\r\n' ]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function formatJson(names: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  if (rows.length === 0) return []
  const objects = rows.map((row) => {
    const fields = row.map((value, i) => `${JSON.stringify(names[i])}:${jsonValue(value)}`)
    return `{${fields.join(',')}}`
  })
  return `[${objects.join(',\n')}]`.split('\n')
}

function jsonValue(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? showReal(value) : value > 0 ? '9e999' : '-9e999'
  return JSON.stringify(showValue(value, ''))
}

function formatLines(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  { nullValue }: FormatOptions,
): string[] {
  const width = Math.max(5, ...names.map(displayWidth))
  return rows.flatMap((row, i) => {
    const lines = row.map(
      (value, column) => `${pad(names[column]!, width, true)} = ${showValue(value, nullValue)}`,
    )
    return i === 0 ? lines : ['', ...lines]
  })
}

function cells(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  nullValue: string,
): { texts: string[][]; widths: number[] } {
  const texts = rows.map((row) => row.map((value) => escapeControls(showValue(value, nullValue))))
  const widths = names.map((name, i) => {
    let width = displayWidth(name)
    for (const row of texts) width = Math.max(width, displayWidth(row[i]!))
    return width
  })
  return { texts, widths }
}

function formatBox(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  { nullValue }: FormatOptions,
): string[] {
  if (rows.length === 0) return []
  const { texts, widths } = cells(names, rows, nullValue)
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right
  const line = (row: readonly string[], centred: boolean): string =>
    `│ ${row.map((text, i) => (centred ? centre(text, widths[i]!) : pad(text, widths[i]!, isNumber(text)))).join(' │ ')} │`
  return [
    rule('┌', '┬', '┐'),
    line(names, true),
    rule('├', '┼', '┤'),
    ...texts.map((row) => line(row, false)),
    rule('└', '┴', '┘'),
  ]
}

function formatColumns(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  { nullValue, headers }: FormatOptions,
): string[] {
  if (rows.length === 0) return []
  const { texts, widths } = cells(names, rows, nullValue)
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => pad(text, widths[i]!, false))
      .join('  ')
      .trimEnd()
  const lines = texts.map(line)
  if (headers) lines.unshift(line(names), widths.map((width) => '-'.repeat(width)).join('  '))
  return lines
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text)
}

function escapeControls(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\t', '    ')
}

/** Columns on a terminal: combining marks take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return right ? space + text : text + space
}

function centre(text: string, width: number): string {
  const space = Math.max(0, width - displayWidth(text))
  const left = Math.floor(space / 2)
  return ' '.repeat(left) + text + ' '.repeat(space - left)
}
