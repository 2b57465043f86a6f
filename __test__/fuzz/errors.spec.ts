/**
 * Wrong statements, wrong calls and damaged files (`npm run fuzz:errors`): whatever is thrown is an answer of SQLite's kind or a sentence of the API, and
 * the connection goes on. A part of what the long run does, the same each time unless `SEED` says otherwise.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/index.ts'
import { foreignness } from '../support/errors/foreign.ts'
import { playRound } from '../support/errors/round.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

const rounds = 60

test('errors: none of the machine’s reaches the user', (t) => {
  t.timeout(120_000)
  const { seed } = createRandom()
  t.log(`SEED=${seed}`)
  const folder = temporaryFolder()
  // ATTACH makes files where the process stands.
  process.chdir(folder)
  for (let i = 0; i < rounds; i++) {
    const found = playRound(seed + i, folder)
    if (found === null) continue
    t.fail(
      `seed ${found.seed}: ${found.text}\n${found.trace.map((line) => JSON.stringify(line)).join('\n')}`,
    )
    return
  }
  t.pass()
})

test('errors: what is foreign is told from what is not', (t) => {
  const foreign = [
    new TypeError("Cannot read properties of undefined (reading 'kind')"),
    new RangeError('Maximum call stack size exceeded'),
    new SyntaxError('Unexpected token'),
    new Error('Cannot create a string longer than 0x1fffffe8 characters'),
    new SqliteError('internal', 'SQLITE_INTERNAL'),
    'text',
  ]
  for (const error of foreign) t.not(foreignness(error), null)
  const honest = [
    new SqliteError('out of memory', 'SQLITE_NOMEM'),
    new TypeError('The database connection is not open'),
    new RangeError('Too few parameter values were provided'),
  ]
  for (const error of honest) t.is(foreignness(error), null)
})
