/** Text to tokens: each kind at its borders, and what is no token at all. */
import test from 'ava'
import {
  BLOB,
  END,
  FLOAT,
  INTEGER,
  KEYWORD,
  Lexer,
  NAME,
  OPERATOR,
  PARAMETER,
  QUOTED,
  STRING,
} from '../../packages/engine/src/sql/lexer.ts'

function tokens(sql: string): [number, string][] {
  const lexer = new Lexer(sql, 0)
  for (let i = 0; ; i++) {
    lexer.fill(i)
    if (lexer.kinds[i] === END) break
  }
  return lexer.kinds.slice(0, -1).map((kind, i) => [kind, lexer.texts[i]!])
}

test('lexer: words are names or keywords, whatever their case', (t) => {
  t.deepEqual(tokens('SELECT sElEcT selects é$1 _x'), [
    [KEYWORD, 'SELECT'],
    [KEYWORD, 'SELECT'],
    [NAME, 'selects'],
    [NAME, 'é$1'],
    [NAME, '_x'],
  ])
})

test('lexer: quotes are doubled inside themselves, brackets are not', (t) => {
  t.deepEqual(tokens(`'it''s' "a""b" \`c\`\`d\` [e"f] ''`), [
    [STRING, "it's"],
    [QUOTED, 'a"b'],
    [QUOTED, 'c`d'],
    [QUOTED, 'e"f'],
    [STRING, ''],
  ])
})

test('lexer: numbers, with a point, an exponent, in hexadecimal, with separators', (t) => {
  t.deepEqual(tokens('1 1. .5 1.5e3 1e-5 0x1F 1_000 0x1_f 1_0.2_5e1_0'), [
    [INTEGER, '1'],
    [FLOAT, '1.'],
    [FLOAT, '.5'],
    [FLOAT, '1.5e3'],
    [FLOAT, '1e-5'],
    [INTEGER, '0x1F'],
    [INTEGER, '1000'],
    [INTEGER, '0x1f'],
    [FLOAT, '10.25e10'],
  ])
})

test('lexer: parameters keep their prefix, and Tcl ones their suffix', (t) => {
  t.deepEqual(tokens('? ?12 :a @b $c #d $e::f(g) $h::'), [
    [PARAMETER, '?'],
    [PARAMETER, '?12'],
    [PARAMETER, ':a'],
    [PARAMETER, '@b'],
    [PARAMETER, '$c'],
    [PARAMETER, '#d'],
    [PARAMETER, '$e::f(g)'],
    [PARAMETER, '$h::'],
  ])
})

test('lexer: operators are as long as they can be', (t) => {
  const operators = '- -> ->> < <= <> << > >= >> = == != | || & ~ + * / % ( ) , . ;'
  t.deepEqual(
    tokens(operators),
    operators.split(' ').map((operator): [number, string] => [OPERATOR, operator]),
  )
})

test('lexer: comments are space, and the last one may stay open', (t) => {
  t.deepEqual(tokens('1--x\n2/*y*/3/**/4 /* open'), [
    [INTEGER, '1'],
    [INTEGER, '2'],
    [INTEGER, '3'],
    [INTEGER, '4'],
  ])
})

test('lexer: a byte-order mark is space, a vertical tab only after some', (t) => {
  t.deepEqual(tokens('\ufeff1 \v2'), [
    [INTEGER, '1'],
    [INTEGER, '2'],
  ])
  t.throws(() => tokens('1\v2'), { message: 'unrecognized token: "\v"' })
})

test('lexer: a NUL ends the text', (t) => {
  t.deepEqual(tokens('1 \0 2'), [[INTEGER, '1']])
  t.deepEqual(tokens('1 -- \0\n 2'), [[INTEGER, '1']])
  t.throws(() => tokens("'a\0b'"), { message: `unrecognized token: "'a"` })
})

test('lexer: a blob has whole bytes', (t) => {
  t.deepEqual(tokens("x'' X'0aFF'"), [
    [BLOB, ''],
    [BLOB, '0aFF'],
  ])
  t.throws(() => tokens("x'123'"), { message: `unrecognized token: "x'123'"` })
  t.throws(() => tokens("x'1g' 2"), { message: `unrecognized token: "x'1g'"` })
})

test('lexer: what is no token is named as written', (t) => {
  const wrong: [string, string][] = [
    ["'abc", "'abc"],
    ['"a', '"a'],
    ['[abc', '[abc'],
    ['12abc', '12abc'],
    ['0xg', '0xg'],
    ['1__0', '1__0'],
    ['1_000_', '10000_'],
    ['!', '!'],
    ['$', '$'],
    [':', ':'],
    ['$a(b c)', '$a(b'],
    ['{', '{'],
  ]
  for (const [sql, token] of wrong) {
    t.throws(() => tokens(sql), { message: `unrecognized token: "${token}"` }, sql)
  }
})

test('lexer: WINDOW, OVER and FILTER are keywords only in their company', (t) => {
  const kindOf = (sql: string, word: string): number =>
    tokens(sql).find(([, text]) => text.toUpperCase() === word)![0]
  t.is(kindOf('WINDOW w AS', 'WINDOW'), KEYWORD)
  t.is(kindOf('WINDOW, w', 'WINDOW'), NAME)
  t.is(kindOf('f() OVER w', 'OVER'), KEYWORD)
  t.is(kindOf('f() OVER FROM', 'OVER'), NAME)
  t.is(kindOf('f OVER (', 'OVER'), NAME)
  t.is(kindOf('f() FILTER (', 'FILTER'), KEYWORD)
  t.is(kindOf('f() FILTER x', 'FILTER'), NAME)
})
