/**
 * One process of the mixed run: writes, reads, checkpoints, changes the schema and reopens, in an order that a seed decides, until it is
 * told to stop or killed: `engine options`, where options is JSON, see `Role` in `support/mixed/cast.ts`.
 *
 * The journal file is what it knows about its own commits; each line ends with the time in ms:
 *
 *     ? n effects…      written before COMMIT: if it commits, it has these effects
 *     + n waited took   COMMIT has returned: acknowledged; ms waited for the lock, ms that COMMIT took
 *     - n               it was rolled back
 *     ! text            an invariant did not hold, an error that must not be
 *     . text            events: reopened, busy, stale
 *
 * Effects: `add:count:size`, `bump:m:by`, `drop:m` (rows of its own transaction m), `count:id:value` (a counter's new
 * value), `move:amount`, `make:table`, `unmake:table`, `join` (its row in the ledger).
 */
import { openSync, writeSync } from 'node:fs'

const [, , engine, optionsText] = process.argv
const { path, who, seed, journal: journalPath, kind, hostile } = JSON.parse(optionsText)
const { Database } = await import(engine)
const isOurs = kind === 'ours'
const timeout = isOurs ? 20_000 : 8000
const file = openSync(journalPath, 'a')
const now = () => (performance.timeOrigin + performance.now()).toFixed(2)
const note = (text) => writeSync(file, `${text} ${now()}\n`)

// mulberry32
let state = (seed * 0x9e3779b1 + who * 0x85ebca6b) | 0
function random(limit) {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
}
const pick = (values) => values[random(values.length)]
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

let db = null
let sql = {}

/**
 * While ours keep SQLite out, a peer that opens is refused, and comes again: no lock stops the one and not the other
 * (docs/tshm-format.md, 'Stock SQLite').
 */
function connect(tries = 20) {
  try {
    return new Database(path, { experimental: ['multiprocess_wal'], timeout })
  } catch (error) {
    const isKeptOut = /already open without experimental multiprocess/.test(String(error))
    if (isOurs || !isKeptOut || tries === 0) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    return connect(tries - 1)
  }
}

function open() {
  db = connect()
  // Some spill early. The peer has a lower limit, and spills in the hostile form only: what it leaves behind is known.
  db.exec(`PRAGMA cache_size = ${isOurs ? pick([12, 40, 2000]) : hostile ? 200 : 4000}`)
  const prepare = (text) => db.prepare(text)
  sql = {
    add: prepare('INSERT INTO entry(who, n, i, k, filler) VALUES (?, ?, ?, 0, ?)'),
    bump: prepare('UPDATE entry SET k = k + ? WHERE who = ? AND n = ?'),
    drop: prepare('DELETE FROM entry WHERE who = ? AND n = ?'),
    counter: prepare('SELECT value FROM counter WHERE id = ?').raw(),
    count: prepare('UPDATE counter SET value = ? WHERE id = ?'),
    move: prepare('UPDATE account SET balance = balance + ? WHERE id = ?'),
    journal: prepare('INSERT INTO journal(who, n) VALUES (?, ?)'),
    join: prepare('INSERT INTO ledger(who, n, commits, live, increments) VALUES (?, 0, 0, 0, 0)'),
    ledger: prepare(
      'UPDATE ledger SET n = ?, commits = commits + 1, live = live + ?, increments = increments + ? WHERE who = ?',
    ),
    sum: prepare('SELECT count(*), sum(balance) FROM account').raw(),
    totals: prepare('SELECT sum(commits), sum(live), sum(increments) FROM ledger').raw(),
    counters: prepare('SELECT sum(value) - sum(base) FROM counter').raw(),
    byTable: prepare('SELECT count(*), sum(length(filler)) FROM entry NOT INDEXED').raw(),
    byIndex: prepare('SELECT count(*) FROM entry WHERE who > 0').raw(),
    journals: prepare('SELECT count(*) FROM journal WHERE who > 0').raw(),
    ownRows: prepare('SELECT count(*) FROM entry WHERE who = ?').raw(),
    perWriter: prepare(
      'SELECT l.who, l.live, (SELECT count(*) FROM entry e WHERE e.who = l.who) FROM ledger l',
    ).raw(),
    all: prepare('SELECT id, who, n FROM entry ORDER BY id').raw(),
  }
}

