/**
 * How long the machine itself makes a process wait: syncs a small file again and again, and writes down what took long: `- folder`.
 * Lines: `start ms`.
 */
import { fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const [, , , folder] = process.argv
const file = openSync(join(folder, 'stalls.data'), 'w')
const log = openSync(join(folder, 'stalls.log'), 'w')
let isStopping = false
process.stdin.on('end', () => {
  isStopping = true
})
process.stdin.resume()
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
for (let last = performance.now(); !isStopping;) {
  await new Promise((resolve) => setTimeout(resolve, 10))
  writeSync(file, 'x', 0)
  fdatasyncSync(file)
  const now = performance.now()
  if (now - last > 60)
    writeSync(log, `${(performance.timeOrigin + last).toFixed(0)} ${(now - last).toFixed(0)}\n`)
  last = now
}
process.exit(0)
