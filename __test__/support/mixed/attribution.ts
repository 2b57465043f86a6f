/**
 * Which known weakness of a peer explains a finding. It takes evidence: what the sampler saw of the authority, what the peers were doing, what
 * they printed. Nothing is explained by default, and nothing that a process of ours did wrong is explained by a peer's
 * presence. (Numbers are those of TSHM v1 §7.)
 *
 * | cause | finding | evidence |
 * |---|---|---|
 * | 7.1 | a reader of the peer's saw two states | it began when every frame was copied back, so that it registered nowhere, and meanwhile frames were copied or the log was restarted |
 * | 7.3 | commits lost | `max_frame` became smaller within a generation: a joiner of the peer's installed what it had read before |
 * | 7.4 | a reader of the peer's saw two states | a peer rolled a spilled transaction back meanwhile |
 * | 7.6 | a peer aborts | it says so in its last words, after a writer was killed |
 * | 7.7 | a peer aborts | its last words: a reader slot that is no longer its own |
 * | 7.8 | a reader of the peer's saw two states | a peer's checkpoint restarted the log meanwhile |
 * | 7.9 | commits lost | a peer's checkpoint was at work when the log was restarted |
 * | 7.15, 7.21 | a peer cannot open | its words |
 *
 * Once the authority went back, whatever else is found in the same database is put down to that.
 */
import type { Finding } from './content.ts'
import type { Sample, Samples } from './sidecar.ts'

export interface Attributed extends Finding {
  /** A number of TSHM v1 §7; null: nothing known explains it. */
  readonly cause: string | null
  readonly evidence: string
}

/** What was done to a process, or what it did. */
export interface Event {
  readonly time: number
  readonly what: 'start' | 'kill' | 'reopened' | 'checkpoint' | 'spilled'
  readonly kind: 'ours' | 'turso'
  readonly who: number
  /** When it began, where that is not the same. */
  readonly since?: number
}

export interface Evidence {
  /** Read only when needed. */
  samples(): Samples
  readonly events: readonly Event[]
}

interface Cause {
  readonly cause: string
  readonly evidence: string
}

/** How far the clocks and the sampler may be off, in ms. */
const slack = 15

export function attribute(finding: Finding, evidence: Evidence): Attributed {
  const found = explain(finding, evidence)
  return {
    ...finding,
    cause: found?.cause ?? null,
    evidence: found?.evidence ?? 'nothing that is known',
  }
}

function explain(finding: Finding, evidence: Evidence): Cause | null {
  const { what, kind, text, time } = finding
  if (what === 'lost') return explainLoss(time, evidence)
  if (what === 'foreign' || what === 'half' || what === 'damage') return explainDamage(evidence)
  if (kind !== 'turso') return null
  if (what === 'crash') return explainWords(text) ?? explainAbort(text, time, evidence)
  const since = Number(/in the transaction since ([\d.]+)/.exec(text)?.[1] ?? time - 1000)
  if (what === 'read') return explainRead(since, time, evidence)
  if (what === 'error') return explainWords(text) ?? explainRead(since, time, evidence)
  return null
}

/** What a peer says of itself when it gives up. */
function explainWords(text: string): Cause | null {
  const known: readonly [RegExp, string][] = [
    [/without experimental multiprocess WAL in another process/, '7.15'],
    [/unexpected size/, '7.21'],
    [/reader slot|slot owner|reader_owner/i, '7.7'],
  ]
  for (const [words, cause] of known) {
    const match = words.exec(text)
    if (match) return { cause, evidence: `it says “${match[0]}”` }
  }
  return null
}

function explainAbort(text: string, time: number, { events }: Evidence): Cause | null {
  if (!/frame[ _]index|append_frame|frame_id|monoton/i.test(text)) return null
  const left = events.findLast(
    (event) => (event.what === 'kill' || event.what === 'spilled') && event.time <= time + slack,
  )
  if (left === undefined) return null
  return {
    cause: '7.6',
    evidence: `${left.kind} ${left.who} had been ${left.what === 'kill' ? 'killed' : 'spilling'} ${Math.round(time - left.time)} ms before`,
  }
}

