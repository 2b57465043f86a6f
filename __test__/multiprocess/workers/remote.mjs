/**
 * A process that runs the functions it is sent, one after the other: `{ call, args }`, where `call` is the text of a
 * function of `(process, ...args)`. `process` is the object below; it keeps what one function leaves for the next.
 * Answers each with `{ ok }` or `{ code, message }`. With `{ loop, args }` the function is called again and again until the next
 * message, whose first answer is then `{ ok: { rounds, answers, errors } }` of the loop.
 */
import { createInterface } from 'node:readline'

const { Database } = await import(process.argv[2])
const shared = { Database, db: null, kept: {} }
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const failure = (error) => ({ code: error.code ?? error.name, message: error.message })

let running = null

async function loop(run, args) {
  const found = { rounds: 0, answers: [], errors: {} }
  while (!running.isStopped) {
    try {
      const value = await run(shared, ...args, found.rounds)
      if (value !== undefined && found.answers.length < 100) found.answers.push(value)
    } catch (error) {
      found.errors[error.message] = (found.errors[error.message] ?? 0) + 1
    }
    found.rounds++
    await new Promise((resolve) => setImmediate(resolve))
  }
  answer({ ok: found })
}

async function stopLoop() {
  if (running === null) return
  running.isStopped = true
  await running.done
  running = null
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  await stopLoop()
  if (message.stop) continue
  // The text is this repository's own test.
  const run = new Function(`return (${message.call ?? message.loop})`)()
  try {
    if (message.loop === undefined) {
      answer({ ok: (await run(shared, ...message.args)) ?? null })
      continue
    }
    running = { isStopped: false }
    running.done = loop(run, message.args)
  } catch (error) {
    answer(failure(error))
  }
}
await stopLoop()
