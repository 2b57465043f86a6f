/** The reader of `*.sqltest` files and what it takes for an answer, over samples written for this. */
import test from 'ava'
import { judge } from '../support/corpus/sqltest.ts'
import { sqltestCases, type MatrixAnswer } from '../support/corpus/sqltest-cases.ts'
import { readSqltest, type Expectation } from '../support/corpus/sqltest-form.ts'

const sample = String.raw`
# A comment before everything { with a brace
@database :memory:
@database database/some.db readonly
@requires-file trigger "says \"why\""

setup one {
    CREATE TABLE t(a);
}

@setup one
@cross-check-integrity
test braces {
    SELECT '{a}', '\{', '\x'; {{repeat:3:ab}}
}
expect @js { other }
expect {
    {a}|\{|\x
}

@skip "not wanted"
test left-out { SELECT 1; }
expect { 1 }

@skip-if sqlite "unistr not available in CI SQLite build"
test kept { SELECT 2; } expect error { no such (table|column) }

@skip-if mvcc "no"
test shell {
    .tables
}
expect { }

test configured {
    .dbconfig dqs_dml off
    SELECT 3
}
expect raw {
  3
}

@var f { min | max }
@var f2 { a | }
matrix m { SELECT $f($f2) FROM t }
`

const answers: MatrixAnswer[] = [
  { name: 'm[min][a]', expect: ['1'] },
  { name: 'm[min][none]', error: true },
  { name: 'm[max][a]', expect: ['2', '3'] },
  { name: 'm[max][none]', error: true },
]

test('sqltest reader: comments, blocks, escapes and repetitions are read', (t) => {
  const file = readSqltest(sample)
  t.deepEqual(
    file.cases.map(({ kind, name }) => `${kind} ${name}`),
    ['test braces', 'test left-out', 'test kept', 'test shell', 'test configured', 'matrix m'],
  )
  t.is(file.cases[0]!.sql.trim(), String.raw`SELECT '{a}', '{', '\x'; ababab`)
  t.deepEqual(file.cases[0]!.expectations, [
    { backend: 'js', kind: 'rows', text: ' other ' },
    { backend: null, kind: 'rows', text: String.raw`    {a}|{|\x` },
  ])
  t.is(file.setups.get('one'), '    CREATE TABLE t(a);')
})

test('sqltest reader: what is not of the form is an error that names the line', (t) => {
  t.throws(() => readSqltest('\n\ntest a { SELECT 1'), { message: 'line 3: a block does not end' })
  t.throws(() => readSqltest('@unheard x'), { message: /line 1: @unheard is not known/ })
})

test('sqltest cases: those for SQLite are run on each database, matrices on the first', (t) => {
  const cases = [...sqltestCases(readSqltest(sample), answers, new Set())]
  t.deepEqual(
    cases.map(({ name, sql }) => `${name}: ${sql.trim()}`),
    [
      String.raw`braces@:memory:: SELECT '{a}', '{', '\x'; ababab`,
      'kept@:memory:: SELECT 2;',
      'configured@:memory:: SELECT 3',
      'm[min][a]: SELECT min(a) FROM t',
      'm[min][none]: SELECT min() FROM t',
      'm[max][a]: SELECT max(a) FROM t',
      'm[max][none]: SELECT max() FROM t',
      String.raw`braces@database/some.db: SELECT '{a}', '{', '\x'; ababab`,
      'kept@database/some.db: SELECT 2;',
      'configured@database/some.db: SELECT 3',
    ],
  )
  t.deepEqual(cases[0]!.setups, ['    CREATE TABLE t(a);'])
  t.true(cases[0]!.checksIntegrity)
  t.true(cases[7]!.place.readonly)
  t.deepEqual(cases[5]!.expectation, { backend: null, kind: 'raw', text: '2\n3' })
  t.is([...sqltestCases(readSqltest(sample), answers, new Set(['kept']))].length, 8)
})

const expectation = (kind: Expectation['kind'], text: string): Expectation => ({
  backend: null,
  kind,
  text,
})

const rows = [
  [1n, 'a b', null],
  [0.1, new Uint8Array([0x78, 0, 0x79]), 'q\0r'],
]

test('sqltest comparison: rows become lines, reals agree to 15 digits', (t) => {
  t.is(judge(expectation('rows', '  1|a b|\n  0.1|x|q  '), { rows }), null)
  t.is(judge(expectation('rows', '1|a b|\n0.10000000000000001|x|q'), { rows }), null)
  t.not(judge(expectation('rows', '1.0|a b|\n0.1|x|q'), { rows }), null)
  t.not(judge(expectation('rows', '0.1|x|q\n1|a b|'), { rows }), null)
  t.is(judge(expectation('rows', ''), { rows: [] }), null)
  t.is(judge(expectation('rows', ''), { rows: [[null]] }), null)
})

test('sqltest comparison: raw lines keep their blanks, unordered ones their set, patterns match somewhere', (t) => {
  t.not(judge(expectation('raw', ' 1'), { rows: [[1n]] }), null)
  t.is(judge(expectation('raw', ' 1'), { rows: [[' 1']] }), null)
  t.is(judge(expectation('unordered', '\n 2\n 1 \n'), { rows: [[1n], [2n], [2n]] }), null)
  t.not(judge(expectation('unordered', '1'), { rows: [[1n], [2n]] }), null)
  t.is(judge(expectation('pattern', '(?s)a.*c'), { rows: [['a'], ['c']] }), null)
  t.not(judge(expectation('pattern', '^c'), { rows: [['a'], ['c']] }), null)
})

test('sqltest comparison: an error matches by its sentence, one that is not of the database never', (t) => {
  const error = 'no such table: t'
  t.is(judge(expectation('error', 'NO SUCH  table'), { error }), null)
  t.is(judge(expectation('error', 'Parse error: no such table'), { error }), null)
  t.is(judge(expectation('error', ''), { error }), null)
  t.not(judge(expectation('error', 'no such column'), { error }), null)
  t.not(judge(expectation('error', ''), { error: 'TypeError: x is not a function' }), null)
  t.not(judge(expectation('error', ''), { rows: [] }), null)
  t.is(judge(expectation('rows', '1'), { error })!.group, 'no such table: …')
})
