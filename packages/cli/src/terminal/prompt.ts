/** The prompt: texts are asked for one by one, and what they say is done. */
import { runDotCommand } from '../dot/index.ts'
import { DescriptorLines, Script } from '../input.ts'
import type { Shell } from '../shell.ts'
import { complete } from './completion.ts'
import { LineEditor } from './editor.ts'
import { History } from './history.ts'
import { InterruptibleRunner } from './runner.ts'
import { displayWidth } from './width.ts'

/** Gets what is typed; null: there is no more. */
type Ask = () => Promise<string | null>

/** @returns whether it was free of errors */
export async function runPrompt(shell: Shell, isInMemory: boolean): Promise<boolean> {
  const { stdin, stdout } = process
  const script = new Script(shell, runDotCommand)
  const runner = new InterruptibleRunner()
  shell.readsTerminal = true
  shell.runner = runner
  shell.displayWidth = displayWidth
  greet(shell, isInMemory)
  const canEdit = stdin.isTTY && stdout.isTTY && process.env['TERM'] !== 'dumb'
  const { ask, close } = canEdit ? editing(shell, script) : plain(shell, script)
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one text after the other
    const text = await ask()
    if (text === null) break
    // oxlint-disable-next-line no-await-in-loop -- as above
    const goesOn = await runner.during(() => feedLines(script, text))
    shell.flush()
    if (!goesOn) break
  }
  close()
  await script.end()
  shell.flush()
  return !script.hasFailed
}

/** @returns whether there is more to come */
async function feedLines(script: Script, text: string): Promise<boolean> {
  for (const line of text.split('\n')) {
    // oxlint-disable-next-line no-await-in-loop -- one line after the other
    if ((await script.feed(line)) === 'quit') return false
  }
  return true
}

function greet(shell: Shell, isInMemory: boolean): void {
  shell.standardOutput.write(`ChorusDB version ${shell.version}\nEnter ".help" for usage hints.\n`)
  if (isInMemory) {
    shell.standardOutput.write(
      'Connected to a transient in-memory database.\nUse ".open FILENAME" to reopen on a persistent database.\n',
    )
  }
  shell.flush()
}

/** On a terminal that can move its cursor. */
function editing(shell: Shell, script: Script): { ask: Ask; close: () => void } {
  const { stdin, stdout } = process
  const editor = new LineEditor({
    input: stdin,
    output: stdout,
    history: new History(),
    hasColours: process.env['NO_COLOR'] === undefined && stdout.hasColors(),
    isWhole: (text) => script.wouldRun(text),
    complete: (text, cursor) => complete(shell, text, cursor),
  })
  const ask: Ask = async () => {
    const { prompt, continuation } = shell.settings
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one text after the other
      const edited = await editor.read(script.isWaiting ? continuation : prompt, continuation)
      if (edited.kind === 'end') return null
      if (edited.kind === 'text') return edited.text
      script.cancel()
    }
  }
  return { ask, close: () => editor.close() }
}

/** Elsewhere lines are read as they come. */
function plain(shell: Shell, script: Script): { ask: Ask; close: () => void } {
  const history = new History()
  const lines = new DescriptorLines(0, () => shell.flush())
  const ask: Ask = async () => {
    const { prompt, continuation } = shell.settings
    shell.standardOutput.write(script.isWaiting ? continuation : prompt)
    const line = await lines.next()
    if (line === null) shell.standardOutput.write('\n')
    else history.add(line)
    return line
  }
  return { ask, close: () => {} }
}
