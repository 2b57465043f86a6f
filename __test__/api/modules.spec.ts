/**
 * The package from outside, as it is built into `dist/`: `import` and `require` give the same class, callable with and
 * without `new`, with every other export beside it. A package may import itself by its name, which goes through
 * `exports` like anybody else's import.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'

const root = fileURLToPath(new URL('../..', import.meta.url))

const names = [
  'Builder',
  'Database',
  'LocalConnection',
  'LocalDatabase',
  'LocalStatement',
  'LocalTransaction',
  'Rows',
  'SqliteError',
  'connect',
  'isComplete',
  'resultCodes',
  'rowsInSlices',
  'status',
]

function run(t: ExecutionContext, type: 'module' | 'commonjs', program: string): unknown {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', `--input-type=${type}`, '-e', program],
    { cwd: root, encoding: 'utf8' },
  )
  t.is(status, 0, stderr)
  return JSON.parse(stdout)
}

test('modules: import gives the constructor by name and by default', (t) => {
  const answer = run(
    t,
    'module',
    `import Default, * as all from 'chorusdb'
    const { Database, SqliteError } = all
    console.log(JSON.stringify({
      names: Object.keys(all).sort(),
      same: Default === Database && Database.SqliteError === SqliteError,
      rows: [new Database(), Database()].map((db) => db.prepare('SELECT 1 AS x').get()),
      instance: Database() instanceof Database,
      wrong: Object.keys(all).filter((name) => /^[A-Z]/.test(name) && all[name].name !== name),
    }))`,
  )
  t.deepEqual(answer, {
    wrong: [],
    names: [...names, 'default'].sort(),
    same: true,
    rows: [{ x: 1 }, { x: 1 }],
    instance: true,
  })
})

test('modules: require gives the constructor, with the other exports on it', (t) => {
  const answer = run(
    t,
    'commonjs',
    `const Database = require('chorusdb')
    console.log(JSON.stringify({
      names: ${JSON.stringify(names)}.filter((name) => name in Database),
      same: Database.Database === Database && Database.default === Database,
      rows: [new Database(), Database()].map((db) => db.prepare('SELECT 1 AS x').get()),
      instance: Database() instanceof Database,
      error: (() => { try { Database().exec('x') } catch (e) { return e instanceof Database.SqliteError } })(),
    }))`,
  )
  t.deepEqual(answer, {
    names,
    same: true,
    rows: [{ x: 1 }, { x: 1 }],
    instance: true,
    error: true,
  })
})

test('modules: import and require share one class', (t) => {
  const answer = run(
    t,
    'module',
    `import { createRequire } from 'node:module'
    import { Database } from 'chorusdb'
    console.log(JSON.stringify(createRequire(process.cwd() + '/x.js')('chorusdb') === Database))`,
  )
  t.true(answer)
})

test('modules: the rolled-up types name every export', (t) => {
  const types = readFileSync(new URL('../../index.d.ts', import.meta.url), 'utf8')
  for (const name of names) t.regex(types, new RegExp(`^export declare \\w+ ${name}\\b`, 'm'))
  t.regex(types, /^export default Database$/m)
})