// ── Writing ────────────────────────────────────────────────────────────────────────────────────────

let n = 0
/** Its own transactions that have rows → how many. */
let rows = new Map()
const tables = new Set()

/** Does the effects inside the transaction; answers how they change the ledger. */
function choose(effects) {
  let live = 0
  let increments = 0
  const touched = new Set()
  const after = []
  for (let i = 1 + random(3); i > 0; i--) {
    const which =
      rows.size > 60
        ? 'drop'
        : pick(['add', 'add', 'bump', 'drop', 'count', 'count', 'move', 'make'])
    const own = [...rows.keys()].filter((m) => !touched.has(m))
    if (which === 'add' && !touched.has(n)) {
      touched.add(n)
      const count = random(12) === 0 ? 40 + random(80) : 1 + random(4)
      const size = random(8) === 0 ? 3000 + random(9000) : random(600)
      for (let j = 0; j < count; j++) sql.add.run(who, n, j, 'x'.repeat(size))
      effects.push(`add:${count}:${size}`)
      live += count
      after.push(() => rows.set(n, count))
    } else if (which === 'bump' && own.length > 0) {
      const m = pick(own)
      touched.add(m)
      const by = 1 + random(9)
      sql.bump.run(by, who, m)
      effects.push(`bump:${m}:${by}`)
    } else if (which === 'drop' && own.length > 3) {
      const m = pick(own)
      touched.add(m)
      sql.drop.run(who, m)
      effects.push(`drop:${m}`)
      live -= rows.get(m)
      after.push(() => rows.delete(m))
    } else if (which === 'count') {
      const id = 1 + random(8)
      const value = sql.counter.get(id)[0] + 1
      sql.count.run(value, id)
      effects.push(`count:${id}:${value}`)
      increments++
    } else if (which === 'move') {
      const amount = random(100)
      sql.move.run(-amount, 1 + random(50))
      sql.move.run(amount, 1 + random(50))
      effects.push(`move:${amount}`)
    } else if (which === 'make' && random(6) === 0 && !touched.has('schema')) {
      touched.add('schema')
      makeTable(effects, after)
    }
  }
  return { live, increments, after }
}

function makeTable(effects, after) {
  const old = tables.size > 1 ? [...tables][0] : null
  if (old !== null) {
    db.exec(`DROP TABLE ${old}`)
    effects.push(`unmake:${old}`)
    after.push(() => tables.delete(old))
    return
  }
  const name = `extra_${who}_${n}`
  db.exec(`CREATE TABLE ${name}(a INTEGER, b TEXT)`)
  db.exec(`CREATE INDEX ${name}_b ON ${name}(b)`)
  db.exec(`INSERT INTO ${name}(a, b) VALUES (1, 'one'), (2, 'two'), (3, 'three')`)
  effects.push(`make:${name}`)
  after.push(() => tables.add(name))
}

/** Begins, does `work`, commits; each attempt has a number of its own. */
function transaction(begin, work) {
  n++
  const started = performance.now()
  db.exec(begin)
  const waited = performance.now() - started
  const effects = []
  const change = work(effects)
  sql.journal.run(who, n)
  sql.ledger.run(n, change.live, change.increments, who)
  note(`? ${n} ${effects.join(' ')}`)
  const committing = performance.now()
  db.exec('COMMIT')
  const took = performance.now() - committing
  note(`+ ${n} ${waited.toFixed(1)} ${took.toFixed(1)}`)
  for (const act of change.after) act()
}

