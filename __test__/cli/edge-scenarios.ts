/** Sessions at the edges: what safe mode keeps shut, where a mark stands below a mistake, options whose values look like options. */
import { memory, type Scenario } from './scenario.ts'

/** What reaches for other files, each in a session in safe mode. */
const unsafe: readonly string[] = [
  'VACUUM;',
  "VACUUM INTO 'o.db';",
  "/* a comment */ ATTACH 'x.db' AS y;",
  "EXPLAIN ATTACH 'x.db' AS y;",
  '.open x.db',
  '.open --new x.db',
  '.open --readonly rc',
  ".open ''",
  '.open :memory:',
  '.open',
  '.connection 1\n.open x.db',
]

/** Mistakes behind comments, semicolons and space, which the mark counts. */
const mistakes: readonly string[] = [
  'SELECT 1; /* a comment */ SELECT x',
  'SELECT 1;; ; SELECT x',
  '/* a comment */ SELECT x',
  ' ; SELECT x',
  '\n\n SELECT x',
  'SELECT 1;  \n SELECT x',
  'SELECT 1 /* a */; -- b\n SELEC 2',
  'SELECT 1; /*',
  '/*',
  '/*a',
]

const wrapped = (mode: string, options: string): string => `.mode ${mode} ${options}
SELECT 'the quick brown fox jumps over' AS "a long title", 'supercalifragilistic word' AS b;
`

const scripts: Readonly<Record<string, string>> = {
  'words wrapped in a box': wrapped('box', '--wrap 10 --wordwrap on'),
  'words wrapped in columns': wrapped('column', '--wrap 10 --ww'),
  'words wrapped and quoted': wrapped('qbox', '--wrap 7 --ww'),
  'a table of tests': 'CREATE TABLE t(a);\n.selftest --init\n.selftest\n.selftest -v\n',
  'a statement of .expert':
    'CREATE TABLE t(a, b);\n.expert --verbose\nSELECT * FROM t WHERE a = 1 ORDER BY b;\n',
  'the table of parameters is dropped':
    '.parameter set :a 5\nDROP TABLE temp.sqlite_parameters;\nSELECT :a;\n.parameter list\n',
}

export const edgeScenarios: readonly Scenario[] = [
  ...unsafe.map((input, i) => ({
    name: `-safe, ${i}`,
    args: ['-safe', ...memory],
    input: `${input}\nSELECT 5;\n`,
    files: { rc: '' },
    results: ['o.db', 'x.db'],
  })),
  ...mistakes.flatMap((sql, i) => [
    { name: `a mistake read, ${i}`, args: memory, input: `${sql};\nSELECT 99;\n` },
    { name: `a mistake as an argument, ${i}`, args: [...memory, sql] },
  ]),
  ...Object.entries(scripts).map(([name, input]) => ({ name, args: memory, input })),
  {
    name: 'a value that looks like an option',
    args: ['-nullvalue', '-x', ...memory, 'SELECT NULL'],
  },
  { name: 'a separator of dashes', args: ['-separator', '--', ...memory, 'SELECT 1, 2'] },
  { name: 'a comment as a command', args: ['-cmd', '-- c', ...memory, 'SELECT 1'] },
]
