/**
 * Names from a file or a statement that look like code: tables, columns, aliases, indexes, views, parameters, collations
 * and constants. Whatever is done with them, `new Function` is given identifiers and a source in which none of them is,
 * the answers are right, and nothing but an `SqliteError` is thrown.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const marker = 'pwned'

const hostile: readonly string[] = [
  `a=${marker}()`,
  `"];${marker}();//`,
  `'+${marker}()+'`,
  `\`\${${marker}()}\``,
  `*/${marker}()/*`,
  `\n${marker}()\n`,
  `\u2028${marker}()\u2029`,
  `\\u0022;${marker}()`,
  `//${marker}`,
  `</script>${marker}`,
  `}) {${marker}()}`,
  `ctx.${marker}`,
]
const properties = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then']

/** A name in double quotes. */
function q(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Statements of every kind over names that all are `name`, or made of it. */
function statementsFor(name: string): readonly string[] {
  const t = q(`${name}t`)
  const [a, b, c] = [q(name), q(`${name}b`), q(`${name}c`)]
  const value = text(name)
  return [
    `CREATE TABLE ${t}(${a} INTEGER PRIMARY KEY, ${b} TEXT COLLATE NOCASE DEFAULT ${value} CHECK (${b} <> ${text(`${name}!`)}), ${c} REAL CONSTRAINT ${q(`${name}k`)} CHECK (${c} > -9))`,
    `CREATE INDEX ${q(`${name}i`)} ON ${t}(${b}, ${c} DESC)`,
    `CREATE INDEX ${q(`${name}j`)} ON ${t}(${b} || ${value}) WHERE ${c} > 1`,
    `CREATE UNIQUE INDEX ${q(`${name}u`)} ON ${t}(${c})`,
    `CREATE VIEW ${q(`${name}v`)}(${a}) AS SELECT ${b} || ${value} FROM ${t}`,
    `INSERT INTO ${t}(${a}, ${c}) VALUES (1, 1), (2, 2.5)`,
    `INSERT INTO ${t} SELECT ${a} + 2, ${b}, ${c} + 2 FROM ${t}`,
    `INSERT OR REPLACE INTO ${t} VALUES (1, ${value}, 1)`,
    `SELECT *, ${value} AS ${a} FROM ${t} AS ${q(`${name}x`)} WHERE ${b} = ${value} ORDER BY ${c}`,
    `SELECT ${a} FROM ${t} INDEXED BY ${q(`${name}i`)} WHERE ${b} IN (${value}, 'x') AND ${c} > 0`,
    `SELECT ${b} AS ${a}, count(*) AS ${b}, max(${c}) FROM ${t} GROUP BY ${b} HAVING count(*) > 0`,
    `SELECT DISTINCT ${b} COLLATE RTRIM AS ${c} FROM ${t} UNION SELECT ${value} ORDER BY 1`,
    `WITH ${q(`${name}w`)} AS (SELECT ${a}, ${c} FROM ${t}) SELECT * FROM ${q(`${name}w`)} LEFT JOIN ${t} USING (${a})`,
    `SELECT (SELECT max(${c}) FROM ${t} AS ${q(`${name}y`)} WHERE ${q(`${name}y`)}.${a} = ${t}.${a}) AS ${a} FROM ${t}`,
    `SELECT * FROM ${q(`${name}v`)} WHERE ${a} LIKE ${value} OR ${a} GLOB ${value} OR 1`,
    `UPDATE ${t} SET ${b} = ${b} || ${value} WHERE ${a} = 2`,
    `DELETE FROM ${t} WHERE ${b} = ${value} AND ${a} = 1`,
    `EXPLAIN QUERY PLAN SELECT * FROM ${t} WHERE ${b} = ${value}`,
    `CREATE TABLE ${q(`${name}copy`)} AS SELECT ${b} AS ${a}, ${value} AS ${b} FROM ${t}`,
    `PRAGMA table_info(${t})`,
    `PRAGMA index_list(${t})`,
    'REINDEX',
    'PRAGMA integrity_check',
    `DROP VIEW ${q(`${name}v`)}`,
    `DROP INDEX ${q(`${name}i`)}`,
    `DROP TABLE ${t}`,
  ]
}

/** Statements that fail. */
function mistakesFor(name: string): readonly string[] {
  return [
    `SELECT * FROM ${q(name)}`,
    `SELECT ${q(name)}.a FROM (SELECT 1 AS a)`,
    `SELECT 1 ORDER BY 1 COLLATE ${q(name)}`,
    `CREATE TABLE x(a COLLATE ${q(name)})`,
    `SELECT ${q(name)}(1)`,
    `SELECT 1 FROM sqlite_schema INDEXED BY ${q(name)}`,
    `ATTACH 'file:/nowhere/${marker}?mode=ro' AS ${q(name)}`,
    `SAVEPOINT ${q(name)}; ROLLBACK TO nosuch`,
  ]
}

/** Runs `body` with every source that is given to `new Function` kept. */
function sourcesOf(body: () => void): string[] {
  const sources: string[] = []
  const original = globalThis.Function
  const watched = function (...args: string[]): unknown {
    sources.push(args.join('\n'))
    return Reflect.construct(original, args)
  }
  watched.prototype = original.prototype
  globalThis.Function = watched as unknown as FunctionConstructor
  try {
    body()
  } finally {
    globalThis.Function = original
  }
  return sources
}

function run(database: Database, sql: string): void {
  const statement = database.prepare(sql)
  if (!statement.reader) {
    statement.run()
    return
  }
  const rows = statement.all() as object[]
  const raw = database.prepare(sql).raw().all() as unknown[][]
  const names = statement.columns().map((column) => column.name)
  // Of columns of one name the last has the property.
  for (const [i, row] of rows.entries()) {
    for (const name of new Set(names)) {
      const own = Object.getOwnPropertyDescriptor(row, name)
      if (own?.value !== raw[i]![names.lastIndexOf(name)]) throw new Error(`no column ${name}`)
    }
  }
  statement.get()
  for (const _ of statement.iterate()) break
}

test('hostile names: nothing of them is in the source of a program', (t) => {
  for (const name of [...hostile, ...properties]) {
    const database = new Database(':memory:')
    const sources = sourcesOf(() => {
      for (const sql of statementsFor(name)) {
        t.notThrows(() => run(database, sql), `${JSON.stringify(name)}: ${sql}`)
      }
      for (const sql of mistakesFor(name)) {
        t.throws(() => database.exec(sql), { instanceOf: SqliteError }, sql)
      }
      database.prepare(`SELECT ? AS ${q(name)}, :${marker} AS p`).all(name, { [marker]: name })
    })
    database.close()
    t.true(sources.length > 0, 'programs were made')
    for (const source of sources) {
      // Names of result columns are keys of object literals, in strings that end where they should.
      const code = source
        .replace(/"(?:[^"\\\n\u2028\u2029]|\\.)*"/g, '""')
        .replace(/\/\/[^\n]*/g, '')
      t.false(code.includes(marker), `${JSON.stringify(name)}: ${source}`)
    }
  }
})

