/** What is there already is told by its name as the statement writes it, quotes and all. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE "x"(a)',
  'CREATE VIEW "v" AS SELECT 1',
  'CREATE INDEX "i" ON x(a)',
  'CREATE TRIGGER "tr" AFTER INSERT ON x BEGIN SELECT 1; END',
  'CREATE TABLE "a ""b"(a)',
]

const names = [
  'x',
  '"x"',
  '[X]',
  '`x`',
  "'x'",
  '"v"',
  '[V]',
  '"i"',
  'main."x"',
  '"main".[v]',
  '"tr"',
  '"a ""b"',
]

const statements = names.flatMap((name) => [
  `CREATE TABLE ${name}(a)`,
  `CREATE TABLE /* a comment */ ${name} AS SELECT 1`,
  `CREATE VIEW ${name} AS SELECT 1`,
  `CREATE VIRTUAL TABLE ${name} USING nothing`,
  `CREATE INDEX ${name} ON x(a)`,
])

const triggers = ['tr', '"tr"', '[TR]', 'main.`tr`'].map(
  (name) => `CREATE TRIGGER ${name} AFTER INSERT ON x BEGIN SELECT 1; END`,
)

test('names already there: the sentence has them as they are written', async (t) => {
  await sameAnswers(t, setup, [...statements, ...triggers])
})
