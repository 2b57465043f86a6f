/** Scenarios of limits that are lowered. */
import type { Loose, Scenarios } from './scenario.ts'

const tables = `
  CREATE TABLE t(a, b, c); INSERT INTO t VALUES (1, 2, 3); CREATE TABLE n(x);
  CREATE TRIGGER g AFTER INSERT ON n WHEN new.x > 0 BEGIN INSERT INTO n VALUES (new.x - 1); END;
  PRAGMA recursive_triggers = ON;
`

export const limitScenarios: Scenarios = {
  'limits that are lowered': ({ sqlite, step }) => {
    const limited = (limits: Loose, use: (db: Loose) => unknown): unknown => {
      const db = new sqlite.DatabaseSync(':memory:')
      db.exec(tables)
      Object.assign(db.limits, limits)
      return use(db)
    }
    step(() => limited({ sqlLength: 10 }, (db) => db.prepare('SELECT 1').get()))
    step(() => limited({ sqlLength: 10 }, (db) => db.prepare('SELECT 1000').get()))
    step(() => limited({ sqlLength: 10 }, (db) => db.prepare('SELECT 1; SELECT 2, 3, 4').get()))
    step(() => limited({ sqlLength: 10 }, (db) => db.prepare('SELECT 1  ;').get()))
    step(() => limited({ sqlLength: 10 }, (db) => db.exec('SELECT 1;SELECT 2;  SELECT 3')))
    step(() => limited({ sqlLength: 10 }, (db) => db.exec('SELECT 1;SELECT 2;SELECT 1000')))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT 1,2').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT 1,2,3').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT * FROM t').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('UPDATE t SET a=1,b=2,c=3').run()))
    step(() => limited({ column: 2 }, (db) => db.exec('CREATE TABLE u(a,b,c)')))
    step(() => limited({ column: 2 }, (db) => db.exec('CREATE INDEX i ON t(a,b,c)')))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT 1 FROM t ORDER BY a,b,c').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT 1 FROM t GROUP BY a,b,c').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('INSERT INTO t VALUES (1,2,3)').run()))
    step(() => limited({ column: 2 }, (db) => db.prepare('VALUES (1,2,3)').get()))
    step(() => limited({ column: 2 }, (db) => db.prepare('SELECT (1,2,3)=(1,2,3)').get()))
    step(() => limited({ column: 0 }, (db) => db.prepare('SELECT 1').get()))
    step(() => limited({ exprDepth: 3 }, (db) => db.prepare('SELECT 1+2+3').get()))
    step(() => limited({ exprDepth: 3 }, (db) => db.prepare('SELECT 1+2+3+4').get()))
    step(() => limited({ exprDepth: 3 }, (db) => db.prepare('SELECT abs(abs(abs(abs(1))))').get()))
    step(() => limited({ exprDepth: 0 }, (db) => db.prepare('SELECT 1').get()))
    step(() => limited({ exprDepth: 0 }, (db) => db.prepare('SELECT 1+1').get()))
    step(() => limited({ compoundSelect: 2 }, (db) => db.prepare('SELECT 1 UNION SELECT 2').get()))
    step(() =>
      limited({ compoundSelect: 2 }, (db) =>
        db.prepare('SELECT 1 UNION SELECT 2 UNION SELECT 3').get(),
      ),
    )
    step(() => limited({ compoundSelect: 2 }, (db) => db.prepare('VALUES (1),(2),(3)').get()))
    step(() =>
      limited({ compoundSelect: 0 }, (db) =>
        db.prepare('SELECT 1 UNION SELECT 2 UNION SELECT 3').get(),
      ),
    )
    step(() => limited({ compoundSelect: 1 }, (db) => db.prepare('SELECT 1 UNION SELECT 2').get()))
    step(() => limited({ functionArg: 2 }, (db) => db.prepare('SELECT max(1,2)').get()))
    step(() => limited({ functionArg: 2 }, (db) => db.prepare('SELECT max(1,2,3)').get()))
    step(() =>
      limited({ functionArg: 2 }, (db) =>
        db.function('f', (a: Loose, b: Loose, c: Loose) => a + b + c),
      ),
    )
    step(() => limited({ functionArg: 0 }, (db) => db.prepare('SELECT abs(1)').get()))
    step(() => limited({ functionArg: 0 }, (db) => db.prepare('SELECT changes()').get()))
    step(() => limited({ attach: 0 }, (db) => db.exec("ATTACH ':memory:' AS x")))
    step(() =>
      limited({ attach: 1 }, (db) => db.exec("ATTACH ':memory:' AS x; ATTACH ':memory:' AS y")),
    )
    step(() =>
      limited({ likePatternLength: 3 }, (db) => db.prepare("SELECT 'abc' LIKE 'abc'").get()),
    )
    step(() =>
      limited({ likePatternLength: 3 }, (db) => db.prepare("SELECT 'abc' LIKE 'abcd'").get()),
    )
    step(() =>
      limited({ likePatternLength: 3 }, (db) => db.prepare("SELECT 'abc' GLOB ?").get('a*bc')),
    )
    step(() =>
      limited({ likePatternLength: 3 }, (db) =>
        db.prepare("SELECT * FROM t WHERE a LIKE 'abcd%'").get(),
      ),
    )
    step(() => limited({ variableNumber: 2 }, (db) => db.prepare('SELECT ?,?').get(1, 2)))
    step(() => limited({ variableNumber: 2 }, (db) => db.prepare('SELECT ?,?,?').get(1, 2, 3)))
    step(() => limited({ variableNumber: 2 }, (db) => db.prepare('SELECT ?3').get()))
    step(() => limited({ variableNumber: 2 }, (db) => db.prepare('SELECT :a,:b,:c').get()))
    step(() => limited({ variableNumber: 2 }, (db) => db.prepare('SELECT ?2, ?').get()))
    step(() => limited({ variableNumber: 0 }, (db) => db.prepare('SELECT ?').get(1)))
    step(() => limited({ triggerDepth: 3 }, (db) => db.exec('INSERT INTO n VALUES (2)')))
    step(() => limited({ triggerDepth: 3 }, (db) => db.exec('INSERT INTO n VALUES (3)')))
    step(() => limited({ triggerDepth: 3 }, (db) => db.exec('INSERT INTO n VALUES (4)')))
    step(() => limited({ triggerDepth: 0 }, (db) => db.exec('INSERT INTO n VALUES (0)')))
    step(() => limited({ triggerDepth: 0 }, (db) => db.exec('INSERT INTO n VALUES (1)')))
  },
  'limits and statements that are there': ({ sqlite, db, step }) => {
    db.exec(tables)
    const like = db.prepare('SELECT ? LIKE ? AS a')
    step(() => like.get('abcd', 'abcd'))
    const insert = db.prepare('INSERT INTO n VALUES (?)')
    step(() => insert.run(5).changes)
    db.limits.likePatternLength = 3
    db.limits.triggerDepth = 2
    step(() => like.get('abcd', 'abcd'))
    step(() => like.all('abcd', 'abcd'))
    step(() => db.prepare('SELECT ? LIKE ?').iterate('abcd', 'abcd').next())
    step(() => insert.run(5))
    step(() => insert.run(1).changes)
    db.limits.likePatternLength = Infinity
    db.limits.triggerDepth = 1000
    step(() => like.get('abcd', 'abcd'))
    step(() => insert.run(5).changes)
    db.exec('CREATE TABLE wide(a, b, c, d, e, f)')
    // SQLite writes five columns of its own schema.
    db.limits.column = 5
    step(() => db.exec('CREATE TABLE more(a)'))
    step(() => db.prepare('SELECT * FROM wide').get())
    step(() => db.prepare('SELECT a, f FROM wide').all())
    step(() => db.prepare('SELECT a, b FROM t').get())
    const other = new sqlite.DatabaseSync(':memory:', { limits: { column: 5, attach: 0 } })
    step(() => other.limits.column)
    step(() => other.exec('CREATE TABLE u(a, b, c, d, e, f)'))
    step(() => other.exec("ATTACH ':memory:' AS x"))
    db.function('other', () => other.prepare('SELECT 1 AS a, 2 AS b').get().b)
    step(() => db.prepare('SELECT other() AS a').get())
    const free = new sqlite.DatabaseSync(':memory:')
    db.function('free', () => free.prepare('SELECT 1, 2, 3 AS c').get().c)
    step(() => db.prepare('SELECT free() AS a').get())
  },
}
