/** `node reducer.ts seed subject step folder`: makes the statement shorter at which a round differs. Each that is shorter is a line of JSON. */
import { writeSync } from 'node:fs'
import { reduceStep, type Subject } from './round.ts'

const [seed, subject, step, folder] = process.argv.slice(2) as [string, Subject, string, string]
reduceStep({ seed: Number(seed), subject }, Number(step), folder, (statement) => {
  writeSync(1, `${JSON.stringify(statement)}\n`)
})
