/** The command, as a process: it says where the page is, ends with Ctrl-C, and says what is wrong; and a file is opened as others have it open. */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { Database, status } from '../../packages/engine/src/index.ts'
import { runStudio } from '../../packages/studio/src/server/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

const main = fileURLToPath(new URL('../../dist/studio/src/main.js', import.meta.url))

interface Run {
  readonly child: ReturnType<typeof spawn>
  /** Resolves with what it has printed when that matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<{ code: number | null; out: string; errors: string }>
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ['--no-warnings', main, ...args])
  let out = ''
  let errors = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<{ code: number | null; out: string; errors: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, errors }))
  })
  return {
    child,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(out)
          if (match !== null) resolve(match)
        }
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`it has ended: ${errors}`)))
      }),
  }
}

function newDatabase(experimental: string[] = ['multiprocess_wal']): {
  path: string
  database: Database
} {
  const path = join(temporaryFolder(), 'app.db')
  const database = new Database(path, { experimental })
  database.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  return { path, database }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`studio command: ${signal} ends it, with its page open and a transaction begun`, async (t) => {
    const { path, database } = newDatabase()
    const { child, printed, ended } = run('--no-open', path)
    const [, url] = await printed(/(http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)/)
    const live = await fetch(`${url}api/live?session=session-of-a-page`)
    const answer = await fetch(`${url}api/sql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        session: 'session-of-a-page',
        sql: 'BEGIN; DELETE FROM t',
        limit: 10,
      }),
    })
    t.regex(await answer.text(), /"inTransaction":true/)
    t.is(status(path).processes.length, 2)
    child.kill(signal)
    const { code, errors } = await ended
    t.is(code, 0)
    t.is(errors, '')
    await live.body?.cancel().catch(() => {})
    t.is(database.prepare('SELECT count(*) FROM t').pluck().get(), 1)
    t.deepEqual(status(path).deadProcesses, [])
    database.close()
  })
}

test('studio command: it says what is wrong', async (t) => {
  const folder = temporaryFolder()
  const missing = join(folder, 'missing.db')
  const text = join(folder, 'text.db')
  writeFileSync(
    text,
    'this is no database, but long enough to be looked at by anybody who wants to know',
  )
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--no-open', missing], /^Error: .*missing\.db|^Error: unable to open database file/],
    [['--no-open', text], /^Error: file is not a database/],
    [['--no-open'], /^Error: one database, please\nUsage: /],
    [['--no-open', 'a', 'b'], /^Error: one database, please\nUsage: /],
    [['--port', 'x', text], /^Error: no port: x\nUsage: /],
    [['--port', '70000', text], /^Error: no port: 70000\nUsage: /],
    [['--nonsense', text], /^Error: .*--nonsense.*\nUsage: /s],
  ]
  for (const [args, expected] of cases) {
    const { code, errors, out } = await run(...args).ended
    t.is(code, 1, args.join(' '))
    t.regex(errors, expected)
    t.is(out, '')
  }
  t.false(existsSync(missing))
})

test('studio command: help', async (t) => {
  const { code, out } = await run('--help').ended
  t.is(code, 0)
  t.regex(out, /^Usage: chorusdb-studio .*--port.*--no-open.*--readonly/s)
})

test('studio command: a port that is taken is an error, and the file is let go', async (t) => {
  const { path, database } = newDatabase()
  database.close()
  const first = await runStudio(path)
  const port = Number(new URL(first.url).port)
  await t.throwsAsync(runStudio(path, { port }), { code: 'EADDRINUSE' })
  await first.close()
  t.is(status(path).mode, 'closed')
  const second = await runStudio(path, { port })
  t.is(new URL(second.url).port, String(port))
  await second.close()
})

test('studio command: a file is opened for several processes, or as it is open here', async (t) => {
  const { path, database } = newDatabase()
  const shared = await runStudio(path)
  t.is(status(path).mode, 'multi-process')
  await shared.close()
  database.close()
  const alone = newDatabase([])
  const own = await runStudio(alone.path)
  t.is(status(alone.path).mode, 'single-process')
  await own.close()
  alone.database.close()
})

test('studio command: a file that another process has for itself is refused', async (t) => {
  const { path, database } = newDatabase([])
  const { code, errors } = await run('--no-open', path).ended
  t.is(code, 1)
  t.regex(errors, /^Error: Failed locking file .* File is locked by another process/)
  database.close()
})

test('studio command: two closes are one', async (t) => {
  const { path, database } = newDatabase()
  const studio = await runStudio(path)
  await Promise.all([studio.close(), studio.close()])
  t.is(status(path).processes.length, 1)
  database.close()
})
