/** Runs the scenarios on better-sqlite3 and prints what came of them. Started by `better-sqlite3.spec.ts`. */
import { createRequire } from 'node:module'
import { runScenarios } from './scenarios.ts'

const Database: unknown = createRequire(import.meta.url)('better-sqlite3')
process.stdout.write(JSON.stringify(await runScenarios(Database)))
