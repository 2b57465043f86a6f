/**
 * Kills processes with SIGKILL at random moments, whatever they are doing, while others go on.
 *
 * After each kill a survivor writes and checkpoints, timed; what the dead one had acknowledged is there, and at most one
 * transaction more, whole. Every few kills everybody rests: a TRUNCATE checkpoint succeeds, and no reader slot is taken whose byte
 * nobody holds. At the end SQLite and the engine check the file.
 *
 * Some stand still for a while before they are killed, or are killed as they stand. What that costs the survivor is at most its busy timeout,
 * and then it is told SQLITE_BUSY.
 *
 * What the machine itself took (a sync of a file beside it, tried all the time) does not count as being blocked.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from '../processes.ts'
import { createRandom } from '../random.ts'
import { hasSqliteShell } from '../sqlite-shell.ts'
import { readSlots } from '../mixed/sidecar.ts'
import { Member, roles, Survivor } from './company.ts'
import type { RoleName } from './company.ts'
import { lockedBytes } from './locks.ts'

export interface CrashOptions {
  readonly folder: string
  readonly kills: number
  readonly seed: number
  readonly roles?: readonly RoleName[]
  /** The module that the processes use; the sources unless given. */
  readonly engine?: string
  readonly progress?: (line: string) => void
}

export interface RoleResult {
  kills: number
  acknowledged: number
  /** The survivor's worst write and checkpoint after a kill in this role, in ms, less what the machine took. */
  worstWriteMs: number
  worstCheckpointMs: number
}

export interface CrashResult {
  readonly seed: number
  readonly kills: number
  /** Times a process was made to stand still. */
  readonly stops: number
  /** The longest that the survivor took beside one that stood still, beyond its busy timeout, in ms, less what the machine took. */
  readonly worstOverrunMs: number
  readonly acknowledged: number
  readonly byRole: ReadonlyMap<RoleName, RoleResult>
  /** The longest that anybody who lived on waited to write, in ms, less what the machine took. */
  readonly longestWaitMs: number
  readonly truncations: number
  readonly worstTruncateMs: number
  readonly problems: readonly string[]
}

