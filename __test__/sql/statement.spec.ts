/** Statements: where they end, their parameters, and the pieces of text that others cut out of them. */
import test from 'ava'
import {
  parseStatement,
  type CreateTable,
  type Select,
  type Statement,
} from '../../packages/engine/src/sql/index.ts'
import { askSqlite } from './verdicts.ts'

function parse<Kind extends Statement['kind']>(
  sql: string,
  kind: Kind,
): Extract<Statement, { kind: Kind }> {
  const { statement } = parseStatement(sql)
  if (statement?.kind !== kind) throw new Error(`${statement?.kind} instead of ${kind}: ${sql}`)
  return statement as Extract<Statement, { kind: Kind }>
}

test('statements: each ends after its semicolon, and nothing is left at the end', (t) => {
  const sql =
    ' ;SELECT 1; -- one\n;SELECT 2 /* two */ ; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 3; END;  '
  const texts: string[] = []
  for (let at = 0; ;) {
    const { statement, end } = parseStatement(sql, at)
    if (statement === null) {
      t.is(end, sql.length)
      break
    }
    texts.push(sql.slice(statement.start, statement.end))
    at = end
  }
  t.deepEqual(texts, [
    'SELECT 1',
    'SELECT 2',
    'CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 3; END',
  ])
})

test('statements: what follows the semicolon is not looked at', (t) => {
  t.is(parseStatement('SELECT 1; @').end, 9)
})

test('statements: parameters are numbered as in SQLite', (t) => {
  const table = (list: string): unknown => {
    const { parameters } = parseStatement(`SELECT ${list}`)
    return [parameters.count, ...parameters.names]
  }
  t.deepEqual(table('?, ?'), [2, null, null])
  t.deepEqual(table('?3, ?'), [4, null, null, '?3', null])
  t.deepEqual(table(':a, @a, $a, :a'), [3, ':a', '@a', '$a'])
  t.deepEqual(table(':a, ?1, ?'), [2, ':a', null])
  t.deepEqual(table('?, ?1'), [1, '?1'])
  t.deepEqual(table('1'), [0])
  t.throws(() => table('?32766, ?'), { message: 'too many SQL variables' })
  const { first } = parse('SELECT ?5, :b', 'select')
  t.like(first, {
    columns: [{ expression: { index: 5 } }, { expression: { index: 6, name: ':b' } }],
  })
})

test('statements: result columns are named by their text, as in SQLite', (t) => {
  const columns = [
    '(1+2)',
    '1  +  2',
    '( 1 )',
    '1 /* c */',
    "'a'||'b' -- d\n",
    '-1',
    'abs( 1 )',
    '((1))+(2)',
    'CASE WHEN 1 THEN 2 END',
    'count(*) FILTER (WHERE 1)',
    '(SELECT 1)',
    'NULL',
    ':p',
    '1_0',
  ]
  const sql = `SELECT ${columns.join(', ')}`
  const select = parse(sql, 'select')
  const first = select.first as Extract<Select['first'], { kind: 'select-core' }>
  const ours = first.columns.map((column) =>
    column.kind === 'expression' ? sql.slice(column.textStart, column.textEnd) : '*',
  )
  const [verdict] = askSqlite([sql]) ?? []
  if (verdict === undefined) t.log('no SQLite: compared with the text alone')
  t.deepEqual(ours, verdict?.columns ?? columns.map((column) => column.trim()))
})

test('statements: what sqlite_schema keeps is cut from the name on', (t) => {
  const kept = (sql: string): string => {
    const { statement } = parseStatement(sql)
    const { nameStart, textEnd } = statement as CreateTable
    return sql.slice(nameStart, textEnd)
  }
  t.is(kept('CREATE TEMP TABLE IF NOT EXISTS /*c*/ x  (a,b)  /*z*/ ; '), 'x  (a,b)')
  t.is(kept('CREATE TABLE main.x(a INT) STRICT /*q*/  ;'), 'x(a INT) STRICT /*q*/  ')
  t.is(kept('CREATE VIEW  x(q) AS SELECT 1 /*c*/  ; '), 'x(q) AS SELECT 1 /*c*/')
  t.is(kept('CREATE UNIQUE  INDEX x ON t(a) /*c*/  ;'), 'x ON t(a) /*c*/  ')
  t.is(
    kept('CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1;  END /*z*/ ;'),
    'x AFTER INSERT ON t BEGIN SELECT 1;  END',
  )
})

test('statements: a column type is what SQLite reports', (t) => {
  const types = (columns: string): string[] =>
    parse(`CREATE TABLE x(${columns})`, 'create-table').columns.map((column) => column.type)
  t.deepEqual(types('a /*k*/ varchar /*y*/ ( 10 , 2 ) NOT NULL, b double\n precision'), [
    'varchar /*y*/ ( 10 , 2 )',
    'double\n precision',
  ])
  t.deepEqual(types('a "INT", b [a b] \'c\', c [a b], d int, e Integer, f'), [
    'INT',
    "[a b] 'c'",
    'a b',
    'INT',
    'INTEGER',
    '',
  ])
  t.deepEqual(types('a GENERATED ALWAYS AS (1), b int  generated  always AS (2)'), ['', 'INT'])
})

