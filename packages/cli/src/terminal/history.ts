/**
 * What was typed before, kept in a file. An entry of several lines has a backslash at the end of each but the last; a backslash that stands
 * there itself is doubled.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Entries that are kept. */
const most = 2000

export class History {
  readonly #path: string
  /** The oldest first. */
  readonly #entries: string[]

  constructor(
    path: string = process.env['CHORUSDB_HISTORY'] ?? join(homedir(), '.chorusdb_history'),
  ) {
    this.#path = path
    this.#entries = readEntries(path)
    if (this.#entries.length <= 2 * most) return
    this.#entries.splice(0, this.#entries.length - most)
    this.#quietly(() => writeFileSync(path, this.#entries.map(encoded).join(''), { mode: 0o600 }))
  }

  get length(): number {
    return this.#entries.length
  }

  /** An entry, counted from the newest. */
  at(age: number): string {
    return this.#entries[this.#entries.length - 1 - age]!
  }

  add(entry: string): void {
    if (entry.trim() === '' || entry === this.#entries.at(-1)) return
    this.#entries.push(entry)
    // Added at once, for other shells write to the file too.
    this.#quietly(() => appendFileSync(this.#path, encoded(entry), { mode: 0o600 }))
  }

  /** The newest entry that holds a text, from an age on; -1: none does. */
  find(text: string, from: number): number {
    for (let age = Math.max(0, from); age < this.length; age++) {
      if (this.at(age).includes(text)) return age
    }
    return -1
  }

  /** A history that cannot be written is no reason to stop. */
  #quietly(write: () => void): void {
    try {
      write()
    } catch {
      return
    }
  }
}

function encoded(entry: string): string {
  const lines = entry.split('\n').map((line) => line.replace(/\\+$/, (end) => end + end))
  return `${lines.join('\\\n')}\n`
}

function readEntries(path: string): string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const entries: string[] = []
  let entry = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const end = /\\*$/.exec(line)![0].length
    const isLast = end % 2 === 0
    entry += line.slice(0, line.length - Math.ceil(end / 2))
    if (isLast) {
      entries.push(entry)
      entry = ''
    } else entry += '\n'
  }
  return entries
}
