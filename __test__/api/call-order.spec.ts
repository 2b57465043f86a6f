/** In which order functions of the user's are called for the values and the keys of a row: that of SQLite. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

const setup = `CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 30), (2, 20), (3, 10);
  CREATE TABLE d(x, y); CREATE TABLE k(x, y, z DEFAULT 5);
  CREATE TABLE i(x INTEGER PRIMARY KEY, y, CHECK (x > 0)); CREATE TRIGGER tr AFTER INSERT ON i BEGIN SELECT 1; END`

/** Statements, and the calls that SQLite makes. */
const expected = [
  ['SELECT f(a), f(b) FROM t ORDER BY g(b), g(a)', 'f1 f30 g30 g1 f2 f20 g20 g2 f3 f10 g10 g3'],
  ['SELECT f(a), g(b) FROM t ORDER BY 2, 1 LIMIT 2', 'g30 f1 g20 f2 g10 f3'],
  [
    'SELECT a, f(row_number() OVER (ORDER BY g(b))) FROM t ORDER BY g(a)',
    'g30 g20 g10 f1 g3 f2 g2 f3 g1',
  ],
  ['INSERT INTO d SELECT f(a), f(b) FROM t ORDER BY g(b)', 'f1 f30 g30 f2 f20 g20 f3 f10 g10'],
  ['INSERT INTO d SELECT f(a), f(b) FROM t ORDER BY 1 DESC', 'f30 f1 f20 f2 f10 f3'],
  ['INSERT INTO d(y, x) SELECT f(a), f(b) FROM t', 'f1 f30 f2 f20 f3 f10'],
  ['INSERT INTO d(y, x) VALUES (f(1), f(2)), (f(3), f(4))', 'f1 f2 f3 f4'],
  ['INSERT INTO d(y, x) VALUES (f(1), f(2))', 'f2 f1'],
  ['INSERT INTO k(y, x) VALUES (f(1), f(2)), (f(3), f(4)) RETURNING g(x)', 'f1 f2 f3 f4 g2 g4'],
  ['INSERT INTO i SELECT f(a), f(b) FROM t ORDER BY g(a) DESC', 'f1 f30 g1 f2 f20 g2 f3 f10 g3'],
] as const

for (const [sql, calls] of expected) {
  test(`call order: ${sql}`, (t) => {
    const database = new Database(':memory:')
    const log: string[] = []
    for (const name of ['f', 'g']) {
      database.function(name, (x: unknown) => {
        log.push(`${name}${String(x)}`)
        return x
      })
    }
    database.exec(setup)
    const statement = database.prepare(sql)
    if (statement.reader) statement.all()
    else statement.run()
    t.is(log.join(' '), calls)
    database.close()
  })
}
