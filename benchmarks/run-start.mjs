/**
 * A small program in one engine: imports it, opens a file, asks the statements of `start-statements.mjs`, and ends. It says what it has
 * used until then, and how long the statements took, each from its text to its last row. `none` does nothing at all, and
 * `engine+import` only imports. Started by `start.mjs`.
 */
import { createRequire } from 'node:module'

const [kind, path] = process.argv.slice(2)
const [engine, only] = kind.split('+')
const times = []

/** Database classes differ in names alone as far as this program goes. */
async function load() {
  switch (engine) {
    case 'chorusdb':
      return (await import('../dist/chorusdb.js')).Database
    case 'better-sqlite3':
      return createRequire(import.meta.url)('better-sqlite3')
    case 'node:sqlite':
      return (await import('node:sqlite')).DatabaseSync
    default:
      return null
  }
}

const Database = await load()
if (Database !== null && only !== 'import') {
  const { statements } = await import('./start-statements.mjs')
  const now = () => process.hrtime.bigint()
  const db = new Database(path)
  // All alike: better-sqlite3 comes with NORMAL for WAL, the others with FULL.
  if (engine !== 'chorusdb') db.prepare('PRAGMA journal_mode = WAL').get()
  db.prepare('PRAGMA synchronous = NORMAL').run()
  for (const [sql, fetch, values = []] of statements) {
    const start = now()
    const statement = db.prepare(sql)
    if (fetch === 'all') statement.all(...values)
    else if (fetch === 'get') statement.get(...values)
    else statement.run(...values)
    times.push(Number(now() - start) / 1e3)
  }
  db.close()
}
process.on('exit', () => {
  const { maxRSS } = process.resourceUsage()
  process.stdout.write(JSON.stringify({ maxRSS, times }))
})
