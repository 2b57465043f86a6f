/** Scenarios of names in sentences, some of which SQLite shows as they were written, quotes and all. */
import { outcomeOf, type Scenarios } from './scenario.ts'

const names = [
  't',
  '"t"',
  '[T]',
  '`v`',
  "'r'",
  '"x ""y"',
  'main."t"',
  '"main" . [v]',
  '"no".t',
  "main/* */.'r'",
]

const statements: readonly ((name: string, bare: string) => string)[] = [
  (name) => `CREATE TABLE ${name}(a)`,
  (name) => `/* */ CREATE TABLE ${name} AS SELECT 1`,
  (name) => `EXPLAIN CREATE TABLE ${name}(a)`,
  (name) => `CREATE VIEW ${name} AS SELECT 1`,
  (name) => `CREATE INDEX ${name} ON t(a)`,
  (name) => `CREATE TRIGGER ${name} AFTER INSERT ON t BEGIN SELECT 1; END`,
  (name) => `CREATE VIRTUAL TABLE ${name} USING none`,
  (name) => `CREATE TABLE IF NOT EXISTS ${name}(a)`,
  (name) => `CREATE TRIGGER IF NOT EXISTS ${name} AFTER INSERT ON t BEGIN SELECT 1; END`,
  (name) => `DROP TABLE ${name}`,
  (name) => `ANALYZE ${name}`,
  (name) => `REINDEX ${name}`,
  (_, bare) => `PRAGMA ${bare}.user_version`,
  (_, bare) => `VACUUM ${bare}`,
]

export const nameScenarios: Scenarios = {
  'names in sentences': ({ sqlite, step }) => {
    const answers = (text: (name: string, bare: string) => string): string[] =>
      names.map((name) => {
        const db = new sqlite.DatabaseSync(':memory:')
        db.exec(`CREATE TABLE t(a); CREATE VIEW v AS SELECT 1; CREATE TABLE "x ""y"(a);
          CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END`)
        const outcome = outcomeOf(() => db.exec(text(name, name.split('.')[0]!)))
        db.close()
        return `${name}: ${outcome}`
      })
    for (const statement of statements) step(() => answers(statement))
    step(() => answers(() => 'ANALYZE temp.t'))
  },

  'parameters of one bare name': ({ db, step }) => {
    step(() => db.prepare('SELECT :a AS x, $a AS y').get({ a: 1 }))
    const strict = db.prepare('SELECT :a AS x, $a AS y', { allowBareNamedParameters: false })
    step(() => strict.get({ ':a': 1, $a: 2 }))
    step(() => db.prepare('SELECT :a AS x, :a AS y').get({ a: 1 }))
    step(() => db.prepare('SELECT $a::b AS x, $a(c) AS y').get({ 'a::b': 1, '$a(c)': 2 }))
  },

  'trees dropped beside an iterator': ({ db, step }) => {
    db.exec(
      'CREATE TABLE t(a); CREATE TABLE u(a); INSERT INTO t VALUES (1), (2); CREATE INDEX i ON t(a)',
    )
    for (const method of ['run', 'get', 'all']) {
      for (const sql of ['DROP TABLE u', 'DROP TABLE IF EXISTS t', 'DROP INDEX i']) {
        const drop = db.prepare(sql)
        const rows = db.prepare('SELECT a FROM t').iterate()
        step(() => rows.next())
        step(() => drop[method]())
        step(() => [...rows].length)
      }
    }
  },

  'a database replaced in a transaction': ({ db, step }) => {
    const bytes = db.serialize()
    db.exec('CREATE TABLE t(a); BEGIN; SELECT * FROM t')
    step(() => db.deserialize(bytes))
    step(() => [db.isTransaction, db.prepare('SELECT count(*) AS n FROM t').get()])
    db.exec('ROLLBACK; BEGIN; INSERT INTO t VALUES (1)')
    step(() => db.deserialize(bytes))
    step(() => [db.isTransaction, db.prepare('SELECT count(*) AS n FROM t').get()])
  },

  'REINDEX where nothing is to be written': ({ sqlite, step }) => {
    const db = new sqlite.DatabaseSync(':memory:', { readOnly: true })
    for (const method of ['run', 'get', 'all']) step(() => db.prepare('REINDEX')[method]())
    step(() => db.exec('REINDEX'))
  },

  'what backup takes': ({ sqlite, step }) => {
    step(() => sqlite.backup)
  },
}
