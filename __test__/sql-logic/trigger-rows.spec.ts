/** What OLD and NEW show of generated columns, and which rows fire triggers in an UPDATE … FROM, of a view too; against SQLite. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const statements = [
  "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, v AS (a*2), s TEXT AS (a||'s') STORED, r REAL AS (a))",
  'CREATE TABLE log(x)',
  "CREATE TRIGGER bi BEFORE INSERT ON t BEGIN INSERT INTO log VALUES ('bi '||NEW.id||' '||NEW.a||' '||NEW.v||' '||NEW.s||' '||NEW.r); END",
  "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('ai '||NEW.id||' '||NEW.a||' '||NEW.v||' '||NEW.s||' '||NEW.r); END",
  "CREATE TRIGGER bu BEFORE UPDATE ON t BEGIN INSERT INTO log VALUES ('bu '||OLD.v||' '||OLD.s||' '||OLD.r||'>'||NEW.v||' '||NEW.s||' '||NEW.r); END",
  "CREATE TRIGGER au AFTER UPDATE OF v ON t BEGIN INSERT INTO log VALUES ('auv '||OLD.v||' '||OLD.s||'>'||NEW.v||' '||NEW.s); END",
  "CREATE TRIGGER au2 AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES ('aua '||OLD.v||' '||OLD.s||'>'||NEW.v||' '||NEW.s); END",
  "CREATE TRIGGER bd BEFORE DELETE ON t BEGIN INSERT INTO log VALUES ('bd '||OLD.v||' '||OLD.s); END",
  "CREATE TRIGGER ad AFTER DELETE ON t BEGIN INSERT INTO log VALUES ('ad '||OLD.v||' '||OLD.s||OLD.r); END",
  'INSERT INTO t(a) VALUES (1),(2)',
  'INSERT INTO t(id,a) VALUES (7,5)',
  'UPDATE t SET a=a+10 WHERE id<3',
  'UPDATE t SET a=x.k FROM (SELECT 100 AS k) AS x WHERE id=1',
  'DELETE FROM t WHERE v=200',
  'INSERT INTO t(id,a) VALUES (2,50) ON CONFLICT DO UPDATE SET a=excluded.v',
  'REPLACE INTO t(id,a) VALUES (2,60)',
  'PRAGMA recursive_triggers=1',
  'REPLACE INTO t(id,a) VALUES (2,61)',
  'SELECT * FROM log',
  'SELECT * FROM t',
  "CREATE TABLE w(p TEXT, q AS (p||'q'), n INT, PRIMARY KEY(p)) WITHOUT ROWID",
  "CREATE TRIGGER wu BEFORE UPDATE ON w WHEN NEW.q<>OLD.q BEGIN INSERT INTO log VALUES ('wu '||OLD.q||NEW.q); END",
  "INSERT INTO w VALUES ('a',1),('b',2)",
  'UPDATE w SET p=p||n FROM (SELECT 1 AS m) WHERE n>m',
  'UPDATE w SET n=n+m FROM (SELECT 1 AS m UNION SELECT 2) WHERE n>m',
  'SELECT * FROM w',
  'CREATE TABLE m(a,b)',
  'CREATE TRIGGER ins AFTER INSERT ON m BEGIN UPDATE t SET a=NEW.b+x.k FROM (SELECT 3 AS k UNION SELECT NEW.a) AS x WHERE t.id=NEW.a; END',
  'INSERT INTO m VALUES (2,9)',
  "CREATE TRIGGER ins2 AFTER INSERT ON m BEGIN INSERT INTO log SELECT 'fj '||coalesce(q.v,'-')||coalesce(NEW.a,'') FROM t AS q FULL JOIN w ON q.id=NEW.a AND w.n>NEW.b-100; END",
  'INSERT INTO m VALUES (8,1)',
  'SELECT * FROM log',
  'SELECT * FROM t',
  'CREATE VIEW vw AS SELECT id, a, v FROM t',
  "CREATE TRIGGER iu INSTEAD OF UPDATE ON vw BEGIN INSERT INTO log VALUES ('iu '||OLD.id||' '||OLD.v||' '||NEW.a||' '||NEW.v); END",
  'UPDATE vw SET a=k FROM (SELECT 5 AS k UNION SELECT 6) WHERE id=2',
  'UPDATE vw AS z SET a=k, v=z.id FROM (SELECT 5 AS k UNION SELECT 6) AS y, w WHERE z.id>1',
  'UPDATE vw SET a=1 FROM t WHERE t.id=vw.id',
  'UPDATE vw SET a=1 FROM vw',
  'UPDATE vw SET nope=1 FROM t',
  'UPDATE vw SET a=zz FROM t',
  'UPDATE vw SET a=t.a+1 FROM t WHERE t.id=vw.id RETURNING *',
  'UPDATE vw SET (a,v)=(SELECT 1,2) FROM t WHERE t.id=vw.id RETURNING id,a,v',
  "SELECT * FROM log WHERE x LIKE 'iu%'",
  'CREATE TABLE gt(a, b AS (a) NOT NULL)',
  'CREATE TRIGGER gtb BEFORE INSERT ON gt WHEN NEW.b IS NULL BEGIN SELECT RAISE(IGNORE); END',
  'INSERT INTO gt VALUES (NULL),(1)',
  'SELECT * FROM gt',
  'PRAGMA integrity_check',
]

test('trigger rows: they are those of SQLite', async (t) => {
  await sameAnswers(t, [], statements)
})

test('trigger rows: RETURNING shows what the statement found or stored, whatever BEFORE triggers have changed', async (t) => {
  const tables = [
    'CREATE TABLE u(a PRIMARY KEY, b, c)',
    'CREATE TABLE u(a PRIMARY KEY, b, c) WITHOUT ROWID',
    'CREATE TABLE u(a INTEGER PRIMARY KEY, b, c, d AS (b || 1), e AS (c || 2) STORED)',
  ]
  const triggers = [
    'BEFORE DELETE ON u BEGIN UPDATE u SET b = b || old.a || old.b; END',
    'BEFORE DELETE ON u BEGIN DELETE FROM u WHERE a = old.a + 1; END',
    'BEFORE UPDATE ON u WHEN new.a > 0 BEGIN UPDATE u SET c = c || old.a || new.b WHERE a = 1 + old.a; END',
    'BEFORE UPDATE OF b ON u BEGIN UPDATE u SET c = c || 5 WHERE a = old.a; END',
    'BEFORE UPDATE ON u BEGIN DELETE FROM u WHERE a = old.a + 1; END',
    'AFTER UPDATE OF b ON u BEGIN UPDATE u SET c = c || old.a || new.b WHERE a <= old.a; END',
  ]
  const changes = [
    'DELETE FROM u RETURNING *, (SELECT group_concat(b) FROM u)',
    'UPDATE u SET b = b || 9 RETURNING *, (SELECT group_concat(c) FROM u)',
    'INSERT INTO u(a, b, c) VALUES (2, 7, 8), (9, 9, 9) ON CONFLICT DO UPDATE SET b = excluded.b || c RETURNING *',
    'UPDATE u SET b = b || x.y FROM (SELECT 5 AS y) AS x RETURNING *, y',
  ]
  const rounds = tables.flatMap((table) =>
    triggers.flatMap((trigger) =>
      changes.flatMap((change) => [
        'DROP TABLE IF EXISTS u',
        table,
        'INSERT INTO u(a, b, c) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)',
        `CREATE TRIGGER fired ${trigger}`,
        change,
        'SELECT * FROM u',
      ]),
    ),
  )
  await sameAnswers(t, [], rounds)
})
