/**
 * The judge of the mixed run, judged: a database that lacks something, or has too much, or half of it, is found out; and a
 * finding is put down to a peer's weakness only where the evidence is there.
 */
import test from 'ava'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attribute } from '../support/mixed/attribution.ts'
import type { Event } from '../support/mixed/attribution.ts'
import { compare } from '../support/mixed/content.ts'
import type { Answers, Finding } from '../support/mixed/content.ts'
import { Journal } from '../support/mixed/journal.ts'
import type { Sample } from '../support/mixed/sidecar.ts'
import { temporaryFolder } from '../support/temporary.ts'

const lines = [
  '? 1 join 1000',
  '+ 1 0.0 0.1 1001',
  '? 2 add:3:10 count:2:1 1002',
  '+ 2 0.5 0.2 1003',
  '? 3 add:2:5 1004',
  '- 3 1005',
  '? 4 bump:2:7 make:extra_7_4 1006',
  '+ 4 0.1 0.1 1007',
  '? 5 drop:2 count:1:1 1008',
]

function journal(text: readonly string[] = lines): Journal {
  const path = join(temporaryFolder(), '7.journal')
  // The last line is cut off by the death of its process, and does not count.
  writeFileSync(path, `${text.join('\n')}\n? 6 dro`)
  const found = new Journal(7, 'ours', path)
  found.readOn()
  return found
}

/** What a database answers after transactions 1, 2 and 4; the fifth is in doubt. */
const sound: Answers = {
  journal: [
    [7, 1],
    [7, 2],
    [7, 4],
  ],
  entries: [[7, 2, 3, 3, 7, 7, 30]],
  counters: [
    [1, 0],
    [2, 1],
  ],
  accounts: [[50, 50_000]],
  ledger: [[7, 4, 3, 3, 1]],
  tables: [['extra_7_4']],
  integrity: [['ok']],
}

function judge(change: Partial<Answers>): string[] {
  const { findings } = compare({ ...sound, ...change }, [journal()], [0, 0], 2000)
  return findings.map(({ what, text }) => `${what}: ${text}`)
}

test('verdict: what is there as it should be is no finding, the transaction in doubt may be there too', (t) => {
  t.deepEqual(judge({}), [])
  const whole: Partial<Answers> = {
    journal: [...sound.journal, [7, 5]],
    entries: [],
    counters: [
      [1, 1],
      [2, 1],
    ],
    ledger: [[7, 5, 4, 0, 2]],
  }
  t.deepEqual(judge(whole), [])
})

test('verdict: what is lost, foreign, half or damaged is told apart', (t) => {
  const lost = judge({ journal: sound.journal.slice(0, 2) })
  t.is(lost[0], 'lost: transaction 4: bump:2:7 make:extra_7_4')
  t.true(
    lost.some((line) => line.startsWith('half: tables')),
    'what it did is there',
  )
  t.true(
    judge({ journal: [...sound.journal, [7, 3]] })[0]!.startsWith(
      'foreign: transaction 3 was rolled back',
    ),
  )
  t.deepEqual(
    judge({ journal: [...sound.journal, [7, 5]] }).length,
    3,
    'the fifth is there in name only',
  )
  t.deepEqual(judge({ entries: [[7, 2, 3, 3, 0, 7, 30]] }), [
    'half: rows of writer/transaction 7/2: 3 3 0 7 30 and not 3 3 7 7 30',
  ])
  t.deepEqual(judge({ entries: [...sound.entries, [-7, 3, 1, 0, 0, 0, 9]] }), [
    'half: rows of writer/transaction -7/3: 1 0 0 0 9 and not none',
  ])
  t.deepEqual(judge({ counters: [[2, 2]] }), ['half: counter 2 is 2 and not 1'])
  t.deepEqual(judge({ accounts: [[50, 49_999]] }), ['half: accounts: [50,49999]'])
  t.deepEqual(judge({ integrity: [['row 1 missing from index entry_who']] }), [
    'damage: integrity_check: row 1 missing from index entry_who',
  ])
})

const sample = (time: number, maxFrame: number, backfilled: number, salt1 = 1): Sample => ({
  time,
  sequence: 2 * Math.round(time),
  maxFrame,
  backfilled,
  commits: maxFrame,
  checkpointSeq: salt1,
  salt1,
  index: maxFrame,
  writerPid: 0,
})

function cause(
  finding: Partial<Finding>,
  all: readonly Sample[],
  notable: readonly { time: number; text: string }[] = [],
  events: readonly Event[] = [],
): string | null {
  const whole: Finding = { what: 'lost', who: 1, kind: 'turso', time: 1000, text: '', ...finding }
  return attribute(whole, { samples: () => ({ all, notable }), events }).cause
}

