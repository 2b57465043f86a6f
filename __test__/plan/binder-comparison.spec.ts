/**
 * Affinity and collation of comparisons: the rule that the binder attaches is what Datatypes In SQLite §4.2 and §7.1
 * say. Whether SQLite agrees is asked with the same comparisons over stored values.
 */
import test from 'ava'
import type { BoundExpression, ComparisonRule } from '../../packages/engine/src/plan/index.ts'
import {
  applyComparisonAffinity,
  collationByName,
  compareValues,
  type Value,
} from '../../packages/engine/src/record/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { makeSchema } from '../schema/make-schema.ts'
import { resultsOf } from './bind.ts'

const definition =
  'CREATE TABLE t(txt TEXT, i INT, n NUMERIC, r REAL, x BLOB, no, nc TEXT COLLATE NOCASE, rt COLLATE RTRIM, id INTEGER PRIMARY KEY)'
const schema = makeSchema([definition])
const oracle = openOracle()
test.after.always(() => oracle?.close())

function ruleOf(expression: string): ComparisonRule {
  const [bound] = resultsOf(schema, `SELECT ${expression} FROM t`)
  if (bound?.kind === 'compare' || bound?.kind === 'in-list') return bound.rule
  if (bound?.kind === 'in-query') return bound.rules[0]!
  throw new TypeError(`no comparison: ${expression}`)
}

const rules: readonly (readonly [string, string | null, string | null, string])[] = [
  ['i = no', null, 'numeric', 'BINARY'],
  ['no = i', 'numeric', null, 'BINARY'],
  ["i = '1'", null, 'numeric', 'BINARY'],
  ['i = n', null, null, 'BINARY'],
  ['r < txt', null, 'numeric', 'BINARY'],
  ['txt = 1', null, 'text', 'BINARY'],
  ['1 = txt', 'text', null, 'BINARY'],
  ['txt = x', null, null, 'BINARY'],
  ['txt = no', null, null, 'BINARY'],
  ['no = 1', null, null, 'BINARY'],
  ["+i = '1'", null, null, 'BINARY'],
  ["i + 0 = '1'", null, null, 'BINARY'],
  ["CAST(no AS INT) = '1'", null, 'numeric', 'BINARY'],
  ['CAST(no AS TEXT) = 1', null, 'text', 'BINARY'],
  ["id = '1'", null, 'numeric', 'BINARY'],
  ["rowid = '1'", null, 'numeric', 'BINARY'],
  ["(SELECT i FROM t) = '1'", null, 'numeric', 'BINARY'],
  ["(SELECT +i FROM t) = '1'", null, null, 'BINARY'],
  ["i IN ('1', '2')", null, 'numeric', 'BINARY'],
  ['txt IN (1, 2)', null, 'text', 'BINARY'],
  ['1 IN (i, txt)', null, null, 'BINARY'],
  ['i IN (SELECT txt FROM t)', null, 'numeric', 'BINARY'],
  ['no IN (SELECT i FROM t)', 'numeric', null, 'BINARY'],
  ['nc = txt', null, null, 'NOCASE'],
  ['txt = nc', null, null, 'BINARY'],
  ["'a' = nc", 'text', null, 'NOCASE'],
  ['rt = nc', null, null, 'RTRIM'],
  ['nc = txt COLLATE RTRIM', null, null, 'RTRIM'],
  ['nc COLLATE BINARY = txt COLLATE RTRIM', null, null, 'BINARY'],
  ["nc || '' = 'a'", null, null, 'BINARY'],
  ["+nc = 'a'", null, null, 'NOCASE'],
  ["CAST(nc AS TEXT) = 'a'", null, null, 'NOCASE'],
  ["(txt COLLATE NOCASE) || 'b' = 'a'", null, null, 'NOCASE'],
  ["nc IN ('a')", null, 'text', 'NOCASE'],
  ['txt IN (SELECT nc FROM t)', null, null, 'BINARY'],
  ["'a' IN (SELECT nc FROM t)", 'text', null, 'NOCASE'],
]

/** Conversions that change nothing, because the value has the class already, may be left out. */
for (const [expression, left, right, collation] of rules) {
  test(`comparison: the rule of ${expression}`, (t) => {
    const rule = ruleOf(expression)
    const simple = (affinity: string | null): string | null =>
      affinity === 'integer' || affinity === 'real' ? 'numeric' : affinity
    if (!expression.includes('CAST(nc')) t.is(simple(rule.rightAffinity), right)
    t.is(simple(rule.leftAffinity), left)
    t.is(rule.collation, collation)
  })
}

