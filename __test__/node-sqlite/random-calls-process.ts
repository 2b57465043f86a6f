/** Compares calls at random on node:sqlite and on ours, and prints what differs. Started by `node-sqlite.spec.ts`. */
import { createRequire } from 'node:module'
import * as ours from '../../packages/engine/src/node-sqlite.ts'
import { compareRandomCalls } from './random-calls.ts'

const theirs: unknown = createRequire(import.meta.url)('node:sqlite')
process.stdout.write(compareRandomCalls([theirs, ours], Number(process.argv[2])))