const restEvery = 8
/** Of the survivor, beside a process that stands still. */
const briefTimeoutMs = 300
/** Beyond it, at most. */
const graceMs = 1500
const mostStandingMs = 10_000
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function runCrash(options: CrashOptions): Promise<CrashResult> {
  const { folder, kills, engine, progress = () => {} } = options
  const random = createRandom(0, options.seed)
  const path = join(folder, 'killed.db')
  const problems: string[] = []
  const byRole = new Map<RoleName, RoleResult>()
  const stalls = new Worker('stalls', [folder], 'none')
  await stalls.next()
  const maker = new Worker('session', [], engine)
  await tell(maker, { open: path, options: { experimental: ['multiprocess_wal'] } })
  await tell(maker, {
    exec: `
      CREATE TABLE entry(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER, i INTEGER, filler TEXT);
      CREATE INDEX entry_who ON entry(who, n);
      CREATE TABLE pulse(n INTEGER);
    `,
  })
  await maker.stop()
  const survivor = new Survivor(path, engine)
  await survivor.worker.next()
  let nextWho = 1
  const start = (role: RoleName, paceMs = 0): Promise<Member> =>
    Member.start(folder, path, nextWho++, role, engine, paceMs)
  const others = [
    await start('committer', 8),
    await start('autocommit', 8),
    await start('autocommit', 2),
    await start('reader', 30),
  ]
  let acknowledged = 0
  let truncations = 0
  let worstTruncateMs = 0
  let worstOverrunMs = 0
  const stops: Stop[] = []
  const parts = options.roles ?? roles
  const roleOf = (round: number): RoleName => parts[round % parts.length]!

  let next = start(roleOf(0))
  for (let round = 0; round < kills && problems.length === 0; round++) {
    const victim = await next
    const { role } = victim
    if (round + 1 < kills) next = start(roleOf(round + 1))
    const isHolding = role === 'waiter'
    if (isHolding) {
      await survivor.ask({ do: 'hold' })
      victim.worker.tell({ do: 'resume' })
    }
    await sleep(random.below(200))
    const stands = random.below(3) === 0
    if (stands) {
      stops.push({ since: Date.now(), until: Infinity })
      victim.worker.child.kill('SIGSTOP')
      if (isHolding) await survivor.ask({ do: 'release' })
      // Should the survivor wait for it all the same, it shall come to an end.
      const goesOn = setTimeout(() => victim.worker.child.kill('SIGCONT'), mostStandingMs)
      const found = await survivor.ask<{ ms: number; began: number; code: string | null }>({
        do: 'try',
        timeoutMs: briefTimeoutMs,
      })
      clearTimeout(goesOn)
      const overrunMs = less(folder, found.began, found.ms) - briefTimeoutMs
      worstOverrunMs = Math.max(worstOverrunMs, overrunMs)
      const where = `beside a ${role} that stood still the survivor`
      if (overrunMs > graceMs) problems.push(`${where} took ${found.ms.toFixed(0)} ms`)
      if (found.code !== null && found.code !== 'SQLITE_BUSY')
        problems.push(`${where} was told ${found.code}`)
      if (random.below(2) === 0) {
        victim.worker.child.kill('SIGCONT')
        await sleep(random.below(50))
      }
    }
    await victim.worker.kill()
    if (stands) stops.at(-1)!.until = Date.now()
    else if (isHolding) await survivor.ask({ do: 'release' })
    const times = await survivor.ask<{ writeMs: number; checkpointMs: number; began: number }>({
      do: 'work',
    })
    const found = await checkVictim(survivor, victim, path)
    acknowledged += found.acknowledged
    problems.push(...found.problems)
    const result = byRole.get(role) ?? {
      kills: 0,
      acknowledged: 0,
      worstWriteMs: 0,
      worstCheckpointMs: 0,
    }
    byRole.set(role, result)
    result.kills++
    result.acknowledged += found.acknowledged
    const { began, writeMs, checkpointMs } = times
    const ownWriteMs = less(folder, began, writeMs)
    const ownCheckpointMs = less(folder, began + writeMs, checkpointMs)
    result.worstWriteMs = Math.max(result.worstWriteMs, ownWriteMs)
    result.worstCheckpointMs = Math.max(result.worstCheckpointMs, ownCheckpointMs)
    if ((round + 1) % restEvery === 0) {
      // The one that was already started would be in the way of those who rest.
      const ready = round + 1 < kills ? await next : null
      const isAtWork = ready !== null && ready.role !== 'waiter'
      if (isAtWork) await ready.pause()
      for (const other of others) await other.pause()
      const rest = await checkRest(survivor, path, folder)
      problems.push(...rest.problems)
      truncations++
      worstTruncateMs = Math.max(worstTruncateMs, rest.truncateMs)
      for (const other of others) await other.resume()
      if (isAtWork) await ready.resume()
      progress(`${round + 1} kills, ${acknowledged} commits acknowledged`)
    }
  }

  let longestWaitMs = 0
  for (const other of others) {
    const { code, errors } = await other.worker.stop()
    if (code !== 0) problems.push(`${other.role} ${other.who} ended with ${code}: ${errors}`)
    const found = await checkVictim(survivor, other, path)
    acknowledged += found.acknowledged
    problems.push(...found.problems)
    for (const { waitedMs, time } of other.acknowledged()) {
      if (waitedMs <= longestWaitMs) continue
      const own = less(folder, time - waitedMs, waitedMs)
      longestWaitMs = Math.max(longestWaitMs, own - stoodMs(stops, time - waitedMs, waitedMs))
    }
  }
  const leftover = await next.catch(() => null)
  await leftover?.worker.kill()
  problems.push(...(await checkRest(survivor, path, folder)).problems)
  const { code, errors } = await survivor.worker.stop()
  if (code !== 0) problems.push(`the survivor ended with ${code}: ${errors}`)
  await stalls.stop()
  problems.push(...checkFile(path))
  return {
    seed: options.seed,
    kills: [...byRole.values()].reduce((sum, { kills }) => sum + kills, 0),
    stops: stops.length,
    worstOverrunMs,
    acknowledged,
    byRole,
    longestWaitMs,
    truncations,
    worstTruncateMs,
    problems,
  }
}

async function tell(worker: Worker, message: object): Promise<void> {
  worker.tell(message)
  const reply = (await worker.next()) as { message?: string }
  if (reply.message !== undefined) throw new Error(reply.message)
}

/** What was waited, less the worst that the machine itself made somebody wait meanwhile. */
function less(folder: string, began: number, ms: number): number {
  const file = join(folder, 'stalls.log')
  if (ms < 200 || !existsSync(file)) return ms
  let worst = 0
  for (const line of readFileSync(file, 'latin1').split('\n').slice(0, -1)) {
    const [start, took] = line.split(' ').map(Number)
    if (start! < began + ms && start! + took! > began) worst = Math.max(worst, took!)
  }
  return Math.max(0, ms - worst)
}

