/** One case of `bench:memory` in a process of its own: a line of JSON with its memory in bytes and its time in ms. Started by `memory.mjs`. */
import { setTimeout } from 'node:timers/promises'
import { cases } from './memory-cases.mjs'
import { peakMemory, presentMemory } from './peak-memory.mjs'

const [engine, path, name] = process.argv.slice(2)
const { run } = cases.find((one) => one.name === name)
const start = performance.now()
const connections = await run(engine, path)
const ms = performance.now() - start
// What is given back when nothing is going on is given back by then.
await setTimeout(100)
const result = { peak: peakMemory(), present: presentMemory(), ms }
for (const db of connections) db.close()
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
