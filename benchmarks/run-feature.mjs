/**
 * `warm PATTERN ROUNDS PATH…`: every statement in all engines in turn; `cold KEY ENGINE PATH`: one statement, once. A line of JSON for each
 * statement. Started by `features.mjs`. Statements that write do so in a transaction that is taken back, which is not counted.
 */
import { families } from './feature-statements.mjs'
import { open } from './peers.mjs'

const [mode, ...args] = process.argv.slice(2)
const say = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)
const statements = Object.entries(families).flatMap(([family, list]) =>
  list.map(([name, sql, check]) => ({ key: `${family}: ${name}`, sql, check })),
)

async function opened(engine, path) {
  const db = await open(engine, path)
  db.exec('PRAGMA cache_size = -131072')
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
  return db
}

/** As others show it: doubles differ in their last digits where another order of additions is as good. */
function comparable(rows) {
  return JSON.stringify(rows, (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(11)) : value,
  )
}

/** Of the process where the machine has other work (`CPU=1`), else of the clock. */
const now =
  process.env.CPU === '1'
    ? () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      }
    : () => performance.now()

function time(body) {
  const start = now()
  body()
  return now() - start
}

/** A run, and how long it took; what a statement has written, if `check` asks about it, is the answer, and is taken back. */
function run(db, statement, check) {
  if (check === undefined) {
    let rows
    const ms = time(() => (rows = statement.all()))
    return { ms, rows }
  }
  db.exec('BEGIN')
  const ms = time(() => statement.run())
  const rows = db.prepare(check).all()
  db.exec('ROLLBACK')
  return { ms, rows }
}

async function warm([pattern, rounds, ...paths]) {
  const engines = (process.env.ENGINES ?? 'chorusdb,better-sqlite3,node:sqlite').split(',')
  const dbs = await Promise.all(engines.map((engine, i) => opened(engine, paths[i])))
  for (const { key, sql, check } of statements) {
    if (!key.includes(pattern)) continue
    const errors = []
    const prepared = dbs.map((db, i) => {
      try {
        return db.prepare(sql)
      } catch (error) {
        errors[i] = error.message
        return null
      }
    })
    if (prepared[0] === null) {
      say({ key, error: errors[0] })
      continue
    }
    const answers = prepared.map(
      (statement, i) => statement && comparable(run(dbs[i], statement, check).rows),
    )
    const others = answers.slice(1).filter((answer) => answer !== null)
    if (others.some((answer) => answer !== answers[0])) {
      say({ key, error: `differs: ${answers.map((a) => a?.slice(0, 60)).join(' | ')}` })
      continue
    }
    const best = engines.map(() => undefined)
    for (let round = 0; round < Number(rounds); round++)
      prepared.forEach((statement, i) => {
        if (statement === null) return
        const { ms } = run(dbs[i], statement, check)
        best[i] = Math.min(best[i] ?? Infinity, ms)
      })
    say({ key, ms: best.map((x) => x ?? null) })
  }
  for (const db of dbs) db.close()
}

async function cold([key, engine, path]) {
  const { sql, check } = statements.find((one) => one.key === key)
  const db = await opened(engine, path)
  try {
    if (check === undefined) say({ key, ms: time(() => db.prepare(sql).all()) })
    else {
      db.exec('BEGIN')
      say({ key, ms: time(() => db.prepare(sql).run()) })
      db.exec('ROLLBACK')
    }
  } catch (error) {
    say({ key, error: error.message })
  }
  db.close()
}

await (mode === 'warm' ? warm(args) : cold(args))
process.exit(0)
