/** What the user has set, and what each output mode brings with it. */
import type { OutputMode } from './format.ts'

export interface Settings {
  path: string
  readonly multiprocess: boolean
  readonly readonly: boolean
  mode: OutputMode
  headers: boolean
  /** Headers were asked for or forbidden, so that no mode decides about them. */
  headersSet: boolean
  separator: string
  rowSeparator: string
  nullValue: string
  bail: boolean
  echo: boolean
  timer: boolean
  changes: boolean
}

const separators: Readonly<Partial<Record<OutputMode, readonly [string, string]>>> = {
  list: ['|', '\n'],
  csv: [',', '\r\n'],
  tabs: ['\t', '\n'],
}

/** `.mode`: separators belong to the mode; column shows headers unless told otherwise. */
export function setMode(settings: Settings, mode: OutputMode): void {
  settings.mode = mode
  ;[settings.separator, settings.rowSeparator] = separators[mode] ?? [settings.separator, '\n']
  if (mode === 'column' && !settings.headersSet) settings.headers = true
}
