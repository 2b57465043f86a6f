/**
 * The mixed run: three processes of ours and two of Turso's work on one database, ours are killed at random moments, and nothing is lost.
 *
 * The conductor (this file) starts the processes, kills and restarts them, and stops the work every few seconds to compare the database
 * with their journals: in SQLite on a copy, in a process of ours that was there all the time, in a fresh connection
 * of ours, and in a process of Turso's. In the hostile form Turso's processes are killed too, and may checkpoint in every
 * mode and spill; what is then lost has to have one of the causes that `attribution.ts` knows.
 *
 * What is random follows from the seed. The moments at which processes meet do not: a seed brings the same plan back, not the same
 * interleaving.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../../packages/engine/src/index.ts'
import { Worker } from '../processes.ts'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { attribute } from './attribution.ts'
import type { Attributed, Event } from './attribution.ts'
import { Actor, Timeline } from './cast.ts'
import {
  accounts,
  compare,
  counters,
  questions,
  schema,
  startBalance,
  toAnswers,
} from './content.ts'
import type { Answers, Finding } from './content.ts'
import { askSqlite, copyDatabase } from './copy.ts'
import type { Journal, State } from './journal.ts'
import { describeState, readSamples } from './sidecar.ts'

export interface MixedOptions {
  readonly folder: string
  readonly seconds: number
  readonly seed: number
  /** Turso's processes are killed too, spill, reopen, and checkpoint in every mode. */
  readonly hostile?: boolean
  readonly ours?: number
  readonly tursos?: number
  /** The module that processes of ours use; the sources unless given. */
  readonly engine?: string
  /** Work between two comparisons. */
  readonly periodSeconds?: number
  readonly progress?: (line: string) => void
}

export interface Share {
  readonly kind: 'ours' | 'turso'
  /** Numbers of the processes that have stood here. */
  readonly journals: Set<number>
  commits: number
  worstWaitMs: number
  worstCommitMs: number
  busy: number
  stale: number
}

export interface MixedResult {
  readonly kills: number
  /** Times a process of ours was made to stand still. */
  readonly stops: number
  readonly peerKills: number
  readonly peerCrashes: number
  readonly comparisons: number
  readonly acknowledged: number
  readonly undecided: number
  /** For each of the five places, the processes that stood there one after the other. */
  readonly shares: readonly Share[]
  readonly findings: readonly Attributed[]
  /** What nobody's known weakness explains; in the plain form, also whatever was lost. */
  readonly failures: readonly Attributed[]
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function runMixed(options: MixedOptions): Promise<MixedResult> {
  return new Conductor(options).run()
}

/** Where one process stands after the other. */
interface Place {
  readonly kind: 'ours' | 'turso'
  readonly share: Share
  actor: Actor | null
}

class Conductor {
  readonly #options: MixedOptions
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #places: Place[] = []
  readonly #findings: Attributed[] = []
  /** What was done to processes, for the attribution. */
  readonly #events: Event[] = []
  #sampler!: Worker
  /** Databases so far. */
  #generation = 1
  /** Journals that count until the next settlement: of the living, and of the dead of this period. */
  #journals: Journal[] = []
  #counterBase: number[] = Array.from({ length: counters }, () => 0)
  #nextWho = 1
  #kills = 0
  #stops = 0
  #peerKills = 0
  #peerCrashes = 0
  #comparisons = 0
  #acknowledged = 0
  #undecided = 0
  readonly #starting: Promise<void>[] = []
  #isPaused = false
  #isOver = false

  constructor(options: MixedOptions) {
    this.#options = options
    this.#timeline = new Timeline(options.folder)
    this.#random = createRandom(0, options.seed)
    const add = (kind: 'ours' | 'turso'): void => {
      const journals = new Set<number>()
      const share = {
        kind,
        journals,
        commits: 0,
        worstWaitMs: 0,
        worstCommitMs: 0,
        busy: 0,
        stale: 0,
      }
      this.#places.push({ kind, actor: null, share })
    }
    for (let i = 0; i < (options.ours ?? 3); i++) add('ours')
    for (let i = 0; i < (options.tursos ?? 2); i++) add('turso')
  }

