/**
 * Long texts: what would be longer than a string can be is SQLITE_TOOBIG, what can be is the same as that of short texts, and
 * no function takes a text apart into an array that has no room for its pieces.
 */
import test from 'ava'
import { constants } from 'node:buffer'
import { Database } from '../../packages/engine/src/index.ts'
import { concat } from '../../packages/engine/src/runtime/arithmetic.ts'
import { GroupConcatState } from '../../packages/engine/src/runtime/functions/aggregate.ts'
import { allScalarFunctions } from '../../packages/engine/src/runtime/functions/registry.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { changeInPieces, replaceAll } from '../../packages/engine/src/base/long-text.ts'
import { createRandom } from '../support/random.ts'

const beyond = constants.MAX_STRING_LENGTH + 1
const half = Math.floor(beyond / 2) + 1

/** None of these makes a long text before it is refused. */
const tooBig = [
  `printf('%*s', ${beyond}, 'a')`,
  `printf('%-*s', ${beyond}, 'a')`,
  `printf('%.*c', ${beyond}, 'a')`,
  `printf('%.*d', ${beyond}, 1)`,
  `printf('%0*d', ${beyond}, 1)`,
  `printf('%*c', ${beyond}, 'a')`,
  `replace(printf('%.*c', 1000, 'a'), 'a', printf('%.*c', 1000000, 'b'))`,
  `replace(printf('%.*c', 2000000, 'a'), 'a', printf('%.*c', 1000, 'b'))`,
  `hex(zeroblob(${half}))`,
  `quote(zeroblob(${half}))`,
  `zeroblob(1000000001)`,
  `randomblob(1000000001)`,
]

test('long text: what no string can hold is too big', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const error = { code: 'SQLITE_TOOBIG', message: 'string or blob too big' }
  for (const expression of tooBig) {
    t.throws(() => db.prepare(`SELECT length(${expression})`).get(), error, expression)
  }
  db.exec('BEGIN; INSERT INTO t VALUES (2)')
  t.throws(() => db.exec(`INSERT INTO t VALUES (3), (hex(zeroblob(${half})))`), {
    code: 'SQLITE_TOOBIG',
  })
  db.exec('COMMIT')
  t.deepEqual(db.prepare('SELECT a FROM t').pluck().all(), [1, 2])
  db.close()
})

test('long text: two that do not fit into one are not joined', (t) => {
  // A repeated text costs nothing as long as nobody reads it.
  const text = 'a'.repeat(half)
  const call = (name: string, args: readonly Value[]): unknown => {
    const found = allScalarFunctions().find((one) => one.name === name)!
    return found.invoke(...(args as never[]))
  }
  const error = { code: 'SQLITE_TOOBIG' } as const
  t.throws(() => call('concat', [text, text]), error)
  t.throws(() => call('concat_ws', ['-', text, text]), error)
  t.throws(() => concat(text, text), error)
  const group = new GroupConcatState()
  group.step(text)
  group.step(text)
  t.throws(() => group.final(), error)
})

test('long text: texts of millions of pieces are answered', (t) => {
  const db = new Database(':memory:')
  const answer = (expression: string): unknown => db.prepare(`SELECT ${expression}`).pluck().get()
  const million = 3_000_000
  const text = (character: string): string => `printf('%.*c', ${million}, '${character}')`
  t.is(answer(`replace(${text('a')}, 'a', 'b') = ${text('b')}`), 1)
  t.is(answer(`length(replace(${text('é')}, 'é', 'xy'))`), 2 * million)
  t.is(answer(`length(replace(${text('a')}, 'aa', ''))`), 0)
  t.is(answer(`length(quote(${text("''")}))`), 2 * million + 2)
  t.is(answer(`length(printf('%q', ${text("''")}))`), 2 * million)
  t.is(answer(`length(printf('%#q', ${text('\u0001')}))`), 6 * million)
  t.is(answer(`length(unhex(${text('0')}))`), million / 2)
  t.is(answer(`length(trim(${text('é')}, ${text('é')}))`), 0)
  t.is(answer(`length(upper('é' || ${text('a')}))`), million + 1)
  t.is(answer(`length(printf('%,.*d', ${million}, 1))`), million + million / 3 - 1)
  db.close()
})

test('long text: a long text is replaced and changed as a short one is', (t) => {
  const random = createRandom(3)
  t.log(`SEED=${random.seed}`)
  for (const letters of ['ab', "a'é", 'aé\u{1f600}', 'a\u2026']) {
    const characters = [...letters]
    const unit = Array.from({ length: 5000 }, () => random.pick(characters)).join('')
    const text = unit.repeat(Math.ceil(1_200_000 / unit.length))
    for (const old of [...characters, characters.slice(0, 2).join(''), 'aaa', 'z', '\u2026']) {
      const put = random.pick(['', 'x', "''", '\u2026x'])
      t.true(replaceAll(text, old, put) === text.split(old).join(put), `${letters} ${old} ${put}`)
    }
    const change = (piece: string): string => piece.replace(/[a\u{1f600}]/gu, '<$&>')
    t.true(changeInPieces(text, change) === change(text))
  }
})

test('long text: a statement is shown with the beginnings of its values', (t) => {
  const shown: string[] = []
  const db = new Database(':memory:', { verbose: (text) => shown.push(text as string) })
  const blob = Buffer.alloc(half)
  const text = 'a'.repeat(half)
  const [shownBlob, shownText] = [
    `x'${'00'.repeat(32)}'/*+${half - 32} bytes*/`,
    `'${'a'.repeat(32)}'/*+${half - 32} bytes*/`,
  ]
  t.is(db.prepare('SELECT ?').bind(blob).toString(), `SELECT ${shownBlob}`)
  t.is(db.prepare('SELECT ?').bind(text).toString(), `SELECT ${shownText}`)
  db.prepare('SELECT length(?)').get(blob)
  t.deepEqual(shown, [`SELECT length(${shownBlob})`])
  db.close()
})
