/**
 * Random statements whose operands may fail: `abs(c)` over data that contains the integer without an absolute value. Whether an error shows tells which
 * operands an engine evaluates, and in which order rows and conditions are asked.
 */
import type { Random } from './random.ts'

export const setup = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b INT NOT NULL, c, n);
  CREATE TABLE u(x INTEGER PRIMARY KEY, y NOT NULL, z);
  CREATE TABLE e(a INTEGER PRIMARY KEY, b NOT NULL, c, n);
  CREATE INDEX tb ON t(b);
  INSERT INTO t VALUES (1, 1, 5, NULL), (2, 0, -9223372036854775807 - 1, 1), (3, 1, NULL, 0), (4, 2, 0, 2);
  INSERT INTO u VALUES (1, 1, 0), (2, 7, -9223372036854775807 - 1);
`

type Columns = readonly string[]

const one: Columns = ['a', 'b', 'c', 'n']

function failing(random: Random, columns: Columns): string {
  const column = random.pick(columns)
  return random.pick([
    `abs(${column})`,
    `abs(${column})`,
    `abs(${column})`,
    `coalesce(abs(${column}), 1)`,
    `typeof(abs(${column}))`,
    `-abs(${column})`,
  ])
}

/** A value, of an expression that may fail about every third time. */
function value(random: Random, columns: Columns, depth = 0): string {
  const inner = (): string => value(random, columns, depth + 1)
  const kind = random.below(depth > 1 ? 8 : 15)
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return failing(random, columns)
    case 3:
    case 4:
    case 5:
      return random.pick(columns)
    case 6:
      return random.pick(['0', '1', '2', 'NULL', "'k'", '1.0'])
    case 7:
      return `+${random.pick(columns)}`
    case 8:
      return `CASE WHEN ${condition(random, columns, depth + 1)} THEN ${inner()} ELSE ${inner()} END`
    case 9:
      return `CASE ${inner()} WHEN ${inner()} THEN ${inner()} WHEN ${inner()} THEN ${inner()} END`
    case 10:
      return `${random.pick(['coalesce', 'ifnull', 'nullif', 'max'])}(${inner()}, ${inner()})`
    case 11:
      return `iif(${condition(random, columns, depth + 1)}, ${inner()}, ${inner()})`
    case 12:
      return `(${inner()} ${random.pick(['+', '*', '%'])} ${inner()})`
    default:
      return `(${condition(random, columns, depth + 1)})`
  }
}

function condition(random: Random, columns: Columns, depth = 0): string {
  const operand = (): string => value(random, columns, depth + 1)
  const nested = (): string => condition(random, columns, depth + 1)
  const kind = random.below(depth > 1 ? 7 : 18)
  switch (kind) {
    case 0:
      return `${operand()} IS ${random.pick(['', 'NOT '])}NULL`
    case 1:
      return `${operand()} ${random.pick(['=', '<>', '<', '>='])} ${operand()}`
    case 2:
      return `${random.pick(columns)} IS ${random.pick(['', 'NOT '])}NULL`
    case 3:
      return operand()
    case 4:
      return random.pick(['0', '1', '1 = 2', 'NULL', '0 IS NULL', 'NOT 1'])
    case 5:
      return `${random.pick(columns)} = ${random.pick(['0', '1', '2'])}`
    case 6:
      return `${operand()} ${random.pick(['', 'NOT '])}IN (${operand()}, ${operand()})`
    case 7:
      return `${operand()} ${random.pick(['', 'NOT '])}BETWEEN ${operand()} AND ${operand()}`
    case 8:
      return `(${operand()}, ${operand()}) ${random.pick(['=', '<>', '<', '>=', 'IS'])} (${operand()}, ${operand()})`
    case 9:
      return `NOT (${nested()})`
    case 10:
      return `${operand()} IS ${random.pick(['TRUE', 'NOT FALSE', operand()])}`
    case 11:
      return `${operand()} IN (${random.pick(['', operand(), '1, 2, 3'])})`
    case 12:
      return `(${nested()} OR ${nested()} OR ${nested()})`
    case 13:
      return random.pick([`${operand()} IN (SELECT y FROM u)`, `(SELECT ${nested()})`])
    case 14:
    case 15:
      return `(${nested()} OR ${nested()})`
    default:
      return `(${nested()} AND ${nested()})`
  }
}

const conditions = (random: Random, columns: Columns): string =>
  Array.from({ length: 1 + random.below(3) }, () => condition(random, columns)).join(' AND ')

/** An expression of the schema: without subqueries. */
function stored(make: () => string): string {
  for (;;) {
    const text = make()
    if (!text.includes('SELECT')) return text
  }
}

/** SQLite evaluates more of rows in HAVING than in WHERE. */
function withoutRows(make: () => string): string {
  for (;;) {
    const text = make()
    if (!/\) (=|<>|<|>=|IS) \(/.test(text)) return text
  }
}

/** One idea as its statements; those that write are taken back by whoever runs them. */
export function statement(random: Random): readonly string[] {
  const table = random.pick(['t', 't', 't', 't', 'e'])
  const where = (): string => conditions(random, one)
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return [`SELECT a FROM ${table} WHERE ${where()}`]
    case 3:
    case 4:
      return [`SELECT ${value(random, one)} FROM ${table}`]
    case 5:
      return [`SELECT a FROM t ORDER BY ${value(random, one)}, a`]
    case 6:
      return [`SELECT count(*), min(a) FROM t GROUP BY ${value(random, one)} ORDER BY 2`]
    case 7:
      return [
        `SELECT b, count(*) FROM t GROUP BY b HAVING ${withoutRows(() => conditions(random, ['b', 'max(c)', 'min(n)', 'sum(c)']))}`,
      ]
    case 8:
      return [
        `UPDATE ${table} SET n = ${value(random, one)}${random.pick(['', ` WHERE ${where()}`])}`,
      ]
    case 9:
      return [`DELETE FROM ${table} WHERE ${where()}`]
    case 10:
      return [
        `CREATE TABLE k(a INTEGER PRIMARY KEY, b NOT NULL, c, n, CHECK (${stored(() => condition(random, one))}))`,
        'INSERT INTO k SELECT * FROM t',
      ]
    default:
      return [
        `CREATE INDEX i ON t(${stored(() => value(random, one))})${random.pick(['', ` WHERE ${stored(() => condition(random, one))}`])}`,
        'UPDATE t SET n = 3, b = 1 WHERE a < 3',
      ]
  }
}
