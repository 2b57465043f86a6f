/** Values of every kind in every mode. */
import { memory, type Scenario } from './scenario.ts'

/** Every kind of value, in every mode. */
const values = `CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
INSERT INTO t VALUES (1, 'x', 1.5, x'6162'), (2, NULL, 1.0, NULL), (3, 'it''s "q", ok', 1e300, x''),
  (10, 'semi;colon', -0.5, 'z'), (11, '', 100000.5, NULL), (-12, 'tab	bed', 9e999, 'e'), (13, -9e999, 1e-7, x'00ff'),
  (14, 'back\\slash', 123456789012345678, x'ff0041'), (15, char(1,7,8,12,27,127), 0.1, 5), (16, 'é日本', 1e15, x'c3a9'),
  (17, 'a' || char(0) || 'b', 1e16, x'410042'), (18, 'e' || char(0x301) || '👍', 3.0e-5, 1.25), (19, 'trail ', 0.0001, -7);
`
const odd = `CREATE TABLE "odd name"("a b", c, "select");
INSERT INTO "odd name" VALUES (1, 'x y', 2), (NULL, 'two
lines', 3), ('é', 2.5, 'cr' || char(13,10) || 'lf'), ('<b>&"''', '|,;', char(13));
`
const queries = `SELECT * FROM t;
SELECT a, b FROM t WHERE 0;
SELECT 1 AS one, 'a b' AS "x y", NULL AS "it's";
SELECT * FROM "odd name";
SELECT count(*), max(a), NULL FROM t;
SELECT 1 AS a, 2 AS a, 3 AS "";
`

const modes = [
  'ascii',
  'box',
  'column',
  'csv',
  'html',
  'json',
  'line',
  'list',
  'markdown',
  'quote',
  'table',
  'tabs',
]

export function inEveryMode(): Scenario[] {
  return modes.flatMap((mode): Scenario[] => [
    {
      name: `-${mode}, and .mode ${mode}`,
      args: [`-${mode}`, ...memory],
      input: `${values}${odd}${queries}.mode ${mode}\n${queries}.headers on\n${queries}.show\n`,
    },
    {
      name: `-${mode} of arguments, with headers and a NULL`,
      args: [
        `-${mode}`,
        '-header',
        '-nullvalue',
        '<null>',
        ...memory,
        values + odd,
        queries,
        "SELECT 1 AS a, 'two' AS b, NULL AS c, 2.5 AS d, x'41' AS e",
      ],
    },
  ])
}

const modeOptions = [
  'insert',
  'insert "odd name"',
  'insert select',
  'tcl',
  'qbox',
  'box --wrap 5',
  'box --wrap 5 --wordwrap on',
  'table --wrap 4 --ww',
  'markdown --wrap 6',
  'column --wrap 3 --wordwrap off',
  'box --quote',
  'table --quote --noquote',
  'box --wrap 0',
  'box --wrap -10',
  'count',
  'off',
  'box extra more',
  'box --nothing x',
  'nothing',
  'l',
  'col',
  'm',
  't',
  'i',
  'tab',
  '""',
]

/** A few options a session: what one leaves behind the next one finds. */
export function withOptions(): Scenario[] {
  const long = `SELECT 'the quick brown fox jumps over', 'a-b-c-d-e-f-g', 'x\ny' FROM t LIMIT 2;\n`
  return [0, 1, 2, 3].map((part) => ({
    name: `.mode with options, ${part + 1}`,
    args: memory,
    input: `${values}${odd}${modeOptions
      .filter((_, i) => i % 4 === part)
      .map(
        (option) => `.mode ${option}\n.mode\n.headers on\n${queries}.headers off\n${long}.mode\n`,
      )
      .join('')}`,
  }))
}
