/** What a dot command is, and what all of them need. */
import type { DotCommands, Outcome } from '../input.ts'
import type { Shell } from '../shell.ts'
import { switchOf } from './words.ts'

/** Who runs a command, and how commands are run from inside one. */
export interface Call {
  readonly shell: Shell
  /** The word by which it was called. */
  readonly name: string
  readonly args: readonly string[]
  readonly dotCommands: DotCommands
}

/** What a command answers; nothing: it is done. */
export type Answer = Outcome | void | Promise<Outcome | void>

export interface Command {
  readonly name: string
  /** So many letters of the name are enough. */
  readonly least: number
  readonly run: (call: Call) => Answer
}

/** Says why a command was not done. */
export function fail(shell: Shell, message: string): 'failed' {
  shell.complain(message)
  return 'failed'
}

/** A switch. What is none counts as off, with a remark. */
export function booleanOf(shell: Shell, word: string): boolean {
  const value = switchOf(word)
  if (value === null) shell.complain(`ERROR: Not a boolean value: "${word}". Assuming "no".`)
  return value ?? false
}

/** A command with one switch. */
export function switchCommand(
  name: string,
  least: number,
  set: (shell: Shell, isOn: boolean) => void,
): Command {
  return {
    name,
    least,
    run: ({ shell, args }) => {
      if (args.length !== 1) return fail(shell, `Usage: .${name} on|off`)
      set(shell, booleanOf(shell, args[0]!))
      return undefined
    },
  }
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