interface Stop {
  readonly since: number
  until: number
}

/** How long somebody stood still meanwhile. */
function stoodMs(stops: readonly Stop[], began: number, ms: number): number {
  return stops.reduce(
    (sum, { since, until }) =>
      sum + Math.max(0, Math.min(until, began + ms) - Math.max(since, began)),
    0,
  )
}

interface Found {
  readonly acknowledged: number
  readonly problems: readonly string[]
}

/** Every acknowledged transaction is there whole; so is at most one that was not acknowledged any more. */
async function checkVictim(survivor: Survivor, victim: Member, path: string): Promise<Found> {
  const problems: string[] = []
  const { role } = victim
  const all = victim.acknowledged()
  const ownFiles = role === 'last' || role === 'creator' ? victim.ownFiles(path) : [undefined]
  for (const who of victim.writers) {
    const found = new Map<number, number>()
    for (const file of ownFiles) {
      // It may have died before it had made the file, or its table.
      if (file !== undefined && !existsSync(file)) continue
      const has = await survivor.ask<unknown[]>({
        do: 'query',
        sql: `SELECT name FROM sqlite_schema WHERE name = 'entry'`,
        file,
      })
      if (has.length === 0) continue
      const sql = 'SELECT n, count(*), max(i) FROM entry WHERE who = ? GROUP BY n'
      const rows = await survivor.ask<[number, number, number][]>({
        do: 'query',
        sql,
        params: [who],
        file,
      })
      for (const [n, count, max] of rows) {
        found.set(n, count)
        if (max !== count - 1)
          problems.push(`${role} ${who}: transaction ${n} has ${count} rows up to ${max}`)
      }
      const sound =
        file === undefined
          ? [['ok']]
          : await survivor.ask<unknown[][]>({ do: 'query', sql: 'PRAGMA integrity_check', file })
      if (sound[0]?.[0] !== 'ok') problems.push(`${role} ${who}: ${file}: ${JSON.stringify(sound)}`)
    }
    for (const { n, rows } of all.filter((one) => one.who === who)) {
      if (found.get(n) !== rows) {
        problems.push(`${role} ${who}: transaction ${n} has ${found.get(n) ?? 0} of ${rows} rows`)
      }
      found.delete(n)
    }
    if (found.size > 1) problems.push(`${role} ${who}: ${found.size} transactions beyond the last`)
  }
  const rolledBack = await survivor.ask<[number][]>({
    do: 'query',
    sql: 'SELECT count(*) FROM entry WHERE who = ?',
    params: [-victim.who],
  })
  if (rolledBack[0]![0] !== 0)
    problems.push(`${role} ${victim.who}: rows of a transaction that was rolled back`)
  return { acknowledged: all.length, problems }
}

/** Nobody is at work: a TRUNCATE succeeds, and only the living have slots. */
async function checkRest(
  survivor: Survivor,
  path: string,
  folder: string,
): Promise<{ readonly problems: readonly string[]; readonly truncateMs: number }> {
  const problems: string[] = []
  const began = Date.now()
  const { row, ms } = await survivor.ask<{ row: number[]; ms: number }>({
    do: 'truncate',
    timeoutMs: 5000,
  })
  if (row.join(' ') !== '0 0 0') problems.push(`TRUNCATE while nobody reads: ${row.join(' ')}`)
  const held = lockedBytes(`${path}-tshm`)
  const { taken, pinned } = readSlots(path)
  for (const { slot, pid } of taken) {
    if (held !== null && !held.has(3 + slot))
      problems.push(`slot ${slot} of process ${pid} stays taken`)
  }
  for (const { slot, frame, pid } of pinned) {
    // Whoever has restarted the log stands guard for a second, at frame 0.
    if (frame !== 0)
      problems.push(`slot ${slot} of process ${pid} pins frame ${frame} while nobody reads`)
  }
  return { problems, truncateMs: less(folder, began, ms) }
}

function checkFile(path: string): string[] {
  if (!hasSqliteShell()) return []
  const { stdout, stderr } = spawnSync('sqlite3', [path, 'PRAGMA integrity_check'], {
    encoding: 'utf8',
  })
  return stdout.trim() === 'ok' ? [] : [`SQLite's integrity_check: ${stdout}${stderr}`]
}
