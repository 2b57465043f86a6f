/**
 * A process of the freshness test at leisure: some connections that write, read, sleep, checkpoint and come back, each when it likes:
 * `engine part`, where part is JSON, see `Part` in `support/fresh/leisure.ts`.
 *
 * Every commit makes `max(s)` of the table one higher: that is its number. What a connection has heard of is in the file `heard`, which all
 * processes write and read: whoever acknowledges a commit puts its number into its own place there.
 *
 * The journal, one JSON array a line:
 *
 *     ["?", who, m, n, effects]        about to commit as number n (null: not known before) its transaction m
 *     ["+", who, m, n, heard]          it is committed, as number n; heard: the highest number known before it began
 *     ["-", who, m]                    it came to nothing
 *     ["r", who, heard, n, kind, argument, answer]   a read that showed number n
 *     ["b", who, n, later]             refused as stale with number n; number `later` was read next
 *     ["w", who, what, ms, time]       took long
 *     ["!", who, text]                 must not be
 *
 * Effects: `["put", k, who, m, v, size]`, which gets the number as its `s`; `["set", k, v, size]`; `["own", k, m, v, size]`, a `set` that also
 * gets number and m; `["del", k]`.
 */
import { openSync, readSync, writeSync } from 'node:fs'

const [, , engine, text] = process.argv
const part = JSON.parse(text)
const { Database } = await import(engine)
const journal = openSync(part.journal, 'a')
const heardFile = openSync(part.heard, 'r+')
const note = (...words) => writeSync(journal, `${JSON.stringify(words)}\n`)

// mulberry32
let state = (part.seed * 0x9e3779b1 + part.who * 0x85ebca6b) | 0
function random(limit) {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
}
const pick = (values) => values[random(values.length)]
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const padOf = (v, size) => String.fromCharCode(97 + (v % 26)).repeat(size)

const places = Buffer.alloc(8 * part.places)
/** The highest number that anybody has acknowledged. */
function heard() {
  readSync(heardFile, places, 0, places.length, 0)
  let highest = 0
  for (let at = 0; at < places.length; at += 8) {
    highest = Math.max(highest, places.readDoubleLE(at))
  }
  return highest
}
const mine = Buffer.alloc(8)
function tell(who, n) {
  mine.writeDoubleLE(n)
  writeSync(heardFile, mine, 0, 8, 8 * (who % part.places))
}

class Roamer {
  constructor(who) {
    this.who = who
    this.m = 0
    this.count = 0
    /** Its own rows. */
    this.keys = []
    this.isInside = false
    this.sleepiness = pick([0, 3, 10, 40])
    this.longest = pick([5, 40, 600])
    this.open()
    this.join()
  }

  open() {
    this.db = new Database(part.path, { experimental: ['multiprocess_wal'], timeout: part.timeout })
    for (const setting of [
      `cache_size = ${pick([5, 10, 40, 2000])}`,
      `synchronous = ${pick([0, 1, 1, 2])}`,
      `wal_autocheckpoint = ${pick([0, 1, 3, 20, 1000])}`,
      `wal_budget = ${pick([-1, -1, 0, 10])}`,
      `journal_size_limit = ${pick([-1, 0, 20_000])}`,
    ]) {
      this.db.pragma(setting)
    }
    const prepare = (sql) => this.db.prepare(sql)
    const next = '(SELECT max(s) FROM t) + 1'
    this.sql = {
      put: prepare(`INSERT INTO t(k, s, who, m, v, pad) VALUES (?, ${next}, ?, ?, ?, ?)`),
      putAt: prepare('INSERT INTO t(k, s, who, m, v, pad) VALUES (?, ?, ?, ?, ?, ?)'),
      own: prepare(`UPDATE t SET s = ${next}, m = ?, v = ?, pad = ? WHERE k = ?`),
      ownAt: prepare('UPDATE t SET s = ?, m = ?, v = ?, pad = ? WHERE k = ?'),
      set: prepare('UPDATE t SET v = ?, pad = ? WHERE k = ?'),
      del: prepare('DELETE FROM t WHERE k = ?'),
      number: prepare('SELECT max(s) FROM t').pluck(),
      ownNumber: prepare('SELECT s FROM t WHERE k = ?').pluck(),
      somebody: prepare('SELECT k FROM t WHERE k >= ? ORDER BY k LIMIT 1').pluck(),
      total: prepare(
        'SELECT (SELECT max(s) FROM t), count(*), sum(v), sum(length(pad)) FROM t',
      ).raw(),
      row: prepare(
        'SELECT (SELECT max(s) FROM t), (SELECT v FROM t WHERE k = ?1), (SELECT pad FROM t WHERE k = ?1)',
      ).raw(),
      index: prepare('SELECT (SELECT max(s) FROM t), (SELECT count(*) FROM t WHERE v = ?)').raw(),
      scan: prepare('SELECT k, s, v, length(pad) FROM t ORDER BY k').raw(),
    }
  }

