/**
 * What texts have in common that differ in literals alone. The scan knows nothing of the grammar, so it is held against the lexer:
 * its literals are tokens of that kind, and what it takes for one text of a shape the lexer does, too.
 */
import test from 'ava'
import { FLOAT, INTEGER, Lexer, STRING, END } from '../../packages/engine/src/sql/lexer.ts'
import { shapeOf } from '../../packages/engine/src/sql/index.ts'
import { createRandom } from '../support/random.ts'

const key = (sql: string): string | null => shapeOf(sql)?.key ?? null
const literals = (sql: string): string[] | null =>
  shapeOf(sql)?.literals.map(({ type, text }) => `${type} ${text}`) ?? null

test('text shape: literals of one type may differ', (t) => {
  t.is(
    key("SELECT a FROM t WHERE b = 1 AND c = 'x'"),
    key("SELECT a FROM t WHERE b = 234 AND c = ''"),
  )
  t.not(key('SELECT 1'), key("SELECT 'a'"))
  t.not(key('SELECT 1'), key('SELECT 1.0'))
  t.not(key('SELECT 1'), key('select 1'))
  t.not(key('SELECT 1'), key('SELECT (1, 1)'))
  t.deepEqual(
    literals("SELECT 'it''s', 1.5e-3, .5, 7., x'61', \"1\", [2], `3` -- 4\n /* 5 */, 6"),
    ["text it's", 'real 1.5e-3', 'real .5', 'real 7.', 'integer 6'],
  )
})

test('text shape: numbers that are not exact, or written in another way, belong to the shape', (t) => {
  t.is(key('SELECT 9223372036854775807'), null)
  t.is(key('SELECT 0x10'), null)
  t.is(key('SELECT 1_000'), null)
  t.not(key('SELECT 1, 9223372036854775807'), key('SELECT 1, 9223372036854775808'))
  t.not(key('SELECT 1, 0x10'), key('SELECT 1, 0x11'))
  t.not(key("SELECT 1, x'61'"), key("SELECT 1, x'62'"))
})

test('text shape: what is no single statement of this kind has none', (t) => {
  for (const sql of [
    'SELECT ? + 1',
    'SELECT :a, 1',
    'SELECT 1; SELECT 2',
    'CREATE TABLE t(a DEFAULT 1)',
    'EXPLAIN QUERY PLAN SELECT 1',
    'PRAGMA cache_size = 1',
    "SELECT 'open",
    'SELECT 1abc',
    'SELECT 1 \0',
    'SELECT a',
  ]) {
    t.is(key(sql), null, sql)
  }
  t.deepEqual(literals('/* a */ SELECT 1 ; '), ['integer 1'])
})

test('text shape: the literals are those of the lexer', (t) => {
  const random = createRandom(3)
  t.log(`SEED=${random.seed}`)
  const pieces = [
    "'a'",
    "'",
    "''",
    '"x"',
    '`',
    '[b]',
    '1',
    '23',
    '.5',
    '1e3',
    '0x1f',
    'x',
    "x'61'",
    '_',
    '$',
    '.',
    '-',
    '--',
    '\n',
    '/*',
    '*/',
    '(',
    ')',
    ',',
    '=',
    '==',
    '<>',
    '||',
    '->',
    ';',
    'é',
    '999999999999999',
    '9999999999999999',
    'E5',
    '+',
    '%',
    '!=',
    '~',
    '&',
  ]
  let shapes = 0
  for (let i = 0; i < 30_000; i++) {
    let sql = 'SELECT '
    for (let n = random.below(8); n >= 0; n--) sql += random.pick(pieces) + random.pick(['', ' '])
    const shape = shapeOf(sql)
    if (shape === null) continue
    const tokens: string[] = []
    try {
      const lexer = new Lexer(sql, 0, false)
      for (let at = 0; ; at++) {
        lexer.fill(at)
        const kind = lexer.kinds[at]!
        if (kind === END) break
        const text = lexer.texts[at]!
        const isShort = /^\d{1,15}$/.test(text)
        if (kind === INTEGER && isShort) tokens.push(`integer ${text}`)
        else if (kind === FLOAT && Number(text) !== 0) tokens.push(`real ${text}`)
        else if (kind === STRING) tokens.push(`text ${text}`)
      }
    } catch {
      continue
    }
    shapes++
    t.deepEqual(literals(sql), tokens, sql)
  }
  t.true(shapes > 1000)
})
