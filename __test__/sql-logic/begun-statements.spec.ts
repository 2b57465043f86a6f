/** CREATE TABLE and CREATE TRIGGER: what they are to make is looked up before the rest of the text is read. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, b)',
  'CREATE VIEW v AS SELECT 1',
  'CREATE INDEX i ON t(a)',
  'CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END',
  'CREATE TEMP TABLE w(a)',
]

const names = ['t', 'v', 'i', 'w', 'main.t', 'temp.w', 'temp.t', 'nodatabase.x', 'sqlite_x', 'x']
const heads = ['CREATE TABLE', 'CREATE TEMP TABLE', 'CREATE TABLE IF NOT EXISTS']
const rests = [
  '',
  '1',
  '.',
  '(',
  '(1)',
  ' AS 1',
  ' AS SELECT 1 FROM',
  '(a, b c (',
  '(a) foo',
  '(a))',
  "(a 'open)",
]

test('CREATE TABLE', async (t) => {
  const statements = heads.flatMap((head) =>
    names.flatMap((name) => rests.map((rest) => `${head} ${name}${rest === '1' ? ' 1' : rest}`)),
  )
  await sameAnswers(t, setup, [...statements, ...statements.map((sql) => `EXPLAIN ${sql}`)])
})

test('CREATE TRIGGER', async (t) => {
  const triggers = ['r', 'x', 'main.x', 'temp.x', 'nodatabase.x', 'sqlite_x']
  const tables = ['t', 'v', 'w', 'nosuch', 'main.t', 'other.t']
  const bodies = [
    '',
    'BEGIN',
    'BEGIN 1; END',
    'BEGIN SELECT 1 FROM; END',
    'BEGIN SELECT 1; END 1',
    'WHEN',
    '1',
  ]
  await sameAnswers(
    t,
    setup,
    triggers.flatMap((name) =>
      tables.flatMap((table) =>
        bodies.flatMap((body) => [
          `CREATE TRIGGER ${name} AFTER INSERT ON ${table} ${body}`,
          `CREATE TRIGGER IF NOT EXISTS ${name} INSTEAD OF UPDATE OF a ON ${table} ${body}`,
          `CREATE TEMP TRIGGER ${name} AFTER DELETE ON ${table} WHEN 1 ${body}`,
        ]),
      ),
    ),
  )
})
