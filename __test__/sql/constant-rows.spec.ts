/**
 * Bulk inserts: rows of VALUES that are literals and parameters alone are read in one piece. They mean what the same rows mean
 * one by one, whatever else stands between them, and mistakes in them are answered as SQLite answers them.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import {
  isConstantRows,
  parseExpressionText,
  parseStatement,
  printStatement,
  type ConstantRows,
  type Expression,
} from '../../packages/engine/src/sql/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { askSqlite } from './verdicts.ts'

const literals = [
  '0', '1', '-1', '- 7', '-0', '007', '000000000000000000000012', '123456789012345', '1234567890123456',
  '9007199254740991', '9007199254740992', '-9007199254740993', '9223372036854775807', '9223372036854775808',
  '-9223372036854775808', '-9223372036854775807', '99999999999999999999', '1_000', '0x10', '-0x10',
  '0.0', '-0.0', '1.0', '-1.0', '1.', '.5', '1.5', '-2.25', '123456789.012345', '0.1', '1e3', '1E-7', '-1e+3', '9e999',
  '-9e999', '1e400', '0.30000000000000004', '1234567890.1234567890123', '3.0e0', '100000000000000000000.5',
  "''", "'a'", "'it''s'", "''''", "'a''''b'", "'é漢😀'", "'line\nbreak'", "'-- no comment'", "'?'", "'),('",
  'NULL', 'null', 'Null', "x''", "X'00ff'", "x'AbCd'", 'TRUE', 'false', '+1', '1 + 2', '1 /* c */', "'a' || 'b'",
  '(3)', 'CAST(1 AS TEXT)', "abs(-3)", "'a' COLLATE nocase", '1 IS NULL',
] // prettier-ignore

const few = Array(8).fill('(1, 1)').join(', ')
const firstOf = (sql: string): readonly unknown[] => {
  const { statement } = parseStatement(sql, 0)
  if (statement?.kind !== 'select' || statement.first.kind !== 'values') return []
  return statement.first.rows
}
const constantRows = (sql: string): ConstantRows[] =>
  (firstOf(sql) as ConstantRows[]).filter((row) => isConstantRows(row))

const listed = 'typeof(column1), quote(column1), typeof(column2), quote(column2)'

test('constant rows: a literal means what it means alone, and SQLite agrees', async (t) => {
  const db = new Database(':memory:')
  const rows = literals.flatMap((text) => [`(${text}, 2)`, `( 'x',\n\t${text} )`])
  const sql = `SELECT ${listed} FROM (VALUES ${few}, ${rows.join(' , ')})`
  const answer = db.prepare(sql).raw().all()
  for (const [i, text] of literals.entries()) {
    const alone = db.prepare(`SELECT ${listed} FROM (VALUES (${text}, 2))`).raw().all()
    t.deepEqual([answer[8 + 2 * i]], alone, text)
  }
  const oracle = await openOracle()
  if (oracle === null) t.log('no SQLite at hand')
  else {
    const expected = (await oracle.query(sql)).map((row) => row.map(show).join())
    t.deepEqual(
      answer.map((row) => (row as Value[]).map(show).join()),
      expected,
    )
    oracle.close()
  }
  db.close()
})

test('constant rows: rows of plain constants are one piece, others stay apart and in order', (t) => {
  const rows = "(1, -2.5), ('a', ?), (1, 1 + 1), (NULL, x'00'), (:a, 9007199254740993)"
  const all = firstOf(`VALUES ${few}, ${rows}`)
  t.deepEqual(
    all.map((row) => (isConstantRows(row as ConstantRows) ? 'many' : 'one')),
    [...Array(8).fill('one'), 'many', 'one', 'many'],
  )
  const [before, after] = constantRows(`VALUES ${few}, ${rows}`)
  t.deepEqual(before!.values, [1, -2.5, 'a', null])
  t.deepEqual(before!.parameterPlaces, [3])
  t.deepEqual(before!.parameterNumbers, [1])
  t.deepEqual(after!.values, [null, new Uint8Array(1), null, 9007199254740993n])
  t.deepEqual(after!.parameterNumbers, [2])
  const db = new Database(':memory:')
  const statement = db.prepare(`VALUES ${few}, ${rows}`).raw().integers('mixed')
  const answer = statement.all('p', { a: 'q' })
  t.deepEqual(answer.slice(8), [
    [1, -2.5],
    ['a', 'p'],
    [1, 2],
    [null, Buffer.alloc(1)],
    ['q', 9007199254740993n],
  ])
  db.close()
})

test('constant rows: written out, they are read back as the same', (t) => {
  const sql = `VALUES ${few}, ${literals.map((text) => `(${text}, ?)`).join(', ')}`
  const print = (text: string): string => printStatement(parseStatement(text, 0).statement!)
  const once = print(sql)
  t.is(print(once), once)
  const db = new Database(':memory:')
  const answer = (text: string): unknown[] =>
    db
      .prepare(`SELECT ${listed} FROM (${text})`)
      .raw()
      .all(...literals.map((_, i) => i))
  t.deepEqual(answer(once), answer(sql))
  db.close()
})

