/** Trees back to text: the canonical form, and quotes where they are needed. */
import test from 'ava'
import {
  parseExpressionText,
  parseStatement,
  printExpression,
  printStatement,
  quoteName,
  quoteText,
} from '../../packages/engine/src/sql/index.ts'

test('print: names are quoted unless they are plain words', (t) => {
  t.is(quoteName('abc'), 'abc')
  t.is(quoteName('select'), '"select"')
  t.is(quoteName('true'), '"true"')
  t.is(quoteName('a b'), '"a b"')
  t.is(quoteName('a"b'), '"a""b"')
  t.is(quoteName(''), '""')
  t.is(quoteName('__proto__'), '__proto__')
  t.is(quoteText("it's"), "'it''s'")
})

test('print: a column is in double quotes only where it was, for then it may be a text', (t) => {
  const print = (sql: string): string => printExpression(parseExpressionText(sql))
  t.is(print('"a"'), '"a"')
  t.is(print('[a]'), 'a')
  t.is(print('[a b]'), '`a b`')
  t.is(print('t.[select]'), 't.`select`')
})

test('print: numbers read back as they were', (t) => {
  const print = (sql: string): string => printExpression(parseExpressionText(sql))
  t.is(print('1.0'), '1.0')
  t.is(print('1e300'), '1e+300')
  t.is(print('9e999'), '9e999')
  t.is(print('0xff'), '255')
  t.is(print('0xffffffffffffffff'), '0xffffffffffffffff')
  t.is(print('- -9223372036854775808'), '-(-9223372036854775808)')
})

test('print: statements in canonical form', (t) => {
  const print = (sql: string): string => printStatement(parseStatement(sql).statement!)
  t.is(
    print(
      'select a as x,b y from t,u left join v using(a) where a=1 or not b order by 1 desc limit 2,3',
    ),
    'SELECT a AS x, b AS y FROM t, u LEFT JOIN v USING (a) WHERE (a = 1) OR (NOT b) ORDER BY 1 DESC LIMIT 3 OFFSET 2',
  )
  t.is(
    print('replace into t(a) values(1),(2) returning *'),
    'INSERT OR REPLACE INTO t (a) VALUES (1), (2) RETURNING *',
  )
  t.is(
    print(
      'insert into t values(1) on conflict(a) do update set b=2 where c on conflict do nothing',
    ),
    'INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2 WHERE c ON CONFLICT DO NOTHING',
  )
  t.is(
    print('create table x(a int primary key not null default -1, check(a>0)) without rowid'),
    'CREATE TABLE x (a INT PRIMARY KEY NOT NULL DEFAULT (-1), CHECK (a > 0)) WITHOUT ROWID',
  )
  t.is(
    print('create trigger r after update of a on t when new.a begin delete from t; select 1; end'),
    'CREATE TRIGGER r AFTER UPDATE OF a ON t WHEN new.a BEGIN DELETE FROM t; SELECT 1; END',
  )
})
