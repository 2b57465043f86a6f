/**
 * Several processes on one file, through the Rust core: no increment is lost, no half commit is seen, and a process that is
 * killed takes nothing with it. Without the addon there is nothing to test, and the test says so.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isNativeAvailable } from '../../packages/engine/src/coordination/native.ts'
import type { Pager } from '../../packages/engine/src/storage/index.ts'
import { hasSqlite, sqlite, temporaryFolder } from '../crash/sqlite-shell.ts'
import { openFile } from './open-file.ts'

const script = fileURLToPath(new URL('counter-process.ts', import.meta.url))

interface Counter {
  readonly process: ChildProcess
  /** Numbers whose commit was acknowledged. */
  readonly committed: number[]
  readonly done: Promise<number | null>
}

function count(path: string, increments: number, checkpointEvery: number): Counter {
  const child = spawn(
    process.execPath,
    [script, path, 'multi', `${increments}`, `${checkpointEvery}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const committed: number[] = []
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    committed.push(...lines.map(Number))
  })
  const done = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  return { process: child, committed, done }
}

function read(pager: Pager): [number, number] {
  pager.beginRead()
  try {
    const counter = pager.header.userVersion
    if (pager.pageCount < 2) return [counter, counter]
    const { data } = pager.get(2)
    return [counter, Buffer.from(data.buffer, data.byteOffset, 8).readDoubleBE()]
  } finally {
    pager.endRead()
  }
}

function skipped(t: ExecutionContext): boolean {
  if (isNativeAvailable()) return false
  t.log('the addon is not built: not tested')
  t.pass()
  return true
}

test('processes: no increment is lost while they commit, read and checkpoint', async (t) => {
  if (skipped(t)) return
  const path = join(temporaryFolder(t), 'counter.db')
  const counters = [count(path, 300, 0), count(path, 300, 20), count(path, 300, 7)]
  const pager = openFile(path, true)
  let reads = 0
  const reader = setInterval(() => {
    for (let i = 0; i < 20; i++) {
      const [counter, repeated] = read(pager)
      if (counter !== repeated) t.fail(`half a commit: ${counter} and ${repeated}`)
      reads++
    }
  }, 1)
  const codes = await Promise.all(counters.map(({ done }) => done))
  clearInterval(reader)
  t.deepEqual(codes, [0, 0, 0])
  t.true(reads > 20)
  t.deepEqual(read(pager), [900, 900])
  const all = counters.flatMap(({ committed }) => committed).sort((left, right) => left - right)
  t.deepEqual(
    all,
    Array.from({ length: 900 }, (_, i) => i + 1),
  )
  pager.close()
  t.is(statSync(`${path}-wal`).size, 0)
  if (hasSqlite) t.is(sqlite(path, 'PRAGMA user_version; PRAGMA page_count;'), '900\n2')
})

test('processes: a killed writer loses nothing that it acknowledged, and blocks nobody', async (t) => {
  if (skipped(t)) return
  const path = join(temporaryFolder(t), 'killed.db')
  const steady = count(path, 400, 25)
  const killed: Counter[] = []
  for (let round = 0; round < 6; round++) {
    const victim = count(path, 0, round % 2 === 0 ? 0 : 5)
    killed.push(victim)
    await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 400))
    victim.process.kill('SIGKILL')
    await victim.done
  }
  t.is(await steady.done, 0)
  const pager = openFile(path, true)
  const [counter, repeated] = read(pager)
  pager.close()
  const acknowledged = [steady, ...killed].flatMap(({ committed }) => committed)
  t.is(counter, repeated)
  t.is(new Set(acknowledged).size, acknowledged.length, 'a number was committed twice')
  t.true(Math.max(...acknowledged) <= counter)
  // Whoever was killed may have committed once more than it could say.
  t.true(counter - acknowledged.length <= killed.length, `${counter} of ${acknowledged.length}`)
})

test('processes: a file open in one mode is refused in the other', async (t) => {
  if (skipped(t)) return
  const path = join(temporaryFolder(t), 'modes.db')
  const counter = count(path, 0, 0)
  while (!existsSync(path) || counter.committed.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  t.throws(() => openFile(path, false), {
    message: `Failed opening database '${path}'. Database is already open with experimental multiprocess WAL in another process`,
  })
  counter.process.kill('SIGKILL')
  await counter.done
  const single = openFile(path, false)
  const [value, repeated] = read(single)
  t.true(value >= counter.committed.length && value === repeated)
  single.close()
})
