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
}
