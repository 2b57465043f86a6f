/** The arguments of a benchmark: parts of names, and options; and what the environment makes smaller for tests. */
import { parseArgs } from 'node:util'
import { engines } from './peers.mjs'

/** Arguments that are no options are `patterns`. Ends the process with a sentence where the arguments are no such. */
export function readOptions(options) {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    return { ...values, patterns: positionals.length > 0 ? positionals : [''] }
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

/** Whether a name has one of the patterns in it. */
export function isMeant(name, patterns) {
  return patterns.some((pattern) => name.includes(pattern))
}

/** A number from the environment. */
export function setting(name, otherwise) {
  return process.env[name] === undefined ? otherwise : Number(process.env[name])
}

/** The engines that take part: all, or those that `ENGINES` names, with commas between them. */
export function participants(all = engines) {
  const wanted = process.env.ENGINES?.split(',')
  return wanted === undefined ? all : all.filter((engine) => wanted.includes(engine))
}
