/** What goes on is told to pages that look; and what a page has begun is given up soon after it has gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { LiveState } from '../../packages/studio/src/protocol.ts'
import { openStudio, type OpenStudio } from './open-studio.ts'

/** A page's stream of events. */
class Stream {
  state: LiveState | null = null
  readonly #controller = new AbortController()

  static async open(studio: OpenStudio, session: string): Promise<Stream> {
    const stream = new Stream()
    const { signal } = stream.#controller
    const response = await fetch(`${studio.url}api/live?session=${session}`, { signal })
    void stream.#read(response).catch(() => {})
    return stream
  }

  async #read(response: Response): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      const events = (rest + decoder.decode(piece, { stream: true })).split('\n\n')
      rest = events.pop()!
      for (const event of events) {
        if (event.startsWith('data: ')) this.state = JSON.parse(event.slice(6)) as LiveState
      }
    }
  }

  async until(isSo: (state: LiveState) => boolean): Promise<LiveState> {
    for (let i = 0; i < 400; i++) {
      if (this.state !== null && isSo(this.state)) return this.state
      await sleep(25)
    }
    throw new Error(`never so: ${JSON.stringify(this.state)}`)
  }

  close(): void {
    this.#controller.abort()
  }
}

test('studio live: commits, changes of the schema, transactions and readers are told', async (t) => {
  const studio = await openStudio('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  const stream = await Stream.open(studio, 'session-of-live')
  const first = await stream.until(() => true)
  t.is(first.status.mode, 'multi-process')
  t.is(first.status.path, studio.path)
  studio.database.exec('INSERT INTO t VALUES (3)')
  const second = await stream.until(({ dataVersion }) => dataVersion !== first.dataVersion)
  t.is(second.schemaVersion, first.schemaVersion)
  studio.database.exec('CREATE TABLE u(a)')
  await stream.until(({ schemaVersion }) => schemaVersion === first.schemaVersion + 1)
  studio.database.exec('BEGIN IMMEDIATE; DELETE FROM t')
  await stream.until(({ status }) => status.processes.some(({ roles }) => roles.includes('writer')))
  studio.database.exec('ROLLBACK')
  const rows = studio.database.prepare('SELECT * FROM t').iterate()
  rows.next()
  await stream.until(({ status }) => status.readers.length === 1)
  rows.return!()
  await stream.until(({ status }) => status.readers.length === 0)
  stream.close()
  await studio.close()
})

test('studio live: looking holds nothing', async (t) => {
  const studio = await openStudio('CREATE TABLE t(a)')
  const stream = await Stream.open(studio, 'session-of-live')
  await stream.until(() => true)
  for (let i = 0; i < 30; i++) {
    studio.database.exec('INSERT INTO t VALUES (1)')
    t.deepEqual(studio.database.pragma('wal_checkpoint(TRUNCATE)'), [
      { busy: 0, log: 0, checkpointed: 0 },
    ])
    await sleep(40)
  }
  stream.close()
  await studio.close()
})

test('studio live: a transaction lasts while its page is loaded anew, and ends with it', async (t) => {
  const studio = await openStudio('CREATE TABLE t(a)')
  const session = 'session-that-goes'
  const first = await Stream.open(studio, session)
  await studio.sql('BEGIN; INSERT INTO t VALUES (1)', { session })
  first.close()
  await sleep(500)
  const again = await Stream.open(studio, session)
  await again.until(() => true)
  const [, , done] = await studio.sql('INSERT INTO t VALUES (2)', { session })
  t.like(done, { kind: 'done', inTransaction: true })
  again.close()
  // Its writer's lock is given back: this waits for it.
  studio.database.pragma('busy_timeout = 0')
  for (let i = 0; ; i++) {
    try {
      studio.database.exec('INSERT INTO t VALUES (3)')
      break
    } catch (error) {
      if (i === 200) throw error
      await sleep(50)
    }
  }
  t.deepEqual(studio.database.prepare('SELECT a FROM t').pluck().all(), [3])
  await studio.close()
})