test('hostile names: a collation from a file is refused where it is used, and only there', (t) => {
  if (!hasSqliteShell()) {
    t.log('skipped: no sqlite3 here')
    t.pass()
    return
  }
  const folder = temporaryFolder()
  for (const [i, name] of [...hostile, ...properties, 'B\u0131NARY'].entries()) {
    const path = join(folder, `${i}.db`)
    const change = (index: string, sql: string): string =>
      `UPDATE sqlite_schema SET sql = ${text(sql)} WHERE name = '${index}';\n`
    sqliteShell(
      path,
      `.dbconfig defensive off
      PRAGMA synchronous = OFF;
      CREATE TABLE t(id INTEGER PRIMARY KEY, b, c TEXT);
      CREATE INDEX i ON t(b, id);
      CREATE INDEX j ON t(b) WHERE c > 'a';
      CREATE TABLE k(a TEXT, b);
      INSERT INTO t VALUES (1, 2, 'x'), (2, 2, 'y');
      INSERT INTO k VALUES ('x', 1), ('y', 2);
      PRAGMA writable_schema = ON;\n` +
        change('i', `CREATE INDEX i ON t(b, id COLLATE ${q(name)})`) +
        change('j', `CREATE INDEX j ON t(b) WHERE c COLLATE ${q(name)} > 'a'`) +
        change('k', `CREATE TABLE k(a TEXT COLLATE ${q(name)}, b)`),
    )
    const database = new Database(path)
    const missing = { instanceOf: SqliteError, message: `no such collation sequence: ${name}` }
    const sources = sourcesOf(() => {
      const rows = (sql: string): unknown[] => database.prepare(sql).pluck().all()
      t.deepEqual(rows('SELECT id FROM t WHERE b = 2 AND id IN (1, 2)'), [1, 2])
      t.deepEqual(rows('SELECT id FROM t WHERE b = 2 AND id > 1'), [2])
      t.deepEqual(rows("SELECT b FROM t WHERE c > 'a' ORDER BY b, id"), [2, 2])
      t.deepEqual(rows('SELECT count(*) FROM t'), [2])
      t.deepEqual(rows('SELECT a FROM k WHERE b = 2'), ['y'])
      t.deepEqual(rows('SELECT a FROM k UNION ALL SELECT a FROM k WHERE b = 1'), ['x', 'y', 'x'])
      for (const sql of [
        "SELECT a FROM k WHERE a = 'x'",
        'SELECT a FROM k ORDER BY a',
        'SELECT DISTINCT a FROM k',
        'SELECT count(*) FROM k GROUP BY a',
        'SELECT max(a) FROM k',
        "SELECT nullif(a, 'x') FROM k",
        'SELECT a FROM k UNION SELECT a FROM k',
        'INSERT INTO t VALUES (3, 3, 3)',
        'PRAGMA integrity_check',
        'REINDEX t',
      ]) {
        t.throws(() => database.prepare(sql).all(), missing, sql)
      }
    })
    database.close()
    for (const source of sources) t.false(source.includes(marker), source)
  }
})