test('constant lists: the rest of a list is what the grammar makes of it', (t) => {
  const head = '1, 2, 3, 4, 5, 6, 7, x'
  for (const text of literals) {
    const item = (around: (list: string) => string): Expression => {
      const e = parseExpressionText(around(`${head}, ${text}, 'last'`))
      return (e.kind === 'in' && e.source.kind === 'list' ? e.source.items : []).at(-2)!
    }
    const quick = item((list) => `x IN (${list})`)
    const slow = item((list) => `x IN (${list} /* ends it */)`)
    t.deepEqual(quick, slow, text)
  }
})

test('constant lists: what follows them, and how much text they are, is as without', (t) => {
  const list = (n: number, joint = ', '): string =>
    Array.from({ length: n }, (_, i) => `${i + 1}`).join(joint)
  const selected = (n: number): string =>
    Array.from({ length: n }, (_, i) => `${i} AS c${i}`).join(', ')
  const db = new Database(':memory:')
  const names = (sql: string): string[] =>
    db
      .prepare(sql)
      .columns()
      .map((column) => column.name)
  t.deepEqual(names(`SELECT max(${list(12)}) + 1, 1 IN (${list(12)} ) IS 1`), [
    `max(${list(12)}) + 1`,
    `1 IN (${list(12)} ) IS 1`,
  ])
  const grouped = `SELECT ${selected(12)} GROUP BY ${list(12)}`
  t.deepEqual(names(`SELECT (SELECT 1 FROM (${grouped} ) )`), [`(SELECT 1 FROM (${grouped} ) )`])
  db.exec(`CREATE VIEW v AS SELECT * FROM (${grouped})`)
  t.is(
    db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'v'").pluck().get(),
    `CREATE VIEW v AS SELECT * FROM (${grouped})`,
  )
  t.is(
    db
      .prepare(`SELECT (${list(12)}) = (${list(12)})`)
      .pluck()
      .get(),
    1,
  )
  t.is(
    db
      .prepare(`SELECT -5 IN (${list(12)}, -5)`)
      .pluck()
      .get(),
    1,
  )
  t.is(
    db
      .prepare(`SELECT 'b' IN (${list(12)}, ?, :b)`)
      .pluck()
      .get('a', { b: 'b' }),
    1,
  )
  db.close()
})

const mistakes = [
  '(1, 2, 3)', '(1)', '()', '(1,)', '(,1)', '(1 2)', '(1, 2', "(1, 'a)", '(1, 2) (3, 4)', '(1, 2), ', '(1, 2),, (3, 4)',
  '(1, 2a)', '(1, 1e)', '(1, 1.5.5)', '(1, 1__0)', "(1, x'0')", "(1, x'0g')", '(1, nul)', '(1, NULLS)', '(1, ?0)',
  '(1, ?32767)', '(1, :)', '(1, $)', '(1, @)', '(1, #1)', '(1, - )', '(1, -)', "(1, -'a' 2)", '(1, 2) ORDER BY 1', '(1, 2) LIMIT 1',
  "(1, 'a\0b')", '(1, \0 2)', '(1, 2) x', '(1, nosuch)', '(1, 0x)', '(1, -0x8000000000000000)', '(1, 0x10000000000000000)',
  '[1, 2]', '1, 2', "(1, 'a' 'b')", "(1, 'a'.b)", '(1, :a::b(c)', '(1, ?1?2)', '(1, é)', '(1, 2) UNION ALL VALUES (1)',
] // prettier-ignore

test('constant rows: mistakes are answered as SQLite answers them, also after rows in one piece', (t) => {
  const texts = mistakes.flatMap((row) => [
    `VALUES ${few}, (7, 'b'), (?, 'c'), ${row}`,
    `INSERT INTO u(a, b) VALUES ${few}, ${row}, (1, 2)`,
    `SELECT a IN (1, 2, 3, 4, 5, 6, 7, 8, 9, ${row.replace(/^\((.*)\)/s, '$1')}) FROM t`,
  ])
  const verdicts = askSqlite(texts)
  if (verdicts === null) return void t.pass('no SQLite at hand')
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a, b, c); CREATE TABLE u(a, b, d)')
  for (const [i, sql] of texts.entries()) {
    let message: string | null = null
    try {
      db.prepare(sql)
    } catch (error) {
      message = (error as Error).message
    }
    t.is(message, verdicts[i]!.error, sql)
  }
  db.close()
})

