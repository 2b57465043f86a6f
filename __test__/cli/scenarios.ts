/**
 * Sessions that are given to our shell and to sqlite3, and must come out alike. Each runs in a folder of its own, on files that are named as
 * they lie there.
 */

import { edgeScenarios } from './edge-scenarios.ts'
import { files, imports } from './file-scenarios.ts'
import { inEveryMode, withOptions } from './mode-scenarios.ts'
import { memory, type Scenario } from './scenario.ts'
import { inMemory } from './script-scenarios.ts'

export type { Scenario } from './scenario.ts'

/** The command line. */
const options: readonly Scenario[] = [
  { name: 'errors in an argument', args: [...memory, 'SELECT 1; SELEC 2; SELECT 3', 'SELECT 4'] },
  { name: 'a missing column in an argument', args: [...memory, "SELECT missing, 'x'"] },
  { name: 'an open text in an argument', args: [...memory, "SELECT 'abc"] },
  {
    name: 'a constraint in an argument',
    args: [
      ...memory,
      'CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)',
    ],
  },
  { name: 'an error without a code', args: [...memory, 'SELECT abs(-9223372036854775808)'] },
  {
    name: 'several arguments',
    args: [...memory, 'SELECT 1', '.mode csv', "SELECT 'a b'", '.quit', 'SELECT 2'],
  },
  { name: 'a failing command among them', args: [...memory, 'SELECT 1', '.nothing', 'SELECT 2'] },
  { name: '.exit among them', args: [...memory, '.exit 5', 'SELECT 2'] },
  {
    name: 'options behind the file',
    args: [...memory, '-csv', '-header', "SELECT 1 AS a, 'b c' AS b", '--nullvalue', 'N'],
  },
  {
    name: '-cmd',
    args: ['-cmd', '.mode csv', '-cmd', 'SELECT 1', ...memory],
    input: "SELECT 'a b';\n",
  },
  {
    name: '-cmd that fails',
    args: ['-cmd', 'SELECT x', '-cmd', '.nothing', ...memory],
    input: 'SELECT 2;\n',
  },
  {
    name: '-cmd that fails with -bail',
    args: ['-bail', '-cmd', 'SELECT x', ...memory],
    input: 'SELECT 2;\n',
  },
  { name: '-bail', args: ['-bail', ...memory], input: 'SELECT 1;\nSELECT x;\nSELECT 2;\n' },
  { name: '-echo', args: ['-echo', ...memory], input: 'SELECT 1;\n.print x\n' },
  { name: '-echo of an argument', args: ['-echo', ...memory, 'SELECT 1'] },
  {
    name: '-separator and -newline',
    args: ['-separator', '--', '-newline', 'NL', ...memory],
    input: 'SELECT 1, 2;\n',
  },
  { name: '-separator with an escape', args: ['-separator', '\\t', ...memory, 'SELECT 1, 2'] },
  { name: '-noheader', args: ['-column', '-noheader', ...memory, 'SELECT 1 AS a'] },
  { name: '-column and -header', args: ['-column', '-header', ...memory, 'SELECT 1 AS a'] },
  { name: 'modes one after the other', args: ['-csv', '-list', ...memory, "SELECT 'a b', 2"] },
  {
    name: '-init',
    args: ['-init', 'rc', ...memory],
    input: 'SELECT 1 AS a;\n',
    files: { rc: '.headers on\n.mode csv\n.print loaded\n' },
  },
  { name: '-init that is not there', args: ['-init', 'rc', ...memory], input: 'SELECT 1;\n' },
  {
    name: '-init with errors',
    args: ['-init', 'rc', ...memory],
    input: 'SELECT 1;\n',
    files: { rc: 'SELECT x;\n.nothing\n' },
  },
  {
    name: '-init with errors and -bail',
    args: ['-bail', '-init', 'rc', ...memory],
    input: 'SELECT 1;\n',
    files: { rc: 'SELECT x;\n' },
  },
  { name: '-eqp', args: ['-eqp', ...memory], input: 'CREATE TABLE t(a);\nSELECT * FROM t;\n' },
  { name: '-safe', args: ['-safe', ...memory], input: 'SELECT 1;\n.shell echo x\nSELECT 2;\n' },
  {
    name: '-safe and ATTACH',
    args: ['-safe', ...memory],
    input: "SELECT 1;\nATTACH 'x.db' AS x;\nSELECT 2;\n",
  },
  {
    name: '-safe and a function',
    args: ['-safe', ...memory],
    input: "SELECT 1;\nSELECT readfile('x');\nSELECT 2;\n",
  },
  {
    name: '-safe with -nonce',
    args: ['-safe', '-nonce', 'abc', ...memory],
    input: '.nonce abc\n.shell echo x\n.shell echo y\n',
  },
  { name: 'nothing but a file', args: memory, input: '' },
  { name: 'no file', args: [], input: 'SELECT 1;\n' },
  { name: 'an empty argument', args: [...memory, ''], input: 'SELECT 1;\n' },
  { name: 'a comment as an argument', args: [...memory, '/* nothing */', ' ', ';;'] },
  {
    name: 'lines that end in carriage returns',
    args: memory,
    input: 'SELECT 1;\r\nSELECT\r\n2;\r\n.print x\r\n',
  },
  { name: 'a NUL in a script', args: memory, input: 'SELECT 1;\0SELECT 2;\nSELECT 3;\n' },
  { name: 'U+2028 in a script', args: memory, input: "SELECT 'a\u2028b\u0085c';\n" },
  {
    name: 'many rows',
    args: memory,
    input:
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 20000) SELECT x, x*2, hex(x) FROM c;\n',
  },
  {
    name: 'many columns',
    args: ['-box', ...memory],
    input: `SELECT ${Array.from({ length: 100 }, (_, i) => `${i} AS c${i}`).join(', ')};\n`,
  },
]

export const scenarios: readonly Scenario[] = [
  ...inEveryMode(),
  ...withOptions(),
  ...inMemory(),
  ...imports,
  ...files,
  ...edgeScenarios,
  ...options,
]
