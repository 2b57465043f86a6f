/**
 * Kills committing processes with SIGKILL at random moments while others go on, and compares the database with
 * what was acknowledged.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { Worker } from './processes.ts'

export interface KillTestResult {
  readonly kills: number
  readonly acknowledged: number
  readonly problems: readonly string[]
  /** The longest that a process was kept waiting for a write after a kill, in ms. */
  readonly longestWaitMs: number
}

interface Committer {
  readonly id: number
  readonly worker: Worker
  readonly acknowledgements: string
}

/** Runs `kills` rounds in `folder`. `engine`: the module that the processes use. */
export async function runKillTest(
  folder: string,
  kills: number,
  engine?: string,
  progress: (line: string) => void = () => {},
): Promise<KillTestResult> {
  const path = join(folder, 'killed.db')
  const problems: string[] = []
  const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 10_000 })
  db.exec(`
    CREATE TABLE entry(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER, i INTEGER, filler TEXT);
    CREATE INDEX entry_who ON entry(who, n);
    CREATE TABLE scratch(id INTEGER PRIMARY KEY, filler TEXT);
    CREATE TABLE pulse(n INTEGER);
  `)
  let nextId = 1
  const start = async (): Promise<Committer> => {
    const id = nextId++
    const acknowledgements = join(folder, `${id}.ack`)
    writeFileSync(acknowledgements, '')
    const worker = new Worker('committer', [path, String(id), acknowledgements], engine)
    await worker.next()
    return { id, worker, acknowledgements }
  }
  const survivors = [await start(), await start()]
  const watcher = new Worker('watcher', [path], engine)
  await watcher.next()
  const pulse = db.prepare('INSERT INTO pulse VALUES (?)')
  let acknowledged = 0
  let longestWaitMs = 0

  for (let round = 1; round <= kills; round++) {
    const victim = await start()
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
    await victim.worker.kill()
    const began = performance.now()
    pulse.run(round)
    longestWaitMs = Math.max(longestWaitMs, performance.now() - began)
    const result = checkAcknowledged(db, victim)
    acknowledged += result.acknowledged
    problems.push(...result.problems)
    if (round % 20 === 0) progress(`${round} kills, ${acknowledged} commits acknowledged`)
    if (problems.length > 0) break
  }

  for (const survivor of survivors) {
    const { code, errors } = await survivor.worker.stop()
    if (code !== 0) problems.push(`committer ${survivor.id} ended with ${code}: ${errors}`)
    const result = checkAcknowledged(db, survivor)
    acknowledged += result.acknowledged
    problems.push(...result.problems)
  }
  const { code, errors } = await watcher.stop()
  if (code !== 0) problems.push(`the watcher ended with ${code}: ${errors}`)
  problems.push(...checkEnd(db, path))
  return { kills, acknowledged, problems, longestWaitMs }
}

/** Every acknowledged transaction is there whole; so is at most one that was not acknowledged any more. */
function checkAcknowledged(
  db: Database,
  { id, acknowledgements }: Committer,
): { acknowledged: number; problems: string[] } {
  const problems: string[] = []
  const lines = readFileSync(acknowledgements, 'latin1').split('\n').slice(0, -1)
  const rows = db
    .prepare('SELECT n, count(*) FROM entry WHERE who = ? GROUP BY n')
    .raw()
    .all(id) as [number, number][]
  const found = new Map(rows)
  for (const line of lines) {
    const [n, count] = line.split(' ').map(Number)
    if (found.get(n!) !== count) {
      problems.push(`writer ${id}: transaction ${n} has ${found.get(n!) ?? 0} of ${count} rows`)
    }
    found.delete(n!)
  }
  if (found.size > 1) problems.push(`writer ${id}: ${found.size} transactions beyond the last`)
  return { acknowledged: lines.length, problems }
}

function checkEnd(db: Database, path: string): string[] {
  const problems: string[] = []
  const answer = db.pragma('integrity_check', { simple: true })
  if (answer !== 'ok') problems.push(`integrity_check: ${String(answer)}`)
  db.close()
  const sqlite = spawnSync('sqlite3', [path, 'PRAGMA integrity_check'], { encoding: 'utf8' })
  if (!sqlite.error && sqlite.stdout.trim() !== 'ok') {
    problems.push(`SQLite's integrity_check: ${sqlite.stdout}${sqlite.stderr}`)
  }
  return problems
}