  get #path(): string {
    return join(this.#options.folder, `mixed-${this.#generation}.db`)
  }

  get #samples(): string {
    return join(this.#options.folder, `samples-${this.#generation}`)
  }

  async run(): Promise<MixedResult> {
    const { seconds, progress = () => {} } = this.#options
    await this.#create()
    const end = Date.now() + seconds * 1000
    try {
      this.#fill()
      while (Date.now() < end && !this.#isOver) {
        await this.#work(Math.min(end, Date.now() + (this.#options.periodSeconds ?? 15) * 1000))
        await this.#pauseAndCompare()
        progress(this.#summary())
      }
    } finally {
      this.#isOver = true
      for (const actor of this.#living()) {
        actor.isEndExpected = true
        actor.goOn()
        await actor.worker.kill()
      }
      await this.#sampler.stop()
    }
    const failures = this.#findings.filter((found) => this.#isFailure(found))
    return {
      kills: this.#kills,
      stops: this.#stops,
      peerKills: this.#peerKills,
      peerCrashes: this.#peerCrashes,
      comparisons: this.#comparisons,
      acknowledged: this.#acknowledged,
      undecided: this.#undecided,
      shares: this.#places.map(({ share }) => share),
      findings: this.#findings,
      failures,
    }
  }

  #summary(): string {
    return (
      `${this.#comparisons} comparisons, ${this.#acknowledged} commits acknowledged, ${this.#kills} kills` +
      (this.#peerKills > 0 ? ` and ${this.#peerKills} of peers` : '') +
      `, ${this.#findings.length} findings`
    )
  }

  #open(): Database {
    return new Database(this.#path, { experimental: ['multiprocess_wal'], timeout: 20_000 })
  }

  async #create(): Promise<void> {
    const db = this.#open()
    db.exec('BEGIN')
    db.exec(schema)
    const counter = db.prepare('INSERT INTO counter(id, value, base) VALUES (?, 0, 0)')
    for (let id = 1; id <= counters; id++) counter.run(id)
    const account = db.prepare('INSERT INTO account(id, balance) VALUES (?, ?)')
    for (let id = 1; id <= accounts; id++) account.run(id, startBalance)
    db.exec('COMMIT')
    db.close()
    this.#sampler = new Worker('sampler', [`${this.#path}-tshm`, this.#samples], 'none')
    await this.#sampler.next()
  }

  // ── Processes ────────────────────────────────────────────────────────────────────────────────────

  /** A process for every empty place. */
  #fill(): void {
    const started = this.#places
      .filter(({ actor }) => actor === null)
      .map((place) => this.#start(place))
    this.#starting.push(...started)
  }

  /** Everybody who was started is at work, or dead. */
  async #ready(): Promise<void> {
    while (this.#starting.length > 0) await this.#starting.pop()
  }

  async #start(place: Place): Promise<void> {
    const { folder, seed, hostile = false, engine } = this.#options
    const who = this.#nextWho++
    const journal = join(folder, `${who}.journal`)
    const role = { path: this.#path, who, seed, journal, kind: place.kind, hostile }
    const actor = new Actor(role, engine)
    place.actor = actor
    place.share.journals.add(who)
    this.#journals.push(actor.journal)
    this.#events.push({ time: Date.now(), what: 'start', kind: place.kind, who })
    this.#timeline.note(`start ${who} ${place.kind} pid ${actor.worker.child.pid}`)
    void actor.worker.ended.then((ended) => {
      actor.ended = ended
      place.actor = null
      this.#timeline.note(`end ${who} ${place.kind} ${ended.code ?? ended.signal}`)
      if (!actor.isEndExpected) this.#lookAtEnd(actor)
    })
    try {
      await actor.worker.next(60_000)
      if (this.#isPaused) await actor.ask({ do: 'pause' })
    } catch (error) {
      await sleep(20)
      if (actor.ended !== null) return
      this.#find('wait', actor, `does not start: ${String(error)}`)
    }
  }

  /** It ended without being told to. Its journal says why, unless it crashed. */
  #lookAtEnd(actor: Actor): void {
    const { code, signal, errors } = actor.ended!
    actor.journal.readOn()
    if (actor.role.kind === 'turso') this.#peerCrashes++
    if (code === 3 && actor.journal.faults.length > 0) return
    const said = errors.trim().split('\n').slice(0, 6).join(' / ')
    this.#find('crash', actor, `ended with ${code ?? signal}: ${said}`)
  }

