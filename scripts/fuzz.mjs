/**
 * `npm run fuzz [-- --seconds N | --rounds N] [--seed S] [--keep K]`: random statements that write, on ChorusDB and on SQLite side by side; each answer,
 * the content and SQLite's `integrity_check` of our file are compared. Ten minutes unless told otherwise. Ends at the K-th difference (1), which it
 * prints shortened. Needs a Node that has `node:sqlite`.
 */
import { spawnSync } from 'node:child_process'
import { setUp } from './setup.mjs'

setUp({ peers: true })
const { findNode } = await import('../.tests/support/oracle.js')
const node = findNode()
if (node === null) {
  console.error('no node:sqlite here (set SQLITE_NODE)')
  process.exit(1)
}
const given = process.argv.slice(2)
const isBounded = given.some((argument) => /^--(seconds|rounds)/.test(argument))
const bound = isBounded ? [] : ['--seconds', '600']
const main = new URL('../.tests/support/fuzz/main.js', import.meta.url).pathname
const { status } = spawnSync(node, ['--no-warnings', main, ...bound, ...given], {
  stdio: 'inherit',
})
process.exit(status ?? 1)
