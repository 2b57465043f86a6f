/**
 * `npm run fuzz:errors [-- --seconds N | --rounds N] [--seed S] [--keep K]`: wrong statements, wrong calls and damaged files, in search of errors that are
 * neither SQLite's nor the API's. Ten minutes unless told otherwise. Ends at the K-th finding (1), which it prints with the steps before it.
 */
import { setUp } from './setup.mjs'

setUp()
const { main } = await import('../.tests/support/errors/main.js')
process.exit(main(process.argv.slice(2)))
