/** What the user has set. */
import { nameIfPlain } from './format/names.ts'
import type { ColumnOptions, Format, OutputMode } from './format/mode.ts'

/** Whether plans are shown before statements run: of the statement, of its triggers too, with the program. */
export type QueryPlans = 'off' | 'on' | 'trigger' | 'full'

export type Statistics = 'off' | 'on' | 'stmt' | 'vmstep'

export interface Settings {
  readonly format: Format
  /** Headers were asked for or forbidden, so that no mode decides about them. */
  headersSet: boolean
  bail: boolean
  echo: boolean
  timer: boolean
  changes: boolean
  queryPlans: QueryPlans
  /** EXPLAIN is shown in a way of its own. */
  autoExplain: boolean
  /** The mode before `.explain on`. */
  modeBefore: OutputMode
  statistics: Statistics
  /** C escapes in SQL. */
  backslash: boolean
  prompt: string
  continuation: string
}

export function newSettings(): Settings {
  return {
    format: {
      mode: 'list',
      headers: false,
      columnSeparator: '|',
      rowSeparator: '\n',
      nullValue: '',
      columns: { wrap: 0, wordWrap: false, quote: false },
      widths: [],
      table: 'table',
      newlines: false,
    },
    headersSet: false,
    bail: false,
    echo: false,
    timer: false,
    changes: false,
    queryPlans: 'off',
    autoExplain: true,
    modeBefore: 'list',
    statistics: 'off',
    backslash: false,
    prompt: 'chorusdb> ',
    continuation: '     ...> ',
  }
}

/** Separators that belong to a mode: between columns, between rows. Null: as they are. */
const separators: Readonly<Record<string, readonly [string | null, string | null]>> = {
  lines: [null, '\n'],
  columns: [null, '\n'],
  list: ['|', '\n'],
  tcl: [' ', '\n'],
  csv: [',', '\r\n'],
  tabs: ['\t', null],
  quote: [',', '\n'],
  ascii: ['\x1f', '\x1e'],
}

/** The modes as `.mode` knows them, in the order in which it looks. */
const named: readonly (readonly [string, OutputMode])[] = [
  ['lines', 'line'],
  ['columns', 'column'],
  ['list', 'list'],
  ['html', 'html'],
  ['tcl', 'tcl'],
  ['csv', 'csv'],
  ['tabs', 'list'],
  ['insert', 'insert'],
  ['quote', 'quote'],
  ['ascii', 'ascii'],
  ['markdown', 'markdown'],
  ['table', 'table'],
  ['box', 'box'],
  ['count', 'count'],
  ['off', 'off'],
  ['json', 'json'],
]

/** `.mode`: sets a mode by its name or the beginning of it, with what belongs to it. @returns whether there is one of that name */
export function setMode(
  settings: Settings,
  name: string,
  columns: ColumnOptions,
  table: string | null,
): boolean {
  const found = named.find(([known]) => known.startsWith(name))
  if (found === undefined) return false
  const [known, mode] = found
  const { format } = settings
  format.mode = mode
  const [column, row] = separators[known] ?? [null, null]
  if (column !== null) format.columnSeparator = column
  if (row !== null) format.rowSeparator = row
  if (mode === 'column' && !settings.headersSet) format.headers = true
  if (mode === 'column' || mode === 'markdown' || mode === 'table' || mode === 'box') {
    format.columns = columns
  }
  if (mode === 'insert') format.table = nameIfPlain(table ?? 'table')
  return true
}

/** A mode as an option of the command line sets it: what belongs to it only where a script needs that. */
export function setModeByOption(settings: Settings, name: string): void {
  const { format } = settings
  format.mode = name === 'tabs' ? 'list' : (name as OutputMode)
  if (name === 'csv') format.columnSeparator = ','
  if (name === 'quote') [format.columnSeparator, format.rowSeparator] = [',', '\n']
  if (name === 'ascii') [format.columnSeparator, format.rowSeparator] = ['\x1f', '\x1e']
  if (name === 'tabs') [format.columnSeparator, format.rowSeparator] = ['\t', '\n']
}

/** A separator or what stands for NULL: sqlite3 keeps 19 bytes of them. */
export function shortened(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  return bytes.length < 20 ? text : bytes.subarray(0, 19).toString('utf8')
}