test('attribution: nothing is explained without evidence, and no fault of ours by a peer', (t) => {
  const quiet = [sample(900, 10, 5), sample(1100, 12, 5)]
  const read: Partial<Finding> = { what: 'read', text: 'in the transaction since 950' }
  t.is(cause({}, quiet), null)
  t.is(cause({ what: 'damage' }, quiet), null)
  t.is(cause(read, quiet), null)
  t.is(cause({ what: 'crash', text: 'ended with SIGSEGV' }, quiet), null)
  const hidden = [sample(900, 10, 10), sample(980, 0, 0, 2)]
  t.is(cause(read, hidden), '7.1')
  t.is(cause({ ...read, kind: 'ours' }, hidden), null)
})

test('attribution: a loss is put down to what happened to the authority', (t) => {
  const back = [{ time: 1010, text: 'maxFrame 20 -> 12' }]
  t.is(cause({}, [sample(900, 20, 5)], back), '7.3')
  t.is(cause({ time: 20_000 }, [sample(900, 20, 5)], back), null, 'long before')
  const restarted = [sample(900, 20, 20), sample(1200, 0, 0, 2)]
  t.is(cause({}, restarted), null, 'by whom?')
  const checkpoint: Event = { time: 1205, since: 990, what: 'checkpoint', kind: 'turso', who: 3 }
  t.is(cause({}, restarted, [], [checkpoint]), '7.9')
  t.is(cause({}, restarted, [], [{ ...checkpoint, kind: 'ours' }]), null)
})

/** Two commits and the repair of a peer that undoes them, between two samples. */
const hiddenRepair: readonly Sample[] = [
  { ...sample(997, 20, 15), sequence: 100 },
  { ...sample(1002, 20, 0), sequence: 106 },
]
const opening: Event = { time: 800, what: 'start', kind: 'turso', who: 3 }

test('attribution: commits that were undone between two samples are put down to the repair', (t) => {
  t.is(cause({}, hiddenRepair, [], [opening]), '7.3')
  t.is(cause({}, hiddenRepair), null, 'nobody was opening')
  t.is(cause({ time: 1200 }, hiddenRepair, [], [opening]), null, 'long after')
  t.is(cause({ time: 900 }, hiddenRepair, [], [opening]), null, 'seen to survive for a while')
  const [before, after] = hiddenRepair as [Sample, Sample]
  const harmless = [before, { ...after, sequence: 102 }]
  t.is(cause({}, harmless, [], [opening]), null, 'a repair, but nothing is missing')
  const kept = [before, { ...after, commits: before.commits + 2 }]
  t.is(cause({}, kept, [], [opening]), null, 'the commits are there')
})

test('attribution: of several causes the first in time counts', (t) => {
  const restarted = sample(1600, 0, 0, 2)
  const checkpoint: Event = { time: 1605, since: 1598, what: 'checkpoint', kind: 'turso', who: 4 }
  const events = [opening, checkpoint]
  t.is(cause({}, [...hiddenRepair, restarted], [], events), '7.3')
  t.is(cause({ what: 'damage' }, [...hiddenRepair, restarted], [], events), '7.3')
  const late = [{ time: 1700, text: 'maxFrame 20 -> 12' }]
  t.is(cause({}, [sample(900, 20, 20), restarted], late, events), '7.9')
  t.is(cause({}, [sample(900, 20, 20)], late, events), '7.3')
})

test('attribution: errors that follow from lost commits are put down to the loss, damage never is', (t) => {
  const back = [{ time: 1010, text: 'maxFrame 20 -> 12' }]
  const of = (kind: 'ours' | 'turso', text: string, time = 3000): string | null =>
    cause({ what: 'error', kind, text, time }, [], back)
  t.is(of('ours', 'write SQLITE_ERROR no such table: extra_1_2'), '7.3')
  t.is(of('ours', 'write SQLITE_CONSTRAINT_PRIMARYKEY UNIQUE constraint failed'), '7.3')
  t.is(of('turso', 'read no such table: extra_1_2'), '7.3')
  t.is(of('ours', 'write SQLITE_ERROR no such table: extra_1_2', 900), null, 'before the loss')
  for (const text of ['read SQLITE_CORRUPT page 5', 'write SQLITE_IOERR', 'write SQLITE_NOTADB'])
    t.is(of('ours', text), null)
  const read = (text: string): string | null =>
    cause({ what: 'read', kind: 'ours', text: `${text}, in the transaction`, time: 3000 }, [], back)
  t.is(read('ledger and rows: 20 and 24'), '7.3', 'somebody has deleted rows that were lost')
  t.is(read('rows of 7: 20 and 24'), '7.3')
  t.is(read('ledger and rows: 24 and 20'), null)
  t.is(read('table and index: 20 and 24'), null)
  t.is(read('the same read twice: [20,1] and [24,2]'), null)
})