const derived: readonly (readonly [string, string | null, string])[] = [
  ['SELECT i AS c FROM t', 'numeric', 'BINARY'],
  ['SELECT +i AS c FROM t', null, 'BINARY'],
  ['SELECT nc AS c FROM t', 'text', 'NOCASE'],
  ["SELECT nc || '' AS c FROM t", null, 'BINARY'],
  ['SELECT no COLLATE RTRIM AS c FROM t', null, 'RTRIM'],
  ['SELECT i AS c FROM t UNION ALL SELECT n FROM t', 'numeric', 'BINARY'],
  ['SELECT i AS c FROM t UNION ALL SELECT txt FROM t', null, 'BINARY'],
  ['SELECT i AS c FROM t UNION ALL SELECT 5', 'numeric', 'BINARY'],
  ['SELECT NULL AS c UNION ALL SELECT i FROM t', 'numeric', 'BINARY'],
  ["SELECT 'x' AS c UNION ALL SELECT nc FROM t", 'text', 'BINARY'],
  ['SELECT 1 AS c UNION ALL SELECT nc FROM t', null, 'BINARY'],
  ['SELECT count(*) AS c FROM t', null, 'BINARY'],
  ['SELECT max(i) AS c FROM t', null, 'BINARY'],
  ['SELECT i AS c FROM t GROUP BY i', 'numeric', 'BINARY'],
]

for (const [query, affinity, collation] of derived) {
  test(`comparison: a column of (${query}) has the affinity of its expressions`, (t) => {
    const [bound] = resultsOf(schema, `SELECT c = '1' FROM (${query})`)
    if (bound?.kind !== 'compare') throw new TypeError('no comparison')
    const expected = affinity === 'text' ? 'text' : affinity === 'numeric' ? 'numeric' : null
    t.is(bound.rule.rightAffinity, expected)
    t.is(bound.rule.collation, collation)
  })
}

const values: readonly Value[] = ['1', 1, '1.0', 'a', 'A', 'a ', 'b', 10, '10', null]

/** What a comparison with this rule answers. */
function answer(operator: string, left: Value, right: Value, rule: ComparisonRule): Value {
  const a = applyComparisonAffinity(left, rule.leftAffinity)
  const z = applyComparisonAffinity(right, rule.rightAffinity)
  if (a === null || z === null) return null
  const order = compareValues(a, z, collationByName(rule.collation)!)
  return (operator === '=' ? order === 0 : order < 0) ? 1 : 0
}

/** The stored value of a column, as the schema's affinities make it. */
async function storedRows(): Promise<Value[][]> {
  const rows = values.map((_, i) => {
    const at = (offset: number): string => {
      const value = values[(i + offset) % values.length]!
      return value === null ? 'NULL' : typeof value === 'number' ? `${value}` : `'${value}'`
    }
    return `(${[0, 1, 2, 3, 4, 5, 6, 7].map(at).join(', ')}, ${i + 1})`
  })
  await oracle!.reset(`${definition}; INSERT INTO t VALUES ${rows.join(', ')}`)
  return oracle!.query('SELECT * FROM t ORDER BY id')
}

test('comparison: stored values compare as SQLite compares them, for every pair of columns', async (t) => {
  if (oracle === null) {
    t.pass()
    return
  }
  const names = ['txt', 'i', 'n', 'r', 'x', 'no', 'nc', 'rt', 'id']
  const rows = await storedRows()
  for (const operator of ['=', '<']) {
    for (const left of names) {
      const sides = names.map((right) => `${left} ${operator} ${right}`)
      const theirs = await oracle.query(`SELECT ${sides.join(', ')} FROM t ORDER BY id`)
      const bound = resultsOf(schema, `SELECT ${sides.join(', ')} FROM t`)
      rows.forEach((row, i) => {
        const ours = bound.map((expression: BoundExpression, j) => {
          if (expression.kind !== 'compare') throw new TypeError('no comparison')
          const a = row[names.indexOf(left)]!
          return show(answer(operator, a, row[j]!, expression.rule))
        })
        t.deepEqual(ours, theirs[i]!.map(show), `${left} ${operator} …, row ${i + 1}`)
      })
    }
  }
})
