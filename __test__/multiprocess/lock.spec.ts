/** `db.lock`: one at a time, among calls, connections, threads' databases and processes; whoever dies has it no more; waiting can be given up. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import type { DatabaseOptions } from '../../packages/engine/src/index.ts'
import { multiprocess, openRemote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const modes: Readonly<Record<string, readonly [() => string, DatabaseOptions]>> = {
  memory: [() => ':memory:', {}],
  'one process': [newPath, { experimental: [] }],
  'several processes': [newPath, multiprocess],
}

for (const [mode, [place, options]] of Object.entries(modes)) {
  test(`lock: in ${mode} one has it at a time, in the order in which they asked`, async (t) => {
    const path = place()
    const one = new Database(path, options)
    const other = path === ':memory:' ? one : new Database(path, options)
    const order: number[] = []
    let holders = 0
    const calls = Array.from({ length: 12 }, (_, i) =>
      (i % 2 === 0 ? one : other).lock('work', async () => {
        t.is(++holders, 1)
        await pause(1)
        holders--
        order.push(i)
        return i
      }),
    )
    t.deepEqual(one.status().connection?.locks.map(({ name }) => name)[0], 'work')
    t.is(await one.lock('another', () => 7), 7)
    t.deepEqual(await Promise.all(calls), order)
    t.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
    await t.throwsAsync(
      one.lock('work', () => Promise.reject(new RangeError('mine'))),
      { message: 'mine' },
    )
    await t.throwsAsync(
      one.lock('work', () => {
        throw new RangeError('mine')
      }),
      { message: 'mine' },
    )
    t.is(await other.lock('work', async () => 'free'), 'free')
    t.deepEqual(one.status().connection, { watchers: 0, locks: [] })
    one.close()
    other.close()
  })

  test(`lock: in ${mode} waiting can be given up, and holds up nobody`, async (t) => {
    const path = place()
    const db = new Database(path, options)
    let release = (): void => {}
    const done = new Promise<void>((resolve) => (release = resolve))
    let held: Promise<void> = done
    await new Promise<void>((begun) => {
      held = db.lock('work', () => {
        begun()
        return done
      })
    })
    const control = new AbortController()
    const aborted = db.lock('work', () => 1, { signal: control.signal })
    await t.throwsAsync(
      db.lock('work', () => 1, { timeout: 5 }),
      {
        code: 'SQLITE_BUSY',
        message: "lock 'work' is held by another",
      },
    )
    const next = db.lock('work', () => 'next')
    t.deepEqual(
      db.status().connection?.locks.map(({ held }) => held),
      [true, false, false],
    )
    control.abort()
    await t.throwsAsync(aborted, { name: 'AbortError', code: 'ABORT_ERR' })
    await t.throwsAsync(
      db.lock('work', () => 1, { signal: control.signal }),
      { name: 'AbortError' },
    )
    release()
    await held
    t.is(await next, 'next')
    t.is(await db.lock('work', () => 'at once', { timeout: 1000 }), 'at once')
    db.close()
    await t.throwsAsync(
      db.lock('work', () => 1),
      { message: 'The database connection is not open' },
    )
  })

  test(`lock: in ${mode} who would wait for himself is told so`, async (t) => {
    const db = new Database(place(), options)
    const inner = db.lock('work', async () => {
      await db.lock('other', () => pause(1))
      await db.lock('work', () => t.fail())
    })
    await t.throwsAsync(inner, {
      code: 'SQLITE_MISUSE',
      message: "lock 'work' is held by the caller itself",
    })
    t.is(await db.lock('work', () => 1), 1)
    db.close()
  })
}

test('lock: the end of the connection ends waiting, and not what is being done', async (t) => {
  const path = newPath()
  const [one, other] = [new Database(path, multiprocess), new Database(path, multiprocess)]
  let release = (): void => {}
  const done = new Promise<string>((resolve) => (release = () => resolve('done')))
  let held: Promise<string> = done
  await new Promise<void>((begun) => {
    held = one.lock('work', () => {
      begun()
      return done
    })
  })
  const waits = one.lock('work', () => t.fail())
  let isNext = false
  const next = other.lock('work', () => (isNext = true))
  one.close()
  await t.throwsAsync(waits, { message: 'The database connection is not open' })
  await pause(20)
  t.false(isNext)
  release()
  t.is(await held, 'done')
  t.true(await next)
  other.close()
})

test('lock: what is no name, function or option is refused', async (t) => {
  const db = new Database(':memory:')
  const lock = db.lock.bind(db) as (...given: unknown[]) => Promise<unknown>
  await t.throwsAsync(
    lock(1, () => 1),
    { instanceOf: TypeError },
  )
  await t.throwsAsync(lock('a', 1), { instanceOf: TypeError })
  await t.throwsAsync(
    lock('a', () => 1, 1),
    { instanceOf: TypeError },
  )
  await t.throwsAsync(
    lock('a', () => 1, { timeout: 'x' }),
    { instanceOf: TypeError },
  )
  await t.throwsAsync(
    lock('a', () => 1, { timeout: -1 }),
    { instanceOf: RangeError },
  )
  db.close()
})

test('lock: other processes wait for it, and get it when its holder is killed', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  const victim = await openRemote(t, path)
  await victim.call(
    ({ db }) =>
      new Promise<void>((resolve) => {
        const { lock } = db as unknown as Database
        void lock.call(db as Database, 'work', () => {
          resolve()
          return new Promise(() => {})
        })
      }),
  )
  let isHeld = false
  const held = db.lock('work', () => (isHeld = true))
  await pause(50)
  t.false(isHeld)
  await t.throwsAsync(
    db.lock('work', () => 1, { timeout: 10 }),
    { code: 'SQLITE_BUSY' },
  )
  process.kill(victim.pid, 'SIGKILL')
  t.true(await held)
  db.close()
})

test('lock: three processes count on together and lose nothing', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(n); INSERT INTO t VALUES (0)')
  const remotes = await Promise.all([1, 2, 3].map(() => openRemote(t, path)))
  const work = (): Promise<unknown>[] =>
    remotes.map((remote) =>
      remote.call(async ({ db }) => {
        for (let i = 0; i < 20; i++) {
          await (db as unknown as Database).lock('count', async () => {
            const n = db.prepare('SELECT n FROM t').pluck().get() as number
            await new Promise((resolve) => setTimeout(resolve, 1))
            db.prepare('UPDATE t SET n = ?').run(n + 1)
          })
        }
      }),
    )
  await Promise.all(work())
  t.is(db.prepare('SELECT n FROM t').pluck().get(), 60)
  await Promise.all(remotes.map((remote) => remote.call(({ db }) => void db.close())))
  db.close()
})

test('lock: names with halves of characters are names of their own', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  const inside = db.lock('\ud800', () => db.lock('\ud801', () => db.lock('\ufffd', () => 'inside')))
  t.is(await inside, 'inside')
  db.close()
})
