/**
 * Calls of node:sqlite's interface, to be made on any module that claims to have it. Each step is recorded as its own text and what came of it:
 * a value, written so that prototypes, bigints and arrays of bytes can be told apart, or an error with all that it has of its own.
 */

// The interface is the thing under test, so nothing is assumed of it.
// eslint-disable-next-line typescript/no-explicit-any
export type Loose = any

/** One step: its text, and what came of it. */
export type Step = readonly [call: string, outcome: string]

export interface Scene {
  /** The module. */
  readonly sqlite: Loose
  /** A new database in memory. */
  readonly db: Loose
  /** An empty folder. */
  readonly folder: string
  /** Makes a call and records it. */
  readonly step: (call: () => unknown) => void
  /** The same of one that promises its answer. */
  readonly promised: (call: () => Promise<unknown>) => Promise<void>
}

export type Scenario = (scene: Scene) => void | Promise<void>
export type Scenarios = Readonly<Record<string, Scenario>>

const named = new Set(['DatabaseSync', 'StatementSync', 'SQLTagStore', 'StatementSyncIterator'])

/** A value as text. */
export function show(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'bigint':
      return `${value}n`
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'function':
      return `function ${value.name}/${value.length}`
    case 'object':
      break
    default:
      return String(value)
  }
  if (value === null) return 'null'
  if (value instanceof Error) return showError(value)
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value
    const bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex')
    const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
    return `${value.constructor.name}(${bytes}${isWhole ? '' : ' of a larger one'})`
  }
  if (depth > 4) return '…'
  if (Array.isArray(value)) return `[${value.map((item) => show(item, depth + 1)).join(', ')}]`
  const name = (value as { constructor?: { name: string } }).constructor?.name
  if (name !== undefined && named.has(name)) return name
  const members = Object.entries(value).map(([key, item]) => `${key}: ${show(item, depth + 1)}`)
  const prototype: unknown = Object.getPrototypeOf(value)
  return `${prototype === null ? 'bare ' : ''}{ ${members.join(', ')} }`
}

/** The stack is no one's to compare, but its first line. */
function showError(error: Error): string {
  const own = Object.entries(error)
    .map(([key, item]) => `${key}=${show(item)}`)
    .join(' ')
  return `${error.constructor.name} ${error.name} [${own}] ${error.message}`
}

/** What came of a call. */
export function outcomeOf(call: () => unknown): string {
  try {
    return show(call())
  } catch (error) {
    return `throws ${show(error)}`
  }
}

export async function promisedOutcomeOf(call: () => Promise<unknown>): Promise<string> {
  let promise: Promise<unknown>
  try {
    promise = call()
  } catch (error) {
    return `throws ${show(error)}`
  }
  try {
    return `promises ${show(await promise)}`
  } catch (error) {
    return `rejects ${show(error)}`
  }
}

export const people = `
  CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT, pay REAL, photo BLOB);
  INSERT INTO person VALUES (1, 'Ada', 36, 10.5, x'0102'), (2, 'Bob', NULL, 2.0, NULL), (3, 'Cy', 9, 0, x'');
  CREATE TABLE pet(id INTEGER PRIMARY KEY, owner INT REFERENCES person, name VARCHAR(20) UNIQUE);
  INSERT INTO pet VALUES (1, 1, 'Rex'), (2, 1, 'Tom'), (3, 3, 'Kit');
`
