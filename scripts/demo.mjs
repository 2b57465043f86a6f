/**
 * `npm run demo [database]`: the main job, seen to work. Sets up what is missing, makes (or copies) a
 * database, lets two writing and two reading processes loose on it for ten seconds, kills one writer with
 * SIGKILL half-way, starts another, and then proves that nothing was lost.
 *
 *   npm run demo -- [database] [--seconds N]
 */
import { setUp } from './setup.mjs'

setUp()
const { runDemo } = await import('../demo/demo.mjs')
process.exit(await runDemo(process.argv.slice(2)))
