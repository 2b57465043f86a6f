/**
 * The pager against a model: an array of page fingerprints that is copied at each savepoint and each commit.
 *
 * Random operations (change, grow, savepoint, release, roll back to, commit, roll back, checkpoint) on one
 * or two connections with a tiny cache, so that pages are evicted and spilled all the time. After each
 * step every connection must see exactly the state that its transaction may see. SEED=… repeats a run.
 */
import test from 'ava'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { MemoryFile, Pager } from '../../packages/engine/src/storage/index.ts'
import type { CheckpointMode } from '../../packages/engine/src/storage/index.ts'
import { randomFrom } from '../support/faulty-file.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** `model[pgno]` is the number that fills the page from byte 200 on; page 1 keeps its header. */
type Model = number[]

const from = 200

function stamp(pager: Pager, pgno: number, value: number, create: boolean): void {
  pager.beginOperation()
  const page = create ? pager.create(pgno) : pager.get(pgno)
  pager.write(page)
  page.data.fill(value & 255, from)
  page.data[from] = value >>> 8
  pager.endOperation()
}

function fingerprint(pager: Pager, pgno: number): number {
  const { data } = pager.get(pgno)
  const low = data[from + 1]!
  for (let i = from + 2; i < data.length; i += 37) if (data[i] !== low) return -1
  return (data[from]! << 8) | low
}

function observe(pager: Pager): Model {
  const model: Model = [0]
  for (let pgno = 1; pgno <= pager.pageCount; pgno++) model.push(fingerprint(pager, pgno))
  return model
}

class Connection {
  pager: Pager
  /** What the open transaction sees. */
  view: Model = []
  marks: { mark: number; view: Model }[] = []

  constructor(pager: Pager) {
    this.pager = pager
  }
}

/** Runs random steps; the connections share one database. */
function explore(
  connections: Connection[],
  random: () => number,
  steps: number,
  check: (seen: Model, expected: Model, step: number) => void,
): void {
  let committed: Model = observeAlone(connections[0]!.pager)
  let value = 1
  const pick = (count: number): number => Math.floor(random() * count)
  for (let step = 0; step < steps; step++) {
    const connection = connections[pick(connections.length)]!
    const { pager } = connection
    if (pager.state === 'none') {
      const choice = random()
      const somebodyWrites = connections.some((other) => other.pager.state === 'write')
      if (choice < 0.2) {
        pager.beginRead()
        connection.view = committed.slice()
      } else if (choice < 0.9 && !somebodyWrites) {
        pager.beginWrite()
        connection.view = committed.slice()
      } else if (choice > 0.93 && pager.journalMode() === 'wal') {
        const modes: CheckpointMode[] = ['passive', 'full', 'restart', 'truncate']
        pager.checkpoint(modes[pick(4)]!)
      }
      connection.marks = []
    } else if (pager.state === 'read') {
      if (random() < 0.5) pager.endRead()
    } else {
      const choice = random()
      if (choice < 0.6) {
        const isNew = random() < 0.3
        const pgno = isNew ? connection.view.length : 1 + pick(connection.view.length - 1)
        stamp(pager, pgno, ++value & 0xffff, isNew || (pgno > 1 && random() < 0.1))
        connection.view[pgno] = value & 0xffff
      } else if (choice < 0.75) {
        connection.marks.push({ mark: pager.savepoint(), view: connection.view.slice() })
      } else if (choice < 0.85 && connection.marks.length > 0) {
        const index = pick(connection.marks.length)
        pager.rollbackTo(connection.marks[index]!.mark)
        connection.view = connection.marks[index]!.view.slice()
        connection.marks.length = index + 1
      } else if (choice < 0.9 && connection.marks.length > 0) {
        const index = pick(connection.marks.length)
        pager.release(connection.marks[index]!.mark)
        connection.marks.length = index
      } else if (choice < 0.97) {
        pager.commit()
        committed = connection.view
      } else pager.rollback()
    }
    for (const { pager: looking, view } of connections) {
      if (looking.state !== 'none') check(observe(looking), view, step)
    }
  }
  for (const { pager } of connections) pager.rollback()
  for (const { pager } of connections) check(observeAlone(pager), committed, steps)
}

function observeAlone(pager: Pager): Model {
  pager.beginRead()
  const model = observe(pager)
  pager.endRead()
  return model
}

test('pager: a database in memory follows the model', (t) => {
  t.log(`SEED=${seed}`)
  for (let run = 0; run < 15; run++) {
    const pager = Pager.openMemory({ pageSize: 512 })
    explore([new Connection(pager)], randomFrom(seed + run), 300, (seen, expected, step) =>
      t.deepEqual(seen, expected, `SEED=${seed} run=${run} step=${step}`),
    )
  }
})

function openAll(files: { database: MemoryFile; wal: MemoryFile }, count: number): Connection[] {
  const region = new Region()
  return Array.from({ length: count }, () => {
    const pager = Pager.open({
      path: '/simulated/none',
      databaseFile: files.database,
      walFile: files.wal,
      coordination: region.connect(),
      readonly: false,
      pageSize: 512,
      busyTimeoutMs: 0,
      cacheSize: 10,
    })
    pager.autoCheckpoint.frames = 40
    return new Connection(pager)
  })
}

for (const count of [1, 2, 3]) {
  test(`pager: ${count} connections on a file follow the model, also after reopening`, (t) => {
    t.log(`SEED=${seed}`)
    for (let run = 0; run < 12; run++) {
      const files = { database: new MemoryFile(), wal: new MemoryFile() }
      const context = `SEED=${seed} run=${run}`
      let last: Model = []
      explore(openAll(files, count), randomFrom(seed + run), 400, (seen, expected, step) => {
        t.deepEqual(seen, expected, `${context} step=${step}`)
        last = expected
      })
      // The connections are simply dropped: the log has everything.
      const [reopened] = openAll(files, 1)
      t.deepEqual(observeAlone(reopened!.pager), last, context)
      reopened!.pager.close()
      t.is(files.wal.size(), 0)
      t.deepEqual(observeAlone(openAll(files, 1)[0]!.pager), last, context)
    }
  })
}
