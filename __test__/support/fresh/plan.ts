/**
 * Draws the steps of a run. Each run has a mood of its own: some do nothing but checkpoint and write, some have transactions open all the
 * time, some let most connections sleep. What all runs do equally, no run does often enough.
 */
import type { Random } from '../random.ts'
import type { Model } from './model.ts'
import type { CheckpointName, Outage, ReadKind, Step, WriteKind } from './step.ts'

/** How a connection is set up. */
export interface Settings {
  readonly cacheSize: number
  readonly synchronous: number
  readonly autocheckpoint: number
  readonly budget: number
  readonly sizeLimit: number
}

/** Everything about a run but its steps. */
export interface Scene {
  readonly pageSize: number
  readonly connections: readonly Settings[]
}

/** What a form of the test can do to its connections. */
export interface Abilities {
  readonly kills: boolean
  readonly faults: boolean
  readonly outages: readonly Outage[]
}

const pagesInCache = [5, 5, 10, 15, 40, 2000] as const
const checkpointFrames = [0, 1, 1, 2, 4, 10, 50, 1000] as const
const budgets = [-1, -1, 0, 1, 8, 100] as const
const limits = [-1, -1, 0, 3000, 20_000] as const

function drawSettings(random: Random): Settings {
  return {
    cacheSize: random.pick(pagesInCache),
    synchronous: random.pick([0, 0, 0, 1, 2]),
    autocheckpoint: random.pick(checkpointFrames),
    budget: random.pick(budgets),
    sizeLimit: random.pick(limits),
  }
}

export function drawScene(random: Random): Scene {
  const count = random.pick([2, 3, 3, 3, 4, 6])
  return {
    pageSize: random.pick([512, 512, 1024, 4096, 4096, 16_384]),
    connections: Array.from({ length: count }, () => drawSettings(random)),
  }
}

export function pragmasOf(settings: Settings): string[] {
  return [
    `cache_size = ${settings.cacheSize}`,
    `synchronous = ${settings.synchronous}`,
    `wal_autocheckpoint = ${settings.autocheckpoint}`,
    `wal_budget = ${settings.budget}`,
    `journal_size_limit = ${settings.sizeLimit}`,
  ]
}

type Choice<T> = readonly [weight: number, value: T]

const reads: readonly Choice<ReadKind>[] = [
  [6, 'total'],
  [6, 'row'],
  [4, 'scan'],
  [3, 'last'],
  [4, 'index'],
  [3, 'count'],
  [2, 'schema'],
  [2, 'mark'],
  [2, 'moved'],
  [1, 'check'],
]
const writes: readonly Choice<WriteKind>[] = [
  [12, 'insert'],
  [4, 'replace'],
  [6, 'update'],
  [3, 'range'],
  [2, 'shift'],
  [4, 'delete'],
  [2, 'clear'],
  [2, 'copy'],
  [1, 'mark'],
  [1, 'table'],
  [1, 'index'],
]

export class Plan {
  readonly #random: Random
  readonly #model: Model
  readonly #abilities: Abilities
  /** Until which step each connection sleeps. */
  readonly #sleeps: number[]
  readonly #keys: number
  readonly #sizes: readonly number[]
  readonly #sleepiness: number
  readonly #span: number
  readonly #reads: readonly Choice<ReadKind>[]
  readonly #writes: readonly Choice<WriteKind>[]
  readonly #idle: readonly Choice<() => Step>[]
  readonly #inside: readonly Choice<() => Step>[]
  readonly #iterating: readonly Choice<() => Step>[]
  readonly #faultiness: number
  readonly #isEager: boolean
  #who = 0
  #count = 0