const nothing = { live: 0, increments: 0, after: [] }

function join() {
  transaction('BEGIN IMMEDIATE', (effects) => {
    sql.join.run(who)
    effects.push('join')
    return nothing
  })
}

/** Reads first, and writes then: stale when somebody was faster. */
function upgrade() {
  // The peer waits for the lock here, and a checkpoint that holds it may wait for the peer.
  if (!isOurs) db.exec('PRAGMA busy_timeout = 20')
  transaction('BEGIN', (effects) => {
    sql.sum.get()
    return choose(effects)
  })
  if (!isOurs) db.exec(`PRAGMA busy_timeout = ${timeout}`)
}

/** A single statement is its own transaction. */
function autocommit() {
  n++
  note(`? ${n} alone`)
  const started = performance.now()
  sql.journal.run(who, n)
  note(`+ ${n} 0.0 ${(performance.now() - started).toFixed(1)}`)
}

/** More than the cache holds, for nothing. */
function spill() {
  db.exec('BEGIN IMMEDIATE')
  const count = hostile && !isOurs ? 700 : 20 + random(180)
  for (let i = 0; i < count; i++) sql.add.run(-who, n, i, 'y'.repeat(1500))
  if (random(2) === 0) sql.bump.run(1000, who, n)
  db.exec('ROLLBACK')
  note('. spilled')
}

function toggleIndex() {
  // SQLite's own words for what somebody else has done meanwhile.
  db.exec('BEGIN IMMEDIATE')
  db.exec(
    pick(['CREATE INDEX IF NOT EXISTS entry_k ON entry(k, i)', 'DROP INDEX IF EXISTS entry_k']),
  )
  db.exec('COMMIT')
}

// ── Reading ────────────────────────────────────────────────────────────────────────────────────────

function expectSame(what, one, other) {
  if (JSON.stringify(one) === JSON.stringify(other)) return
  note(
    `! ${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}, in the transaction since ${readingSince}`,
  )
}

let readingSince = 0
const add = (sum, count) => sum + count

/** Everything that is read within one transaction belongs together, and stays as it is. */
function read() {
  readingSince = now()
  db.exec('BEGIN')
  const [count, sum] = sql.sum.get()
  expectSame('accounts', [count, sum], [50, 50_000])
  const first = sql.byTable.get()
  const [commits, live, increments] = sql.totals.get()
  if (random(3) === 0) pause(random(120))
  expectSame('table and index', first[0], sql.byIndex.get()[0])
  if (isOurs) expectSame('own rows', [...rows.values()].reduce(add, 0), sql.ownRows.get(who)[0])
  expectSame('ledger and rows', live ?? 0, first[0])
  expectSame('ledger and counters', increments ?? 0, sql.counters.get()[0])
  if (random(4) === 0) {
    for (const [writer, has, found] of sql.perWriter.all())
      expectSame(`rows of ${writer}`, has, found)
  }
  expectSame('journal', true, sql.journals.get()[0] >= (commits ?? 0))
  expectSame('the same read twice', first, sql.byTable.get())
  db.exec('COMMIT')
}

function iterate() {
  readingSince = now()
  let seen = 0
  let last = 0
  const counted = []
  db.exec('BEGIN')
  counted.push(sql.byIndex.get()[0])
  for (const [id] of sql.all.iterate()) {
    if (id <= last) expectSame('ids ascend', last, id)
    last = id
    seen++
    if (seen % 500 === 0) pause(random(4))
  }
  counted.push(seen)
  db.exec('COMMIT')
  expectSame('iterated and counted', counted[0], counted[1])
}

// ── Everything else ────────────────────────────────────────────────────────────────────────────────

