/** The prompt: lines are asked for one by one. */
import { createInterface } from 'node:readline'
import { runDotCommand } from '../dot/index.ts'
import { Script } from '../input.ts'
import type { Shell } from '../shell.ts'

/** @returns whether it was free of errors */
export async function runPrompt(shell: Shell, _isInMemory: boolean): Promise<boolean> {
  const script = new Script(shell, runDotCommand)
  shell.readsTerminal = true
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  shell.print(`ChorusDB ${shell.version}\nEnter ".help" for usage hints.`)
  shell.flush()
  const ask = (): void => {
    lines.setPrompt(script.isWaiting ? shell.settings.continuation : shell.settings.prompt)
    lines.prompt()
  }
  ask()
  for await (const line of lines) {
    if ((await script.feed(line)) === 'quit') break
    shell.flush()
    ask()
  }
  await script.end()
  return !script.hasFailed
}
