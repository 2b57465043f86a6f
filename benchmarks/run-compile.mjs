/** One engine, one long statement in a fresh process: a line of JSON with the time of its first and second run, in ms. */
import { open } from './peers.mjs'
import { questions } from './statements.mjs'

const [engine, name, size] = process.argv.slice(2)
const n = Number(size)
const question = questions.find((one) => one.name === name)
const steps = question.steps(n)
const params = question.params?.(n) ?? []

async function measure() {
  const db = await open(engine, ':memory:')
  if (question.setup !== undefined) db.exec(question.setup(n))
  const start = performance.now()
  for (const [i, sql] of steps.entries()) {
    const statement = db.prepare(sql)
    const values = i === steps.length - 1 ? params : []
    if (/^(SELECT|VALUES)/.test(sql)) statement.all(...values)
    else statement.run(...values)
  }
  const time = performance.now() - start
  db.close()
  return time
}

const first = await measure()
const second = await measure()
process.stdout.write(`${JSON.stringify({ first, second })}\n`)