function checkpoint() {
  const modes = isOurs || hostile ? ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'] : ['PASSIVE']
  const mode = pick(modes)
  db.exec(`PRAGMA busy_timeout = ${pick([0, 50, 500])}`)
  const started = performance.now()
  note(`. checkpointing ${mode}`)
  const [row] = db.prepare(`PRAGMA wal_checkpoint(${mode})`).raw().all()
  db.exec(`PRAGMA busy_timeout = ${timeout}`)
  note(`. checkpoint ${mode} ${row.join('|')} ${(performance.now() - started).toFixed(1)}`)
}

function reopen() {
  if (!isOurs && !hostile) return
  db.close()
  pause(random(30))
  open()
  note('. reopened')
}

const chances = [
  [50, () => transaction('BEGIN IMMEDIATE', choose)],
  [12, autocommit],
  [6, upgrade],
  [14, read],
  [4, iterate],
  [3, spill],
  [1, toggleIndex],
  [5, checkpoint],
  [1, reopen],
]
const total = chances.reduce((sum, [weight]) => sum + weight, 0)

/** What another process may cause: busy, or a snapshot that is too old. Everything else is a fault. */
function isExpected({ code, message }) {
  if (isOurs) return code === 'SQLITE_BUSY' || code === 'SQLITE_BUSY_SNAPSHOT'
  return /database is locked|Database is busy|snapshot is stale|BusySnapshot|schema changed/i.test(
    message,
  )
}

function step() {
  let at = random(total)
  const [, act] = chances.find(([weight]) => (at -= weight) < 0)
  const before = n
  try {
    act()
  } catch (error) {
    try {
      if (!isOurs) db.exec(`PRAGMA busy_timeout = ${timeout}`)
      if (isOurs ? db.inTransaction : true) db.exec('ROLLBACK')
    } catch {
      // The peer says so when there is none to roll back.
    }
    const text = `${act.name || 'write'} ${error.code ?? error.name} ${error.message}`
    if (!isExpected(error)) {
      note(`! ${text}`)
      process.exit(3)
    }
    if (n > before) note(`- ${n}`)
    note(`. ${text.replaceAll('\n', ' ')}`)
  }
}

// ── Told what to do ────────────────────────────────────────────────────────────────────────────────

const commands = []
let wake = () => {}
let partial = ''
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (partial + text).split('\n')
  partial = lines.pop()
  for (const line of lines) commands.push(JSON.parse(line))
  wake()
})
process.stdin.on('end', () => {
  commands.push({ do: 'stop' })
  wake()
})
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

/** Some are at work all the time; others sleep through checkpoints and restarts of the log, and know nothing of them. */
const sleepiness = pick([12, 60, 500])

/** A command ends it. */
async function rest() {
  if (random(sleepiness) === 0) {
    await new Promise((resolve) => {
      wake = resolve
      setTimeout(resolve, random(pick([50, 300, 2000])))
    })
    return
  }
  await new Promise((resolve) =>
    random(3) === 0 ? setTimeout(resolve, random(4)) : setImmediate(resolve),
  )
}

/** @returns whether to go on */
function obey(command) {
  if (command.do === 'query') {
    const answers = command.queries.map((text) => db.prepare(text).raw().all())
    answer({ answers })
  } else if (command.do === 'close') {
    db.close()
    db = null
    answer({ closed: true })
  } else if (command.do === 'open') {
    if (db === null) open()
    answer({ opened: true })
  } else if (command.do === 'stop') {
    if (db !== null) db.close()
    answer({ stopped: true })
    process.exit(0)
  }
}

try {
  open()
  join()
} catch (error) {
  note(`! start ${error.code ?? error.name} ${error.message}`)
  process.exit(3)
}
answer({ ready: true })
for (let isPaused = false; ;) {
  while (commands.length > 0) {
    const command = commands.shift()
    if (command.do === 'pause') {
      isPaused = true
      answer({ paused: true })
    } else if (command.do === 'resume') isPaused = false
    else obey(command)
  }
  if (isPaused) {
    await new Promise((resolve) => (wake = resolve))
    continue
  }
  step()
  await rest()
}