  async #kill(kind: 'ours' | 'turso'): Promise<void> {
    const living = this.#places.filter(({ kind: its, actor }) => its === kind && actor !== null)
    if (living.length === 0) return
    const place = this.#random.pick(living)
    const actor = place.actor!
    actor.isEndExpected = true
    this.#events.push({ time: Date.now(), what: 'kill', kind, who: actor.role.who })
    this.#timeline.note(`kill ${actor.role.who} ${kind}`)
    if (kind === 'ours') this.#kills++
    else this.#peerKills++
    await actor.worker.kill()
    await sleep(0)
  }

  /** Some process of ours stands still for a while, in the middle of whatever it does; nobody else may have more than its trouble. */
  #stop(): void {
    const living = this.#living().filter(
      ({ role, isStopped }) => role.kind === 'ours' && !isStopped,
    )
    if (living.length === 0) return
    const actor = this.#random.pick(living)
    const ms = this.#random.below(this.#random.pick([20, 300, 2500]))
    this.#stops++
    this.#timeline.note(`stop ${actor.role.who} for ${ms} ms`)
    actor.stop()
    setTimeout(() => actor.goOn(), ms)
  }

  /** Lets them work until `end`, killing and stopping now and then. */
  async #work(end: number): Promise<void> {
    const { hostile = false } = this.#options
    while (Date.now() < end && !this.#isOver) {
      await sleep(Math.min(end - Date.now(), this.#random.below(2400)))
      if (Date.now() >= end) return
      if (this.#random.below(2) === 0) {
        this.#stop()
        continue
      }
      await this.#kill(hostile && this.#random.below(3) === 0 ? 'turso' : 'ours')
      this.#fill()
    }
  }

  // ── Comparing ────────────────────────────────────────────────────────────────────────────────────

  /** Everybody stops; sometimes everybody leaves, so that the last one out closes the log. */
  async #pauseAndCompare(): Promise<void> {
    this.#isPaused = true
    for (const actor of this.#living()) actor.goOn()
    await this.#ready()
    const leaves = this.#random.below(3) === 0
    await Promise.all(this.#living().map((actor) => actor.ask({ do: 'pause' })))
    this.#timeline.note(`paused${leaves ? ', all leave' : ''}`)
    if (leaves) await this.#leave()
    // Time for a log that was left longer than its committed part to be cut.
    await sleep(leaves ? 20 : 1200)
    const isSound = await this.#compare(!leaves)
    if (this.#isOver) return
    if (!isSound) await this.#beginAnew()
    for (const actor of this.#living()) await actor.ask({ do: 'open' })
    this.#isPaused = false
    for (const actor of this.#living()) actor.tell({ do: 'resume' })
    this.#fill()
    await this.#ready()
    this.#timeline.note('resumed')
  }

  #living(): Actor[] {
    return this.#places.flatMap(({ actor }) => (actor === null ? [] : [actor]))
  }

  /** Ours close, or end; Turso's end. */
  async #leave(): Promise<void> {
    const actors = this.#living()
    for (let i = actors.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1)
      ;[actors[i], actors[j]] = [actors[j]!, actors[i]!]
    }
    for (const actor of actors) {
      if (actor.role.kind === 'ours' && this.#random.below(2) === 0)
        await actor.ask({ do: 'close' })
      else await this.#end(actor)
    }
  }

  async #end(actor: Actor): Promise<void> {
    actor.isEndExpected = true
    actor.tell({ do: 'stop' })
    const { code, errors } = await actor.worker.ended
    await sleep(0)
    if (code !== 0) this.#find('crash', actor, `did not close: ${code} ${errors}`)
  }

  /**
   * Compares the database with the journals, in SQLite first, then in everybody who can be asked; then begins a new period.
   * @returns whether the database is as it must be
   */
  async #compare(asksLiving: boolean): Promise<boolean> {
    const { folder } = this.#options
    const found = this.#findings.length
    for (const journal of this.#journals) this.#takeRemarks(journal)
    for (const journal of this.#journals) this.#takeJournal(journal)
    const queries = Object.values(questions)
    const copy = copyDatabase(this.#path, join(folder, 'copy'))
    const asked: [string, 'ours' | 'turso' | 'all', unknown[][][]][] = []
    const sqlite = this.#try('SQLite, on a copy', () => askSqlite(copy, queries))
    if (sqlite) asked.push(['SQLite, on a copy', 'all', sqlite])
    if (asksLiving) {
      for (const actor of this.#living()) {
        const { who, kind } = actor.role
        const reply = await actor.ask({ do: 'query', queries })
        if (reply?.['answers'])
          asked.push([`process ${who}`, kind, reply['answers'] as unknown[][][]])
        else if (reply) this.#find('error', actor, `asked: ${JSON.stringify(reply)}`)
      }
    }
    const db = this.#open()
    try {
      const fresh = queries.map((text) => db.prepare(text).raw().all() as unknown[][])
      asked.push(['a fresh connection', 'ours', fresh])
      const answers = toAnswers(asked[0]![2])
      for (const [name, kind, other] of asked.slice(1))
        this.#compareAnswers(name, kind, answers, other)
      const verdict = compare(answers, this.#journals, this.#counterBase, Date.now())
      for (const finding of verdict.findings) this.#attribute(finding)
      this.#comparisons++
      this.#acknowledged += verdict.acknowledged
      this.#undecided += verdict.undecided
      const isSound = !this.#findings.slice(found).some(({ what }) => isDamage(what))
      if (isSound) this.#settle(db, answers, verdict.states)
      return isSound
    } finally {
      db.close()
    }
  }

  #try<T>(who: string, ask: () => T): T | null {
    try {
      return ask()
    } catch (error) {
      this.#attribute({
        what: 'damage',
        who: 0,
        kind: 'all',
        time: Date.now(),
        text: `${who}: ${String(error)}`,
      })
      return null
    }
  }

  /** Everybody gives the same answers. */
  #compareAnswers(
    name: string,
    kind: 'ours' | 'turso' | 'all',
    answers: Answers,
    other: unknown[][][],
  ): void {
    const names = Object.keys(questions) as (keyof Answers)[]
    for (const [i, question] of names.entries()) {
      const [one, two] = [JSON.stringify(answers[question]), JSON.stringify(other[i])]
      if (one === two) continue
      const text = `${name} answers ${question} with ${two.slice(0, 300)} and not ${one.slice(0, 300)}`
      this.#attribute({ what: 'read', who: 0, kind, time: Date.now(), text })
    }
  }

  /** What they did that the attribution wants to know. */
  #takeRemarks(journal: Journal): void {
    journal.readOn()
    const { who, kind } = journal
    const share = this.#shareOf(who)
    for (const { time, text } of journal.remarks.splice(0)) {
      const [what = '', ...words] = text.split(' ')
      if (what === 'checkpointing') {
        // Until it is known to have ended; a process that was killed in it has no end.
        this.#events.push({ time: time + 1000, since: time, what: 'checkpoint', kind, who })
      } else if (what === 'checkpoint') {
        const begun = this.#events.findLastIndex(
          (event) => event.who === who && event.what === 'checkpoint',
        )
        const since = time - Number(words.at(-1))
        if (begun >= 0) this.#events[begun] = { time, since, what: 'checkpoint', kind, who }
      } else if (what === 'spilled' || what === 'reopened') {
        this.#events.push({ time, what, kind, who })
      } else if (/stale|SNAPSHOT/i.test(text)) share.stale++
      else if (/locked|busy/i.test(text)) share.busy++
    }
  }

  #shareOf(who: number): Share {
    return this.#places.find(({ share }) => share.journals.has(who))!.share
  }

  #takeJournal(journal: Journal): void {
    const { who, kind } = journal
    for (const { time, text } of journal.faults) {
      const what = text.includes('in the transaction since') ? 'read' : 'error'
      this.#attribute({ what, who, kind, time, text })
    }
    journal.faults = []
    const share = this.#shareOf(who)
    for (const { acknowledged, waitedMs, commitMs, time } of journal.transactions) {
      if (!acknowledged) continue
      share.commits++
      // Its own standing still is nobody's fault.
      const own = journal.stoppedMs(time, waitedMs + commitMs + 1000)
      share.worstWaitMs = Math.max(share.worstWaitMs, waitedMs - own)
      share.worstCommitMs = Math.max(share.worstCommitMs, commitMs - own)
    }
  }

  /** What is verified becomes the base; what the dead have left is cleared away. */
  #settle(db: Database, answers: Answers, states: ReadonlyMap<Journal, State>): void {
    const living = new Set(this.#living().map(({ journal }) => journal))
    db.exec('BEGIN IMMEDIATE')
    for (const [journal, state] of states) {
      journal.settle(state)
      if (living.has(journal)) continue
      for (const table of state.tables) db.exec(`DROP TABLE ${table}`)
      db.prepare('DELETE FROM entry WHERE who = ?').run(journal.who)
      db.prepare('DELETE FROM ledger WHERE who = ?').run(journal.who)
    }
    db.exec(
      'DELETE FROM journal; UPDATE ledger SET commits = 0, increments = 0; UPDATE counter SET base = value',
    )
    db.exec('COMMIT')
    this.#journals = this.#journals.filter((journal) => living.has(journal))
    this.#counterBase = answers.counters.map(([, value]) => Number(value))
  }

  /** After damage that has a known cause: the old files are kept, and everybody starts on a new database. */
  async #beginAnew(): Promise<void> {
    for (const actor of this.#living()) await this.#end(actor)
    await this.#sampler.stop()
    this.#generation++
    this.#journals = []
    this.#counterBase = this.#counterBase.map(() => 0)
    await this.#create()
  }

  #find(what: Finding['what'], actor: Actor, text: string): void {
    const { who, kind } = actor.role
    this.#attribute({ what, who, kind, time: Date.now(), text })
  }

  /** What no known weakness explains; and any loss while the peers behave. */
  #isFailure({ what, cause }: Attributed): boolean {
    return cause === null || (isDamage(what) && !this.#options.hostile)
  }

  #attribute(finding: Finding): void {
    const attributed = attribute(finding, {
      samples: () => readSamples(this.#samples),
      events: this.#events,
    })
    this.#findings.push(attributed)
    const { what, who, kind, time, text, cause, evidence } = attributed
    const line = `FOUND ${what} by ${kind} ${who} at ${time.toFixed(1)}: ${text} [${cause ?? 'unexplained'}: ${evidence}]`
    this.#timeline.note(line)
    if (!this.#isFailure(attributed)) return
    this.#options.progress?.(line)
    if (!this.#isOver) this.#keepEvidence()
    this.#isOver = true
  }

  /** The first failure ends the run; the files are kept as they are found. */
  #keepEvidence(): void {
    const { folder } = this.#options
    copyDatabase(this.#path, join(folder, 'failed'))
    writeFileSync(join(folder, 'state.txt'), describeState(this.#path))
  }
}

function isDamage(what: Finding['what']): boolean {
  return what === 'lost' || what === 'foreign' || what === 'half' || what === 'damage'
}
