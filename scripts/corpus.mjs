/**
 * `npm run corpus [-- options]`: the cases of the three corpora, in parallel processes; per family and in all `N passed, N failed`. After
 * each file, or case, that is written to SQLite's `integrity_check` looks at it. Ends non-zero when anything fails.
 *
 *   --family slt|sqltest|tcl  only these (may be repeated)
 *   --file TEXT               only files whose path has this in it
 *   --case TEXT               only cases whose name has this in it
 *   --failures                prints each failing case, those that fail alike together
 *   --list FILE               writes a line for each case: `pass` or `fail`, file, index, name
 *   --jobs N                  so many processes; as many as there are processors
 *   --timeout SECONDS         for one case (60)
 *   --sample                  the part that `npm test` runs
 *   --update                  writes `__test__/corpus/failing.txt` anew, for the files that were run
 *   --sqlite                  runs SQLite itself instead, which shows what the runner gets wrong
 */
import { setUp } from './setup.mjs'

setUp({ peers: true })
await import('../.tests/support/corpus/main.js')