  /** Runs what waits, and says so when it took long. */
  timed(what, act) {
    const began = performance.now()
    try {
      return act()
    } finally {
      const ms = performance.now() - began
      if (ms > 100) note('w', this.who, what, Math.round(ms), Math.round(Date.now() - ms))
    }
  }

  acknowledge(m, n, before) {
    note('+', this.who, m, n, before)
    tell(this.who, n)
  }

  join() {
    const m = ++this.m
    const before = heard()
    note('?', this.who, m, null, [['put', -this.who, this.who, m, 0, 0]])
    this.timed('insert', () => this.sql.put.run(-this.who, this.who, m, 0, ''))
    this.acknowledge(m, this.sql.ownNumber.get(-this.who), before)
  }

  newKey() {
    return this.who * 100_000 + ++this.count
  }

  /** A single statement. */
  alone() {
    const m = ++this.m
    const before = heard()
    const [v, size] = [random(20), random(pick([1, 60, 700]))]
    const k = this.keys.length > 0 && random(3) === 0 ? pick(this.keys) : this.newKey()
    const isNew = !this.keys.includes(k)
    note('?', this.who, m, null, [
      isNew ? ['put', k, this.who, m, v, size] : ['own', k, m, v, size],
    ])
    this.timed('insert', () => {
      if (isNew) this.sql.put.run(k, this.who, m, v, padOf(v, size))
      else this.sql.own.run(m, v, padOf(v, size), k)
    })
    if (isNew) this.keys.push(k)
    this.acknowledge(m, this.sql.ownNumber.get(k), before)
  }

  /** Changes of all kinds, inside the transaction that is to have number n. */
  change(m, n, effects, after) {
    const { sql, keys } = this
    const touched = new Set()
    for (let i = random(pick([3, 3, 30])); i >= 0; i--) {
      const [v, size] = [random(20), random(pick([1, 60, 900]))]
      const which = keys.length > 25 ? 'del' : pick(['put', 'put', 'set', 'set', 'del'])
      if (which === 'put') {
        const k = this.newKey()
        sql.putAt.run(k, n, this.who, m, v, padOf(v, size))
        effects.push(['put', k, this.who, m, v, size])
        after.push(() => keys.push(k))
      } else if (which === 'set') {
        const k = sql.somebody.get(random(100_000 * part.who))
        if (k === undefined || touched.has(k)) continue
        sql.set.run(v, padOf(v, size), k)
        effects.push(['set', k, v, size])
      } else if (keys.length > 0) {
        const k = pick(keys)
        if (touched.has(k)) continue
        touched.add(k)
        sql.del.run(k)
        effects.push(['del', k])
        after.push(() => keys.splice(keys.indexOf(k), 1))
      }
    }
  }

  /**
   * @param base the number that was read in the transaction; null: nothing was
   * @param effects of what it has done already
   */
  write(base, before, effects = []) {
    const { db, sql } = this
    const m = ++this.m
    const after = []
    const n = sql.number.get() + 1
    if (base !== null && n !== base + 1) note('!', this.who, `writes on ${n - 1}, and read ${base}`)
    this.change(m, n, effects, after)
    if (random(4) === 0) {
      db.exec('SAVEPOINT p')
      this.change(m, n, [], [])
      db.exec('ROLLBACK TO p')
      db.exec('RELEASE p')
    }
    sql.ownAt.run(n, m, m % 20, '', -this.who)
    effects.push(['own', -this.who, m, m % 20, 0])
    if (random(8) === 0) {
      db.exec('ROLLBACK')
      return
    }
    note('?', this.who, m, n, effects)
    this.timed('commit', () => db.exec('COMMIT'))
    this.acknowledge(m, n, before)
    for (const act of after) act()
  }

