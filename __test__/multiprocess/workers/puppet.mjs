/**
 * One connection in a process or a thread of its own, which does one thing after the other, as `support/fresh/act.ts` says. The first message
 * is the text of `perform`, all others are actions; each is answered. `- engine`, or `workerData` of a thread.
 */
import { createInterface } from 'node:readline'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'

const { Database } = await import(isMainThread ? process.argv[2] : workerData)
const host = {
  open: (path, options) => new Database(path, options),
  db: null,
  statements: new Map(),
  rows: null,
}
let perform = null

function obey(message) {
  if (perform !== null) return perform(host, message)
  // The text is this repository's own.
  perform = new Function(`return (${message.perform})`)()
  return { inTransaction: false }
}

if (isMainThread) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(obey(JSON.parse(line)))}\n`)
  }
  process.exit(0)
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort.on('message', (message) => parentPort.postMessage(obey(message)))
