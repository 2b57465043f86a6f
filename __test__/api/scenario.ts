/**
 * Calls of better-sqlite3's interface, to be made on any constructor that claims to have it. Each step is recorded
 * as its own text and what came of it: a value, written so that a bigint is not a number and a Buffer not an
 * array, or the class, code and message of an error.
 *
 * A scenario sees nothing but the constructor, so the same files run here and in the process that holds
 * better-sqlite3.
 */

// The interface is the thing under test, so nothing is assumed of it.
// eslint-disable-next-line typescript/no-explicit-any
export type Loose = any

/** One step: its text, and what came of it. */
export type Step = readonly [call: string, outcome: string]

export type Scenarios = Readonly<Record<string, (scene: Scene) => void | Promise<void>>>

export interface Scene {
  readonly Database: Loose
  /** A new memory database. */
  readonly db: Loose
  /** An empty folder. */
  readonly folder: string
  /** Makes a call and records it. */
  readonly step: (call: () => unknown) => void
  /** The same under a name of its own. */
  readonly say: (name: string, call: () => unknown) => void
  /** Waits for what it promises, and records that. */
  readonly wait: (call: () => unknown) => Promise<void>
}

/** A value as text. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return showError(value)
  if (Buffer.isBuffer(value)) return `Buffer(${value.toString('hex')})`
  if (ArrayBuffer.isView(value)) return value.constructor.name
  if (depth > 4) return '…'
  if (Array.isArray(value)) return `[${value.map((item) => show(item, depth + 1)).join(', ')}]`
  const name = value.constructor?.name
  if (name !== undefined && name !== 'Object') return name.replace(/Class$/, '')
  const members = Object.entries(value).map(([key, item]) => `${key}: ${show(item, depth + 1)}`)
  return `{ ${members.join(', ')} }`
}

function showError(error: Error): string {
  const { code } = error as Error & { code?: string }
  return `${error.name}${code === undefined ? '' : ` ${code}`}: ${error.message}`
}

/** What came of a call. */
export function outcomeOf(call: () => unknown): string {
  try {
    return show(call())
  } catch (error) {
    return `throws ${error instanceof Error ? showError(error) : show(error)}`
  }
}

/** What came of a promise. */
export async function awaited(call: () => unknown): Promise<string> {
  try {
    return show(await call())
  } catch (error) {
    return `rejects ${error instanceof Error ? showError(error) : show(error)}`
  }
}

export const people = `
  CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT, pay REAL, photo BLOB);
  INSERT INTO person VALUES (1, 'Ada', 36, 10.5, x'0102'), (2, 'Bob', NULL, 2.0, NULL), (3, 'Cy', 9, 0, x'');
  CREATE TABLE pet(id INTEGER PRIMARY KEY, owner INT, name VARCHAR(20) UNIQUE);
  INSERT INTO pet VALUES (1, 1, 'Rex'), (2, 1, 'Tom'), (3, 3, 'Kit');
`
