/**
 * What runs in one piece, and tells nobody how far it is (a checkpoint, an integrity check), has a line on the terminal that says how long it has
 * been at it. Another thread writes it, for this one has no turns.
 */
import { Worker } from 'node:worker_threads'

/** What is done sooner needs none. */
const patienceMs = 500

const code = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const begin = Date.now()
const marks = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇']
let count = 0
setTimeout(() => setInterval(() => {
  if (Atomics.load(workerData.done, 0) === 1) return
  const seconds = ((Date.now() - begin) / 1000).toFixed(1)
  writeSync(2, '\\r' + marks[count++ % marks.length] + ' ' + workerData.title + ' | ' + workerData.size + ' | ' + seconds + ' s\\u001b[K')
  Atomics.store(workerData.done, 1, 1)
}, 120), ${patienceMs})
`

/** Begins such a line. @returns what takes it away again */
export function startTicker(title: string, size: string): () => void {
  const done = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(code, { eval: true, workerData: { title, size, done } })
  worker.unref()
  return () => {
    Atomics.store(done, 0, 1)
    void worker.terminate()
    if (Atomics.load(done, 1) === 1) process.stderr.write('\r\u001b[K')
  }
}