  transaction() {
    const before = heard()
    const begin = pick(['BEGIN IMMEDIATE', 'BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])
    this.timed('begin', () => this.db.exec(begin))
    this.write(null, before)
  }

  /** Reads first, and writes then. */
  async upgrade() {
    const { db, sql } = this
    const before = heard()
    db.exec('BEGIN')
    const base = this.look(before)
    const restarts = this.restarts()
    await this.doze()
    try {
      sql.set.run(1, '', 0)
    } catch (error) {
      db.exec('ROLLBACK')
      if (error.code === 'SQLITE_BUSY_SNAPSHOT')
        note('b', this.who, base, sql.number.get(), this.restarts() - restarts)
      else if (error.code !== 'SQLITE_BUSY') throw error
      return
    }
    this.write(base, before, [['set', 0, 1, 0]])
  }

  /** One read. Answers the number that it showed. */
  look(before) {
    const { sql, who } = this
    const kind = pick(['total', 'total', 'row', 'index', 'scan'])
    let [n, argument, answer] = [0, 0, null]
    if (kind === 'total') [n, ...answer] = sql.total.get()
    else if (kind === 'scan') {
      answer = sql.scan.all()
      for (const [, s] of answer) n = Math.max(n, s)
      answer = hashOf(answer)
    } else {
      argument = kind === 'index' ? random(20) : this.someKey()
      ;[n, ...answer] = sql[kind].get(argument)
    }
    note('r', who, before, n, kind, argument, answer)
    return n
  }

  /** How often the log was. */
  restarts() {
    return this.db.status().wal.restarts
  }

  someKey() {
    const who = 1 + random(part.who + 2)
    return random(3) === 0 ? -who : who * 100_000 + 1 + random(40)
  }

  async read() {
    const before = heard()
    if (random(3) > 0) {
      this.look(before)
      return
    }
    this.db.exec('BEGIN')
    const first = this.look(before)
    for (let i = random(5); i >= 0; i--) {
      if (random(2) === 0) await this.doze()
      const n = this.look(before)
      if (n !== first) note('!', this.who, `a transaction read ${first}, then ${n}`)
    }
    this.db.exec('COMMIT')
  }

  checkpoint() {
    const mode = pick(['PASSIVE', 'PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'])
    this.db.pragma(`busy_timeout = ${pick([0, 10, 60])}`)
    this.timed('checkpoint', () => this.db.pragma(`wal_checkpoint(${mode})`))
    this.db.pragma(`busy_timeout = ${part.timeout}`)
  }

  async reopen() {
    this.db.close()
    await this.doze()
    this.open()
  }

  async doze() {
    await pause(random(3) === 0 ? random(this.longest) : random(5))
  }

  async act() {
    const chance = random(100)
    if (part.role === 'timer') {
      await pause(5 + random(20))
      if (random(10) === 0) this.look(heard())
      else this.db.pragma(`wal_checkpoint(${pick(['PASSIVE', 'PASSIVE', 'PASSIVE', 'FULL'])})`)
    } else if (chance < 30) this.alone()
    else if (chance < 45) this.transaction()
    else if (chance < 52) await this.upgrade()
    else if (chance < 90) await this.read()
    else if (chance < 98) this.checkpoint()
    else await this.reopen()
    if (random(100) < this.sleepiness) await this.doze()
  }

  async work(count) {
    for (let i = 0; i < count; i++) {
      const { m } = this
      try {
        await this.act()
      } catch (error) {
        if (this.db.open && this.db.inTransaction) this.db.exec('ROLLBACK')
        if (this.m > m) note('-', this.who, this.m)
        note('!', this.who, `${error.code ?? error.name} ${error.message}`)
        return
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    // Whatever everybody has done meanwhile.
    this.look(heard())
  }
}

/** 53 bits of FNV-1a over numbers. `support/fresh/leisure.ts` has the same. */
function hashOf(rows) {
  let [low, high] = [0x811c9dc5, 0x1b873593]
  for (const row of rows) {
    for (const value of row) {
      low = Math.imul(low ^ value, 0x01000193)
      high = Math.imul(high ^ value ^ (low >>> 15), 0x85ebca6b)
    }
  }
  return (high >>> 0) * 0x20_0000 + (low & 0x1f_ffff)
}

const commands = []
let wake = () => {}
let partial = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (partial + chunk).split('\n')
  partial = lines.pop()
  for (const line of lines) commands.push(JSON.parse(line))
  wake()
})
process.stdin.on('end', () => {
  commands.push({ do: 'stop' })
  wake()
})
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const roamers = Array.from({ length: part.connections }, (_, i) => new Roamer(part.who + i))
answer({ ready: true })
for (;;) {
  if (commands.length === 0) await new Promise((resolve) => (wake = resolve))
  const command = commands.shift()
  if (command === undefined) continue
  if (command.do === 'stop') {
    for (const { db } of roamers) db.close()
    process.exit(0)
  }
  await Promise.all(roamers.map((roamer) => roamer.work(command.count)))
  answer({ done: true })
}