test('constant rows: there are as many parameters as there may be', (t) => {
  const db = new Database(':memory:')
  const rows = (n: number): string => Array(n).fill('(?, 1)').join(', ')
  t.is(
    db
      .prepare(`VALUES ${rows(32_766)}`)
      .raw()
      .all(...Array(32_766).fill(1)).length,
    32_766,
  )
  t.throws(() => db.prepare(`VALUES ${rows(32_767)}`), { message: 'too many SQL variables' })
  t.throws(() => db.exec(`CREATE VIEW v AS VALUES ${few}, (1, ?)`), {
    message: 'parameters are not allowed in views',
  })
  db.exec(`CREATE VIEW v AS VALUES ${few}, (1, -2.0)`)
  t.is(db.prepare('SELECT count(*) FROM v WHERE column2 = -2').pluck().get(), 1)
  db.close()
})

test('constant rows: a text is read a stretch at a time, wherever its stretches end', async (t) => {
  const db = new Database(':memory:')
  const oracle = await openOracle()
  const values = [
    '1',
    '-2.5',
    "'it''s'",
    'NULL',
    "x'0fA0'",
    '1234567',
    "'漢😀'",
    "''",
    '1e3',
    '- 7',
  ]
  const long = [`'${'long '.repeat(5000)}'`, `x'${'ab'.repeat(12_000)}'`, `'${"''".repeat(9000)}'`]
  for (const space of [0, 250, 1100]) {
    const row = (i: number): string => {
      const wide = i % 50 === 7 ? ' '.repeat(space) : ''
      const value = i % 111 === 60 ? long[i % 3]! : values[i % values.length]!
      return `(${wide}${i}${wide},${value}${wide} )${wide}`
    }
    const rows = Array.from({ length: 2000 }, (_, i) => row(i)).join(',')
    const sql = `SELECT count(*), sum(column1), group_concat(quote(column2)) FROM (VALUES ${rows})`
    const answer = db.prepare(sql).raw().get() as Value[]
    t.is(answer[0], 2000)
    if (oracle !== null) t.deepEqual(answer.map(show), (await oracle.query(sql))[0]!.map(show))
  }
  oracle?.close()
  db.close()
})

test('constant rows: a NUL in a later stretch ends its text there', (t) => {
  const db = new Database(':memory:')
  const rows = (last: string): string => `${'(1, 2), '.repeat(9000)}${last}`
  t.throws(() => db.prepare(`VALUES ${rows("(1, 'a\0b')")}`), { message: /unrecognized token/ })
  t.throws(() => db.prepare(`VALUES ${rows(`(1, '${'long '.repeat(5000)}\0b')`)}`))
  db.close()
})

test('parameter rows: rows that are written alike are counted, and mean what they say', (t) => {
  const db = new Database(':memory:')
  const bound = Array.from({ length: 3000 }, (_, i) => i)
  const texts = [
    Array(1000).fill('(?, ?)').join(', '),
    Array(1000).fill('(?,?)').join(','),
    Array(1000).fill('( ? ,\n?)').join('\n , '),
    `${Array(500).fill('(?, ?)').join(', ')},${Array(500).fill('(?, ?)').join(', ')}`,
    `${Array(500).fill('(?, ?)').join(', ')}, (?, 'x'), (7, 8), ${Array(500).fill('(?, ?)').join(', ')}`,
    `${Array(500).fill('(?, ?)').join(', ')}, (1 + ?, ?), ${Array(600).fill('(?, ?)').join(', ')}`,
  ]
  for (const text of texts) {
    const { count } = parseStatement(`VALUES ${text}`, 0).parameters
    const answer = db
      .prepare(`VALUES ${text}`)
      .raw()
      .all(...bound.slice(0, count)) as unknown[][]
    let next = 0
    const expected = text.match(/\([^)]*\)/g)!.map((row) =>
      row
        .slice(1, -1)
        .split(',')
        .map((term) => {
          if (!term.includes('?')) return term.includes("'") ? 'x' : Number(term)
          return bound[next++]! + (term.includes('+') ? 1 : 0)
        }),
    )
    t.deepEqual(answer, expected)
    const print = printStatement(parseStatement(`VALUES ${text}`, 0).statement!)
    t.is(printStatement(parseStatement(print, 0).statement!), print)
  }
  const many = Array(200).fill('(?, ?)').join(', ')
  for (const wrong of [', ()', ', (?)', ', (?, ?', ',', ', (?, ?) x', ', (?, ?, ?)', ' (?, ?)'])
    t.throws(() => db.prepare(`VALUES ${many}${wrong}`), { instanceOf: SqliteError }, wrong)
  t.throws(() => db.exec(`CREATE VIEW v AS VALUES ${many}`), {
    message: 'parameters are not allowed in views',
  })
  t.throws(() => db.prepare(`VALUES ${Array(16_384).fill('(?, ?)').join(', ')}`), {
    message: 'too many SQL variables',
  })
  const answer = db
    .prepare(`VALUES (?5, ?), ${many}`)
    .raw()
    .all(...bound.slice(0, 406))
  t.deepEqual(answer.at(-1), [404, 405])
  db.close()
})
