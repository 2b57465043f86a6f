/** Where text goes: standard output, standard error, files, programs. Text is collected and written in large pieces. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { bytesOfText } from './format/text.ts'

/** A place for text. */
export interface Output {
  /** What was asked for: a name of a file, a program with `|` in front, `stdout`. */
  readonly name: string
  readonly isTerminal: boolean
  write(text: string): void
  flush(): void
  /** Nothing more comes. */
  close(): void
}

/** Characters that are collected before they are written. */
const pieceSize = 65_536

/** Text into a descriptor. */
export class DescriptorOutput implements Output {
  readonly name: string
  readonly isTerminal: boolean
  readonly #descriptor: number
  readonly #closes: boolean
  #text = ''

  constructor(name: string, descriptor: number, closes = false) {
    this.name = name
    this.isTerminal = isatty(descriptor)
    this.#descriptor = descriptor
    this.#closes = closes
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= pieceSize) this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    const bytes = bytesOfText(this.#text)
    this.#text = ''
    writeAll(this.#descriptor, bytes)
  }

  close(): void {
    this.flush()
    if (this.#closes) closeSync(this.#descriptor)
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Writes all bytes, also where whoever reads is slow. Whoever has closed the other end has seen enough. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(sleeper, 0, 0, 1)
    }
  }
}

/** Text for a program, which runs when there is no more. */
class ProgramOutput implements Output {
  readonly name: string
  readonly isTerminal = false
  readonly #command: string
  readonly #pieces: Buffer[] = []

  constructor(command: string) {
    this.name = `|${command}`
    this.#command = command
  }

  write(text: string): void {
    this.#pieces.push(bytesOfText(text))
  }

  flush(): void {}

  close(): void {
    spawnSync('/bin/sh', ['-c', this.#command], {
      input: Buffer.concat(this.#pieces),
      stdio: ['pipe', 'inherit', 'inherit'],
    })
  }
}

/** Opens a file for text; null: it cannot be. */
export function openFile(name: string): Output | null {
  try {
    return new DescriptorOutput(name, openSync(name, 'w'), true)
  } catch {
    return null
  }
}

/** Text for a command of the system's shell. */
export function openProgram(command: string): Output {
  return new ProgramOutput(command)
}
