/** Commands that set how things are done and shown. */
import type { ColumnOptions } from '../format/mode.ts'
import { isColumnar } from '../format/mode.ts'
import { cText } from '../format/quote.ts'
import { setMode, shortened, type QueryPlans, type Statistics } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { booleanOf, fail, switchCommand, type Answer, type Call, type Command } from './command.ts'
import { integerOf, isOption } from './words.ts'

export const bail: Command = switchCommand('bail', 3, ({ settings }, isOn) => {
  settings.bail = isOn
})

/** Text is written as it is on all systems that are supported. */
export const binary: Command = switchCommand('binary', 3, () => {})

export const changes: Command = switchCommand('changes', 3, ({ settings }, isOn) => {
  settings.changes = isOn
})

export const echo: Command = switchCommand('echo', 1, ({ settings }, isOn) => {
  settings.echo = isOn
})

export const headers: Command = switchCommand('headers', 1, ({ settings }, isOn) => {
  settings.format.headers = isOn
  settings.headersSet = true
})

export const timer: Command = switchCommand('timer', 5, ({ settings }, isOn) => {
  settings.timer = isOn
})

export const eqp: Command = {
  name: 'eqp',
  least: 1,
  run: ({ shell, args }) => {
    const [word] = args
    if (args.length !== 1) return fail(shell, 'Usage: .eqp off|on|trace|trigger|full')
    const named: QueryPlans | null = word === 'full' || word === 'trigger' ? word : null
    shell.settings.queryPlans = named ?? (booleanOf(shell, word!) ? 'on' : 'off')
    return undefined
  },
}

export const explain: Command = {
  name: 'explain',
  least: 1,
  run: ({ shell: { settings }, shell, args }) => {
    const { format } = settings
    const isAuto = args[0] === 'auto'
    const isOn = isAuto || args[0] === undefined ? !isAuto : booleanOf(shell, args[0])
    if (isOn) {
      if (format.mode === 'explain') return
      settings.modeBefore = format.mode
      format.mode = 'explain'
      settings.autoExplain = false
      return
    }
    if (format.mode === 'explain') format.mode = settings.modeBefore
    settings.autoExplain = isAuto
  },
}

export const nullValue: Command = {
  name: 'nullvalue',
  least: 1,
  run: ({ shell, args }) => {
    if (args.length !== 1) return fail(shell, 'Usage: .nullvalue STRING')
    shell.format.nullValue = shortened(args[0]!)
    return undefined
  },
}

export const separator: Command = {
  name: 'separator',
  least: 1,
  run: ({ shell, args: [column, row, ...others] }) => {
    const isWrong = column === undefined || others.length > 0
    if (isWrong) shell.complain('Usage: .separator COL ?ROW?')
    if (column !== undefined) shell.format.columnSeparator = shortened(column)
    if (row !== undefined) shell.format.rowSeparator = shortened(row)
    return isWrong ? 'failed' : undefined
  },
}

export const prompt: Command = {
  name: 'prompt',
  least: 1,
  run: ({ shell: { settings }, args: [main, continuation] }) => {
    if (main !== undefined) settings.prompt = main
    if (continuation !== undefined) settings.continuation = continuation
  },
}

export const width: Command = {
  name: 'width',
  least: 1,
  run: ({ shell, args }) => {
    shell.format.widths = args.map((word) => integerOf(word) | 0)
  },
}

export const stats: Command = {
  name: 'stats',
  least: 2,
  run: async ({ shell, args }) => {
    const [word] = args
    if (args.length > 1) return fail(shell, 'Usage: .stats ?on|off|stmt|vmstep?')
    if (word === undefined) {
      const { showStatistics } = await import('../statistics.ts')
      showStatistics(shell)
      return undefined
    }
    const named: Statistics | null = word === 'stmt' || word === 'vmstep' ? word : null
    shell.settings.statistics = named ?? (booleanOf(shell, word) ? 'on' : 'off')
    return undefined
  },
}

const modeOptions = [
  'options:',
  '  --noquote',
  '  --quote',
  '  --wordwrap on/off',
  '  --wrap N',
  '  --ww',
]

export const mode: Command = { name: 'mode', least: 1, run: setOutputMode }

function setOutputMode({ shell, args }: Call): Answer {
  let columns: ColumnOptions = { wrap: 60, wordWrap: false, quote: false }
  let name: string | null = null
  let table: string | null = null
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    const next = args[i + 1]
    if (isOption(word, 'wrap') && next !== undefined) {
      columns = { ...columns, wrap: integerOf(next) }
      i++
    } else if (isOption(word, 'ww')) columns = { ...columns, wordWrap: true }
    else if (isOption(word, 'wordwrap') && next !== undefined) {
      columns = { ...columns, wordWrap: booleanOf(shell, next) }
      i++
    } else if (isOption(word, 'quote')) columns = { ...columns, quote: true }
    else if (isOption(word, 'noquote')) columns = { ...columns, quote: false }
    else if (name === null) {
      name = word
      if (word === 'qbox') {
        name = 'box'
        columns = { wrap: 60, wordWrap: false, quote: true }
      }
    } else if (table === null) table = word
    else if (word.startsWith('-')) {
      return fail(shell, [`unknown option: ${word}`, ...modeOptions].join('\n'))
    } else return fail(shell, `extra argument: "${word}"`)
  }
  if (name === null) {
    shell.print(`current output mode: ${describeMode(shell)}`)
    name = shell.format.mode
    // As in sqlite3 the question sets the mode anew.
    if (!isColumnar(shell.format.mode)) columns = shell.format.columns
  }
  if (setMode(shell.settings, name, columns, table)) return undefined
  return fail(
    shell,
    'Error: mode should be one of: ascii box column csv html insert json line list markdown qbox quote table tabs tcl',
  )
}

function describeMode({ format }: Shell): string {
  if (!isColumnar(format.mode)) return format.mode
  const { wrap, wordWrap, quote } = format.columns
  return `${format.mode} --wrap ${wrap} --wordwrap ${wordWrap ? 'on' : 'off'} --${quote ? '' : 'no'}quote`
}

export const show: Command = {
  name: 'show',
  least: 1,
  run: ({ shell, args }) => {
    if (args.length > 0) return fail(shell, 'Usage: .show')
    const { settings, format } = shell
    const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off')
    const explains = settings.autoExplain ? 'auto' : 'off'
    const lines: readonly (readonly [string, string])[] = [
      ['echo', onOff(settings.echo)],
      ['eqp', settings.queryPlans],
      ['explain', format.mode === 'explain' ? 'on' : explains],
      ['headers', onOff(format.headers)],
      ['mode', describeMode(shell)],
      ['nullvalue', cText(format.nullValue)],
      ['output', shell.out.name],
      ['colseparator', cText(format.columnSeparator)],
      ['rowseparator', cText(format.rowSeparator)],
      ['stats', settings.statistics],
      ['width', format.widths.map((width) => `${width} `).join('')],
      ['filename', shell.connections.path ?? ''],
    ]
    for (const [name, value] of lines) shell.print(`${name.padStart(12)}: ${value}`)
    return undefined
  },
}

export const timeout: Command = {
  name: 'timeout',
  least: 5,
  run: ({ shell, args: [ms] }) => {
    shell.database.pragma(`busy_timeout = ${ms === undefined ? 0 : integerOf(ms)}`)
  },
}
