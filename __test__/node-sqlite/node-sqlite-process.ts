/** Runs the scenarios on node:sqlite, or on ours, and prints what came of them. Started by `node-sqlite.spec.ts`. */
import { createRequire } from 'node:module'
import { runScenarios } from './scenarios.ts'

const sqlite: unknown =
  process.argv[2] === 'ours'
    ? await import('../../packages/engine/src/node-sqlite.ts')
    : createRequire(import.meta.url)('node:sqlite')
process.stdout.write(JSON.stringify(await runScenarios(sqlite)))
