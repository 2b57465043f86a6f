/** What our shell does by itself: its options, its exit status, the prompt on a terminal, files shared by processes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { temporaryFolder } from '../support/temporary.ts'
import { runShell, shellCommand } from './run-shell.ts'

test('shell: what does not go to a terminal is shown as a list', (t) => {
  const { status, out, errors } = runShell([':memory:', "SELECT 1 AS id, 'Zoë 日本' AS name"])
  t.is(errors, '')
  t.is(status, 0)
  t.is(out, '1|Zoë 日本\n')
})

test('shell: piped input is shown as a list', (t) => {
  t.deepEqual(runShell([], 'SELECT 1, 2;\n'), { status: 0, out: '1|2\n', errors: '' })
})

test('shell: control characters do not reach a terminal from a table', (t) => {
  const { out } = runShell(['--column', ':memory:', "SELECT 'a' || char(27) || '[2J'"])
  t.false(out.includes('\u001b'))
})

test('shell: an error goes to standard error, with exit status 1', (t) => {
  const { status, out, errors } = runShell([':memory:', 'SELECT * FROM nowhere'])
  t.is(status, 1)
  t.is(out, '')
  t.is(errors, 'Error: in prepare, no such table: nowhere\n')
  t.is(runShell([], 'SELECT 1;\nSELECT x;\nSELECT 2;\n').status, 1)
})

test('shell: a database that cannot be opened is an error', (t) => {
  const { status, errors } = runShell(['/no/such/folder/a.db', 'SELECT 1'])
  t.is(status, 1)
  t.regex(errors, /^Error: unable to open database "\/no\/such\/folder\/a.db": /)
})

test('shell: an unknown option is an error and shows the usage', (t) => {
  const { status, errors } = runShell(['--nothing'])
  t.is(status, 1)
  t.is(errors, 'chorusdb: Error: unknown option: -nothing\nUse -help for a list of options.\n')
})

test('shell: --help and --version answer and end', (t) => {
  t.regex(runShell(['--help']).out, /^Usage: chorusdb \[OPTIONS\] FILENAME/)
  t.regex(runShell(['-version']).out, /^\d+\.\d+\.\d+\n$/)
})

test('shell: .exit gives the exit status', (t) => {
  t.is(runShell([], '.exit 3\nSELECT 1;\n').status, 3)
  t.deepEqual(runShell([], 'SELECT x;\n.quit\nSELECT 1;\n').status, 1)
})

test('shell: --cmd runs first', (t) => {
  const { out } = runShell(['-cmd', '.mode csv', ':memory:', "SELECT 1, 'a b'"])
  t.is(out, '1,"a b"\r\n')
})

test('shell: .read, .output and .open work on files', (t) => {
  const folder = temporaryFolder()
  const script = join(folder, 'script.sql')
  const result = join(folder, 'result.txt')
  writeFileSync(script, 'CREATE TABLE t(a);\nINSERT INTO t VALUES (1),\n(2);\nSELECT x;\n')
  const { out, errors } = runShell(
    [':memory:'],
    `.read "${script}"\n.output ${result}\nSELECT * FROM t;\n.output\nSELECT count(*) FROM t;
.open :memory:\nSELECT count(*) FROM sqlite_schema;\n`,
  )
  t.is(
    errors,
    'Parse error near line 4: no such column: x\n  SELECT x;\n         ^--- error here\n',
  )
  t.is(out, '2\n0\n')
  t.is(readFileSync(result, 'utf8'), '1\n2\n')
})

test('shell: .dump is of the main database, .databases shows all', (t) => {
  const { out } = runShell(
    [':memory:'],
    `CREATE TABLE t(a); INSERT INTO t VALUES (1);
    CREATE TEMP TABLE t(b); INSERT INTO t VALUES (2);
    ATTACH ':memory:' AS aux;\n.dump\n.databases\n`,
  )
  t.is(
    out,
    'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a);\nINSERT INTO t VALUES(1);\nCOMMIT;\n' +
      'main: "" r/w\ntemp: "" r/w\naux: "" r/w\n',
  )
})

test('shell: what .dump writes makes the same database', (t) => {
  const data = `CREATE TABLE "a b"(x INTEGER PRIMARY KEY, "y z" TEXT, w BLOB, v REAL);
    INSERT INTO "a b" VALUES (1, 'it''s', x'00FF', 0.1), (2, NULL, '', 1e300), (3, 'two' || char(10), 5, -0.5);
    CREATE INDEX i ON "a b"("y z"); CREATE VIEW v AS SELECT x FROM "a b";`
  const first = runShell([':memory:'], `${data}\n.dump\n`)
  const second = runShell([':memory:'], `${first.out}.dump\n`)
  t.is(first.errors + second.errors, '')
  t.is(second.out, first.out)
  t.regex(first.out, /INSERT INTO "a b" VALUES\(1,'it''s',X'00ff',0\.1/)
})

test('shell: EXPLAIN QUERY PLAN is drawn as a tree', (t) => {
  const { out } = runShell(
    [':memory:'],
    'CREATE TABLE t(a, b);\nEXPLAIN QUERY PLAN SELECT (SELECT max(a) FROM t) FROM t ORDER BY b;\n',
  )
  t.regex(out, /^QUERY PLAN\n\|--SCAN t\n/)
  t.regex(out, /\n`--/)
})

test('shell: two shells share a file, and the second joins the mode of the first', async (t) => {
  const path = join(temporaryFolder(), 'shared.db')
  const args = [path]
  const first = spawn(...shellCommand(args))
  const answers = createInterface({ input: first.stdout })[Symbol.asyncIterator]()
  const ask = async (sql: string): Promise<unknown> => {
    first.stdin.write(`${sql}\n`)
    return (await answers.next()).value
  }
  t.is(await ask('CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT count(*) FROM t;'), '1')
  t.true(existsSync(`${path}-tshm`))
  t.is(runShell(args, 'INSERT INTO t VALUES (2);\nSELECT count(*) FROM t;\n').out, '2\n')
  t.is(await ask('SELECT count(*) FROM t;'), '2')
  // The other mode is refused while the file is open in this one.
  const other = runShell(['-single-process', path, 'SELECT 1'])
  t.is(other.status, 1)
  t.regex(other.errors, /^Error: unable to open database /)
  const ended = once(first, 'exit')
  first.stdin.end()
  t.deepEqual(await ended, [0, null])
})

test('shell: --readonly refuses to write', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  runShell([path, 'CREATE TABLE t(a)'])
  const { status, errors } = runShell(['--readonly', path, 'INSERT INTO t VALUES (1)'])
  t.is(status, 8)
  t.is(errors, 'Error: stepping, attempt to write a readonly database (8)\n')
})

test('shell: a reader that leaves early ends it quietly', (t) => {
  const [command, args] = shellCommand([':memory:'])
  const values = Array.from({ length: 20 }, (_, i) => `(${i})`).join()
  const sql = `CREATE TABLE t(a); INSERT INTO t VALUES ${values}; SELECT 1 FROM t a, t b, t c, t d;`
  const quoted = [command, ...args].map((word) => `'${word}'`).join(' ')
  const { stdout, stderr } = spawnSync('sh', ['-c', `echo '${sql}' | ${quoted} | head -n 1`], {
    encoding: 'utf8',
  })
  t.is(stdout, '1\n')
  t.is(stderr, '')
})

test('shell: a terminal gets a prompt, and statements may take several lines', (t) => {
  const [command, args] = shellCommand([':memory:'])
  const line = [command, ...args].map((word) => `'${word}'`).join(' ')
  const home = temporaryFolder()
  const { status, stdout, error } = spawnSync('script', ['-qec', line, '/dev/null'], {
    input: 'SELECT 1 AS one\n, 2 AS two;\nSELECT x;\n.quit\n',
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, HOME: home, TERM: 'dumb' },
  })
  if (error !== undefined) {
    t.log('there is no script(1) that gives a terminal: skipped')
    t.pass()
    return
  }
  t.regex(stdout, /ChorusDB version \d+\.\d+\.\d+\r?\nEnter "\.help" for usage hints\./)
  t.regex(stdout, /chorusdb> /)
  t.regex(stdout, / {3}\.\.\.> /)
  t.regex(stdout, /│ one │ two │/)
  t.regex(stdout, /Parse error: no such column: x/)
  t.is(status, 1)
  t.true(readFileSync(join(home, '.chorusdb_history'), 'utf8').includes('SELECT x;\n'))
})