  /** @param eager transactions read as soon as they have begun; by default those of some runs do */
  constructor(random: Random, model: Model, abilities: Abilities, eager?: boolean) {
    this.#random = random
    const mood = random.pick([true, false])
    this.#isEager = eager ?? mood
    this.#model = model
    this.#abilities = abilities
    this.#sleeps = model.connections.map(() => 0)
    this.#keys = random.pick([3, 20, 80, 200])
    this.#sizes = random.pick([[0], [10, 40], [30, 200], [30, 900], [30, 900, 5000], [900, 3000]])
    this.#sleepiness = random.pick([0, 0.05, 0.2, 0.5])
    this.#span = random.pick([3, 10, 60])
    this.#reads = this.#moody(reads)
    this.#writes = this.#moody(writes)
    // Faults are for runs of their own: who has met one is opened anew, and has forgotten what it believed.
    this.#faultiness = random.pick([0, 0, 0.1, 0.3])
    const { kills } = abilities
    this.#idle = this.#moody([
      [10, this.#read],
      [12, this.#write],
      [6, this.#begin],
      [2, this.#savepoint],
      [1, this.#iterate],
      [8, this.#checkpoint],
      [1, this.#compile],
      [1, this.#set],
      [1, () => ({ who: this.#who, do: 'reopen' })],
      [kills ? 0.15 : 0, () => ({ who: this.#who, do: 'kill' })],
    ])
    this.#inside = this.#moody([
      [8, this.#read],
      [8, this.#write],
      [2, this.#savepoint],
      [1, () => ({ who: this.#who, do: 'release', name: this.#name() })],
      [1, () => ({ who: this.#who, do: 'back', name: this.#name() })],
      [1, this.#iterate],
      [1, this.#compile],
      [4, () => ({ who: this.#who, do: 'commit' })],
      [2, () => ({ who: this.#who, do: 'rollback' })],
      [kills ? 0.15 : 0, () => ({ who: this.#who, do: 'kill' })],
    ])
    this.#iterating = [
      [3, () => ({ who: this.#who, do: 'next', count: 1 + random.below(10) })],
      [1, () => ({ who: this.#who, do: 'leave' })],
      [1, this.#read],
      [kills ? 0.05 : 0, () => ({ who: this.#who, do: 'kill' })],
    ]
  }

  next(): Step {
    const begun = this.#model.connections.findIndex(
      (one) => one.isExplicit && one.snapshot === null,
    )
    if (this.#isEager && begun >= 0) this.#who = begun
    else this.#wake()
    const connection = this.#model.connections[this.#who]!
    if (this.#isEager && connection.isExplicit && connection.snapshot === null)
      return { who: this.#who, do: 'read', what: 'total', a: 0 }
    if (connection.iterator !== null) return this.#draw(this.#iterating)()
    const step = this.#draw(connection.isExplicit ? this.#inside : this.#idle)()
    return connection.isExplicit ? step : this.#withTrouble(step)
  }

  /** Chooses who is next, and lets others sleep. */
  #wake(): void {
    const random = this.#random
    this.#count++
    if (random.next() < this.#sleepiness) {
      this.#sleeps[random.below(this.#sleeps.length)] = this.#count + random.below(this.#span)
    }
    const awake = this.#sleeps.flatMap((until, who) => (until <= this.#count ? [who] : []))
    this.#who = awake.length > 0 ? random.pick(awake) : random.below(this.#sleeps.length)
  }

  /** What begins a transaction may meet a fault, or find its files elsewhere. */
  #withTrouble(step: Step): Step {
    const random = this.#random
    const { faults, outages } = this.#abilities
    const begins = /^(?:read|write|begin|iterate|checkpoint)$/.test(step.do)
    if (!begins || random.next() >= this.#faultiness) return step
    if (outages.length > 0 && random.next() < 0.5) return { ...step, outage: random.pick(outages) }
    return faults ? { ...step, fault: 1 + random.below(random.pick([2, 6])) } : step
  }

  /** Weights that differ from run to run; some are none at all. */
  #moody<T>(choices: readonly Choice<T>[]): Choice<T>[] {
    const random = this.#random
    const moods = [0, 0.3, 1, 1, 4]
    const weighed = choices.map(([weight, value]): Choice<T> => [
      weight * random.pick(moods),
      value,
    ])
    return weighed.some(([weight]) => weight > 0) ? weighed : [...choices]
  }

  #draw<T>(choices: readonly Choice<T>[]): T {
    let at = this.#random.next() * choices.reduce((sum, [weight]) => sum + weight, 0)
    return (choices.find(([weight]) => (at -= weight) < 0) ?? choices[0]!)[1]
  }

  readonly #read = (): Step => {
    const what = this.#draw(this.#reads)
    return { who: this.#who, do: 'read', what, a: what === 'row' ? this.#key() : this.#value() }
  }

  readonly #write = (): Step => {
    const random = this.#random
    let what = this.#draw(this.#writes)
    const { size } = this.#model.view(this.#who).rows
    if (size > 150 && (what === 'insert' || what === 'copy')) what = 'clear'
    const b = random.below(what === 'insert' ? 8 : random.pick([2, 8, 40]))
    return {
      who: this.#who,
      do: 'write',
      what,
      a: what === 'insert' && random.next() < 0.8 ? this.#freeKey() : this.#key(),
      b,
      size: random.below(1 + random.pick(this.#sizes)),
    }
  }

  readonly #begin = (): Step => {
    const mode = this.#random.pick(['DEFERRED', 'DEFERRED', 'IMMEDIATE', 'EXCLUSIVE'] as const)
    return { who: this.#who, do: 'begin', mode }
  }

  readonly #savepoint = (): Step => ({ who: this.#who, do: 'savepoint', name: this.#name() })

  readonly #iterate = (): Step => ({ who: this.#who, do: 'iterate' })

  readonly #compile = (): Step => ({
    who: this.#who,
    do: 'compile',
    number: this.#random.below(1_000_000),
  })

  readonly #checkpoint = (): Step => {
    const modes: CheckpointName[] = ['PASSIVE', 'PASSIVE', 'FULL', 'RESTART', 'TRUNCATE', 'NOOP']
    return { who: this.#who, do: 'checkpoint', mode: this.#random.pick(modes) }
  }

  readonly #set = (): Step => {
    const random = this.#random
    const [name, values] = random.pick([
      ['cache_size', pagesInCache],
      ['synchronous', [0, 1, 2]],
      ['wal_autocheckpoint', checkpointFrames],
      ['wal_budget', budgets],
      ['journal_size_limit', limits],
    ] as const)
    return { who: this.#who, do: 'set', name, value: random.pick(values) }
  }

  #name(): string {
    return this.#random.pick(['p', 'q'])
  }

  #key(): number {
    return 1 + this.#random.below(this.#keys)
  }

  #freeKey(): number {
    const { rows } = this.#model.view(this.#who)
    let k = this.#key()
    while (rows.has(k)) k++
    return k
  }

  #value(): number {
    return this.#random.below(8)
  }
}