function explainLoss(time: number, { samples, events }: Evidence): Cause | null {
  const { all, notable } = samples()
  const back = notable.find(
    (one) => one.text.startsWith('maxFrame') && one.time >= time - slack && one.time <= time + 5000,
  )
  if (back) {
    const joined = events.findLast(
      ({ what, kind, time }) =>
        (what === 'start' || what === 'reopened') && kind === 'turso' && time <= back.time + slack,
    )
    const who = joined
      ? `, ${Math.round(back.time - joined.time)} ms after turso ${joined.who} joined`
      : ''
    const next = all.find((sample) => sample.time > back.time && sample.maxFrame > 0)
    const then = next ? `; then ${next.maxFrame} frames, written by pid ${next.writerPid}` : ''
    return {
      cause: '7.3',
      evidence: `${back.text} ${Math.round(back.time - time)} ms after the commit${who}${then}`,
    }
  }
  for (const restart of restarts(all, time - slack, time + 5000)) {
    const checkpoint = peerCheckpointAt(restart, events)
    if (checkpoint === undefined) continue
    return {
      cause: '7.9',
      evidence: `the log was restarted ${Math.round(restart - time)} ms after the commit, in a checkpoint of turso ${checkpoint.who} that had begun ${Math.round(restart - checkpoint.since!)} ms before`,
    }
  }
  return null
}

/** Parts and damage follow from what happened to the authority before. */
function explainDamage({ samples, events }: Evidence): Cause | null {
  const { all, notable } = samples()
  const back = notable.find((one) => one.text.startsWith('maxFrame'))
  if (back) return { cause: '7.3', evidence: `${back.text} at ${back.time.toFixed(1)}` }
  // A checkpoint that acts on a snapshot of an older generation: the log was restarted since it began.
  for (const event of events) {
    if (event.what !== 'checkpoint' || event.kind !== 'turso' || event.since === undefined) continue
    const [first] = restarts(all, event.since - slack, event.time - 1)
    if (first === undefined) continue
    return {
      cause: '7.9',
      evidence: `the log was restarted at ${first.toFixed(1)}, during a checkpoint of turso ${event.who}`,
    }
  }
  return null
}

function explainRead(since: number, time: number, { samples, events }: Evidence): Cause | null {
  const { all, notable } = samples()
  const back = notable.find(
    (one) => one.text.startsWith('maxFrame') && one.time >= since - slack && one.time <= time,
  )
  if (back)
    return {
      cause: '7.3',
      evidence: `${back.text} ${Math.round(back.time - since)} ms into the transaction`,
    }
  const before = all.findLast((sample) => sample.time <= since)
  const around = all.filter((sample) => Math.abs(sample.time - since) <= slack)
  const during = all.filter((sample) => sample.time >= since - slack && sample.time <= time + slack)
  const isHidden = [...(before ? [before] : []), ...around].some(
    ({ maxFrame, backfilled }) => maxFrame === backfilled,
  )
  const [restart] = restarts(all, since - slack, time)
  const isCopied = during.some(
    (sample, i) => i > 0 && sample.backfilled > during[i - 1]!.backfilled,
  )
  if (isHidden && (restart !== undefined || isCopied)) {
    return {
      cause: '7.1',
      evidence: `it began with every frame copied back; then ${restart === undefined ? 'frames were copied' : 'the log was restarted'}`,
    }
  }
  const checkpoint = restart === undefined ? undefined : peerCheckpointAt(restart, events)
  if (checkpoint)
    return {
      cause: '7.8',
      evidence: `a checkpoint of turso ${checkpoint.who} restarted the log meanwhile`,
    }
  const spill = events.find(
    (event) =>
      event.what === 'spilled' &&
      event.kind === 'turso' &&
      event.time >= since - slack &&
      (event.since ?? event.time) <= time,
  )
  if (spill)
    return {
      cause: '7.4',
      evidence: `turso ${spill.who} rolled a spilled transaction back meanwhile`,
    }
  return null
}

/** When a new generation was first seen. */
function restarts(all: readonly Sample[], from: number, to: number): number[] {
  const found: number[] = []
  for (const [i, sample] of all.entries()) {
    const before = all[i - 1]
    if (before && sample.time >= from && sample.time <= to && sample.salt1 !== before.salt1)
      found.push(sample.time)
  }
  return found
}

function peerCheckpointAt(time: number, events: readonly Event[]): Event | undefined {
  return events.find(
    ({ what, kind, since, time: end }) =>
      what === 'checkpoint' && kind === 'turso' && since! <= time + slack && time <= end + slack,
  )
}
