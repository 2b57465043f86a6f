/**
 * Which conditions prove that a partial index has all rows of a scan: those that are written as the index's own, before
 * constants are folded; one side of its OR; a part of its IN; a comparison where it says IS NOT NULL.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

/** The index's condition, a query's, and whether one proves the other. As SQLite has it. */
const proofs: readonly (readonly [string, string, boolean])[] = [
  ['a > 1 + 1', 'a > 1 + 1', true],
  ['a > 1 + 1', 'a > 2', false],
  ['a > 2', 'a > 1 + 1', false],
  ['a > 1 + 1', 'a > 1 + 1 AND b < 9', true],
  ['a BETWEEN 2 AND 1 + 2', 'a BETWEEN 2 AND 1 + 2', true],
  ['a BETWEEN 2 AND 1 + 2', 'a BETWEEN 2 AND 3', false],
  ['a = 1 OR a = 3', 'a = 1 OR a = 3', true],
  ['a = 1 OR a = 3', 'a = 1', true],
  ['a = 1 OR a = 3', 'a = 3', true],
  ['a = 1 OR a = 3', 'a = 3 OR a = 1', true],
  ['a = 1 OR a = 3', 'a = 2', false],
  ['a = 1 OR a = 3', 'a = 1 OR a = 3 OR a = 4', false],
  ['a IN (1, 2 + 1)', 'a IN (1, 2 + 1)', true],
  ['a IN (1, 2 + 1)', 'a IN (1, 3)', false],
  ["b IS NOT NULL AND c <> 'x' || ''", "b > 1 AND c <> 'x' || ''", true],
  ["b IS NOT NULL AND c <> 'x' || ''", "b > 1 AND c <> 'x'", false],
  ["c COLLATE NOCASE = 'x'", "c COLLATE NOCASE = 'x'", true],
  ["c COLLATE NOCASE = 'x'", "c = 'x'", false],
  ['NOT (a = 2 * 1)', 'NOT (a = 2 * 1)', true],
  ['NOT (a = 2 * 1)', 'a <> 2 * 1', false],
  ["c LIKE 'x' || '%'", "c LIKE 'x' || '%'", true],
  ["c LIKE 'x' || '%'", "c LIKE 'x%'", false],
]

for (const [where, condition, isProof] of proofs) {
  const verb = isProof ? 'proves' : 'does not prove'
  test(`partial index: ${condition} ${verb} ${where}`, (t) => {
    const database = new Database(':memory:')
    database.exec(`
      CREATE TABLE t(a, b, c TEXT);
      INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y'), (3, 4, 'z'), (4, NULL, 'X');
      CREATE INDEX i ON t(a) WHERE ${where}`)
    const sql = `SELECT a FROM t INDEXED BY i WHERE ${condition}`
    if (isProof) {
      const plain = database.prepare(`SELECT a FROM t NOT INDEXED WHERE ${condition}`).all()
      t.deepEqual(database.prepare(sql).all(), plain)
    } else {
      t.throws(() => database.prepare(sql).all(), { message: 'no query solution' })
    }
    database.close()
  })
}
