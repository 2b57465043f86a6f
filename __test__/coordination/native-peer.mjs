/**
 * A process that opens a database through the native core and does what it is told: each line on standard input is
 * `[method, ...arguments]`, each line on standard output the answer. `open` and `snapshot` are its own.
 */
import { createRequire } from 'node:module'
import { readSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const load = createRequire(import.meta.url)('node-gyp-build')
const native = load(fileURLToPath(new URL('../..', import.meta.url)))
const snapshot = new Float64Array(17)
let coordinator = null

/** Typed arrays travel as `{ u32: [...] }`, `{ u8: [...] }`, `{ f64: [...] }`. */
function revive(value) {
  if (value?.u32) return Uint32Array.from(value.u32)
  if (value?.u8) return Uint8Array.from(value.u8)
  if (value?.f64) return Float64Array.from(value.f64)
  return value
}

function run(method, args) {
  if (method === 'snapshot') return [...snapshot]
  if (method === 'open') {
    coordinator = new native.Coordinator(args[0], snapshot)
    const { isFirst, coordinated, walFd } = coordinator
    return { isFirst, coordinated, walFd }
  }
  const answer = coordinator[method](...args.map(revive))
  return answer instanceof Uint32Array ? [...answer] : (answer ?? null)
}

const chunk = Buffer.alloc(65_536)
for (let text = ''; ;) {
  const size = readSync(0, chunk)
  if (size === 0) break
  text += chunk.toString('utf8', 0, size)
  const lines = text.split('\n')
  text = lines.pop()
  for (const line of lines) {
    const [method, ...args] = JSON.parse(line)
    let answer
    try {
      answer = { value: run(method, args) }
    } catch (error) {
      answer = { code: error.code, message: error.message }
    }
    writeSync(1, `${JSON.stringify(answer)}\n`)
  }
}