test('statements: CHECK and DEFAULT keep the text between their parentheses', (t) => {
  const sql = `CREATE TABLE x(a CHECK( ( a>0 ) /*z*/ ) DEFAULT ( 1 + 2 /*c*/ ), b DEFAULT - 5, c DEFAULT abc,
    CHECK ((a) < b))`
  const table = parse(sql, 'create-table')
  const texts = [...table.columns.flatMap((column) => column.constraints), ...table.constraints]
    .filter((constraint) => constraint.kind === 'check' || constraint.kind === 'default')
    .map((constraint) => sql.slice(constraint.textStart, constraint.textEnd))
  t.deepEqual(texts, ['( a>0 ) /*z*/', '1 + 2 /*c*/', '- 5', 'abc', '(a) < b'])
})

test('statements: a constraint name holds until a column or a comma ends it', (t) => {
  const { columns, constraints } = parse(
    `CREATE TABLE x(a CONSTRAINT c CHECK (1) CHECK (2), b UNIQUE CONSTRAINT d CHECK (3),
      CHECK (4) CHECK (5), CHECK (6), CONSTRAINT e CONSTRAINT f UNIQUE (a) CHECK (7))`,
    'create-table',
  )
  const named = columns.map((column) => column.constraints.map(({ name }) => name))
  t.deepEqual(named, [
    ['c', 'c'],
    [null, 'd'],
  ])
  // The comma after the last column is not one between table constraints.
  t.deepEqual(
    constraints.map(({ name }) => name),
    ['d', 'd', null, 'f', 'f'],
  )
})

test('statements: DEFERRABLE is about the foreign key before it, wherever that is', (t) => {
  const { columns } = parse(
    'CREATE TABLE x(a REFERENCES p, b DEFERRABLE INITIALLY DEFERRED, c REFERENCES q)',
    'create-table',
  )
  t.like(columns[0]!.constraints[0], { kind: 'references', reference: { deferred: true } })
  t.is(columns[1]!.constraints.length, 0)
  t.like(columns[2]!.constraints[0], { kind: 'references', reference: { deferred: false } })
})

test('statements: the forms of ALTER TABLE', (t) => {
  const action = (sql: string): unknown => parse(`ALTER TABLE t ${sql}`, 'alter-table').action
  t.like(action('RENAME TO x'), { kind: 'rename-table', name: 'x' })
  t.like(action('RENAME a TO b'), { kind: 'rename-column', from: 'a', to: 'b' })
  t.like(action('ADD z INT'), { kind: 'add-column', column: { name: 'z', type: 'INT' } })
  t.like(action('DROP COLUMN a'), { kind: 'drop-column', column: 'a' })
  t.like(action('ADD CONSTRAINT c CHECK (a) ON CONFLICT FAIL'), {
    kind: 'add-constraint',
    constraint: { kind: 'check', name: 'c', onConflict: 'FAIL' },
  })
  t.like(action('DROP CONSTRAINT c'), { kind: 'drop-constraint', name: 'c' })
  t.like(action('ALTER a SET NOT NULL'), { kind: 'set-not-null', column: 'a', onConflict: null })
  t.like(action('ALTER COLUMN a DROP NOT NULL'), { kind: 'drop-not-null', column: 'a' })
})

test('statements: parentheses in FROM', (t) => {
  const from = (sql: string): unknown => {
    const { first } = parse(`SELECT * FROM ${sql}`, 'select')
    return (first as { from: unknown }).from
  }
  t.like(from('((t))'), { first: { kind: 'table', name: 't', alias: null }, joins: [] })
  t.like(from('(t x) y'), { first: { kind: 'table', name: 't', alias: 'y' } })
  t.like(from('(t JOIN u)'), { first: { kind: 'nested' } })
  t.like(from('((t JOIN u)) x'), { first: { kind: 'nested', alias: 'x' } })
  t.like(from('t LEFT JOIN (u, v) ON 1'), {
    joins: [{ operator: 'left', right: { kind: 'nested' } }],
  })
})

test('statements: the words before JOIN, in any order', (t) => {
  const join = (words: string): unknown => {
    const { first } = parse(`SELECT * FROM t ${words} JOIN u`, 'select')
    const [only] = first.kind === 'select-core' ? first.from!.joins : []
    return [only!.operator, only!.natural]
  }
  t.deepEqual(join(''), ['inner', false])
  t.deepEqual(join('NATURAL LEFT OUTER'), ['left', true])
  t.deepEqual(join('OUTER NATURAL RIGHT'), ['right', true])
  t.deepEqual(join('LEFT RIGHT'), ['full', false])
  t.deepEqual(join('CROSS INNER'), ['cross', false])
})

test('statements: PRAGMA takes words, texts and signed numbers', (t) => {
  const value = (sql: string): unknown => parse(`PRAGMA ${sql}`, 'pragma').value
  t.is(value('x'), null)
  t.is(value('x = on'), 'on')
  t.is(value("x('Y')"), 'Y')
  t.is(value('x = - 5'), -5)
  t.is(value('x == +1.5'), 1.5)
  t.is(value('x(0x10)'), 16)
})
