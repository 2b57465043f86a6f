/**
 * What a scenario does, and what came of each step, as lines that two engines can be compared by. A scenario is a module that asks `transcript`
 * for `say`, and says; it gets a file of its own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const lines = []
const home = mkdtempSync(join(tmpdir(), 'chorusdb-hostile-'))
process.on('exit', () => {
  rmSync(home, { recursive: true, force: true })
  // A pipe would not have taken all of it when the process ends.
  writeFileSync(process.argv[2], JSON.stringify(lines))
})

/** The file of a scenario, or another of its own. */
export const fileOf = (name = 'a') => join(home, `${name}.db`)

/** Values as text that tells their types, with nothing that is another one in each run. */
export function shown(value, depth = 0) {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return JSON.stringify(value.replaceAll(home, '~'))
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Date)
    return `Date ${Number.isNaN(value.getTime()) ? '?' : value.toISOString()}`
  if (value instanceof Error) return failure(value)
  if (ArrayBuffer.isView(value)) {
    const { constructor, buffer, byteOffset, byteLength } = value
    return `${constructor.name} ${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}`
  }
  if (depth > 8) return '…'
  if (Array.isArray(value)) return `[${value.map((each) => shown(each, depth + 1)).join(', ')}]`
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${shown(each, depth + 1)}`)
  return `${Object.getPrototypeOf(value)?.constructor.name ?? 'null'} {${entries.join(', ')}}`
}

function failure(error) {
  const { name, code, message, cause } = error
  const text = String(message)
    .replaceAll(home, '~')
    .replaceAll(/_temp_alter\d+/g, '_temp_alter')
  return `${name} ${code ?? ''}: ${text}${cause instanceof Error ? ` <- ${failure(cause)}` : ''}`
}

/** Does a step, and writes down its answer or its error. @returns the answer */
export async function say(name, body) {
  try {
    const answer = await body()
    lines.push(`${name}: ${shown(answer)}`)
    return answer
  } catch (error) {
    lines.push(`${name}: threw ${failure(error)}`)
    return undefined
  }
}
