/**
 * Loaded into a process of ours, makes it countable: what it does to files and asks of the native core is a sequence of
 * steps, and the process can be made to die just before any one of them (a write is then done by half). The
 * product knows nothing of this: the functions of `node:fs` and the core's class are replaced from outside.
 */
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

let steps = null
let fatal = -1

/** From here on steps are counted; the process dies before number `at`, if it gets there. */
export function arm(at) {
  steps = []
  fatal = at
}

/** What has been done since. */
export function disarm() {
  const done = steps
  steps = null
  return done
}

let hook = null

/** Calls `act` once, after the next call of `method` of the core. */
export function onceAfter(method, act) {
  hook = { method, act }
}

function note(step, half = () => {}) {
  if (steps === null || steps.push(step) - 1 !== fatal) return
  half()
  process.kill(process.pid, 'SIGKILL')
  // Nothing of ours runs until the signal is there.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const { writeSync, writevSync } = fs
fs.writeSync = (file, bytes, from, size, position) => {
  note('write', () => writeSync(file, bytes, from, size >> 1, position))
  return writeSync(file, bytes, from, size, position)
}
fs.writevSync = (file, buffers, position) => {
  const whole = Buffer.concat(buffers)
  note('write', () => writeSync(file, whole, 0, whole.length >> 1, position))
  return writevSync(file, buffers, position)
}
for (const name of ['ftruncateSync', 'fdatasyncSync', 'fsyncSync']) {
  const real = fs[name]
  fs[name] = (...args) => {
    note(name)
    return real(...args)
  }
}
syncBuiltinESMExports()

const root = fileURLToPath(new URL('../../..', import.meta.url))
const native = createRequire(import.meta.url)('node-gyp-build')(root)
const { Coordinator } = native
native.Coordinator = function countedCoordinator(...args) {
  const target = new Coordinator(...args)
  return new Proxy(target, {
    get(_, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (...args) => {
        note(name)
        const answer = value.apply(target, args)
        if (hook?.method === name) {
          const { act } = hook
          hook = null
          act()
        }
        return answer
      }
    },
  })
}
