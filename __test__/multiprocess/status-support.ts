/** Other processes that look at a database, or keep it busy, and the traces that a look must not leave. */
import type { ExecutionContext } from 'ava'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  status,
  type Database,
  type DatabaseStatus,
  type ProcessStatus,
} from '../../packages/engine/src/index.ts'
import { engine } from '../support/built.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

export const multiprocess = { experimental: ['multiprocess_wal'] }
/** A thousand rows: joined with itself the table keeps a process busy, twice for about a second, thrice for an hour. */
export function makeRows(db: Database): void {
  db.exec('CREATE TABLE r(x)')
  const insert = db.prepare('INSERT INTO r VALUES (?)')
  db.transaction(() => {
    for (let i = 0; i < 1000; i++) insert.run(i)
  })()
}
export const long =
  'SELECT count(*) FROM r AS a, r AS b, r AS c WHERE a.x + b.x + c.x = 7 AND c.x < 40'
export const endless =
  'SELECT count(*) FROM r AS a, r AS b, r AS c, r AS d WHERE a.x + b.x + c.x + d.x = -1'

export const newPath = (): string => join(temporaryFolder(), 'a.db')

export async function ask(worker: Worker, message: unknown): Promise<unknown> {
  worker.tell(message)
  return worker.next()
}

/** Processes that a test which fails leaves behind. */
export const workers: Worker[] = []
export function newWorker(engine?: string): Worker {
  const worker = new Worker('session', [], engine)
  workers.push(worker)
  return worker
}

export async function start(path: string, options: object = multiprocess): Promise<Worker> {
  const worker = newWorker()
  await ask(worker, { open: path, options })
  return worker
}

export function processOf(found: DatabaseStatus, worker: Worker | null): ProcessStatus | undefined {
  const pid = worker === null ? process.pid : worker.child.pid
  return found.processes.find((each) => each.pid === pid)
}

/** Asks until the answer pleases, for up to ten seconds. */
export async function eventually<T>(look: () => T | null | undefined | false): Promise<T | null> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    const found = look()
    if (found !== null && found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return null
}

/** `status` as another process sees it. */
export function statusElsewhere(path: string, env: Record<string, string> = {}): DatabaseStatus {
  const script = `import(${JSON.stringify(engine)}).then(({ status }) =>
    console.log(JSON.stringify(status(${JSON.stringify(path)}))))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, ...env },
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as DatabaseStatus
}

/** In another process: with classic locks, to open and close a file here would drop the locks that we have on it. */
export function elsewhere(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout
}

export function writeElsewhere(file: string, text: string): void {
  const script = 'fs.writeFileSync(process.argv[1], process.argv[2])'
  elsewhere(process.execPath, ['-e', script, file, text])
}

/** Files with their bytes and times, and the locks on them. */
export function traces(path: string): unknown {
  const folder = dirname(path)
  const inodes = new Set<string>()
  const files = readdirSync(folder).map((name) => {
    const file = join(folder, name)
    const { mtimeMs, ctimeMs, size, ino } = statSync(file)
    inodes.add(String(ino))
    return { name, mtimeMs, ctimeMs, size, sum: elsewhere('cksum', [file]) }
  })
  const locks = existsSync('/proc/locks') ? readFileSync('/proc/locks', 'utf8').split('\n') : []
  const ours = locks
    .map((line) => line.replace(/^\d+: /, ''))
    .filter((line) => inodes.has(/:(\d+) /.exec(line)?.[1] ?? ''))
  return { files, locks: ours.toSorted() }
}

export function looksWithoutTrace(t: ExecutionContext, path: string): DatabaseStatus {
  const before = traces(path)
  const found = status(path)
  t.deepEqual(traces(path), before)
  return found
}
