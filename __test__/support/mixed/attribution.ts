/**
 * Which known weakness of a peer explains a finding. It takes evidence: what the sampler saw of the authority, what the peers were doing, what
 * they printed. Nothing is explained by default, and nothing that a process of ours did wrong is explained by a peer's
 * presence. (Numbers are those of TSHM v1 §7.)
 *
 * | cause | finding | evidence |
 * |---|---|---|
 * | 7.1 | a reader of the peer's saw two states | it began when every frame was copied back, so that it registered nowhere, and meanwhile frames were copied or the log was restarted |
 * | 7.3 | commits lost | a joiner of the peer's installed what it had read before: `max_frame` became smaller within a generation, or, between two samples, around the commit, publications vanished when `nbackfills` did |
 * | 7.4 | a reader of the peer's saw two states | a peer rolled a spilled transaction back meanwhile |
 * | 7.6 | a peer aborts | it says so in its last words, after a writer was killed |
 * | 7.7 | a peer aborts | its last words: a reader slot that is no longer its own |
 * | 7.8 | a reader of the peer's saw two states | a peer's checkpoint restarted the log meanwhile |
 * | 7.9 | commits lost | a peer's checkpoint was at work when the log was restarted |
 * | 7.15, 7.21 | a peer cannot open | its words |
 *
 * Of several causes of a loss the first in time counts. Once the authority went back, whatever else is found in the same database is put down to
 * that: damage, errors of peers, and of ours what follows from lost commits, such as a table that is not there. That ours calls the file
 * damaged, or that a transaction of ours saw two states, is never explained.
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
  if (kind === 'ours') return explainOurs(finding, evidence)
  if (kind !== 'turso') return null
  if (what === 'crash') return explainWords(text) ?? explainAbort(text, time, evidence)
  const since = Number(/in the transaction since ([\d.]+)/.exec(text)?.[1] ?? time - 1000)
  if (what === 'read') return explainRead(since, time, evidence)
  if (what === 'error') return explainWords(text) ?? explainRead(since, time, evidence)
  return null
}

/** A time at which the authority went back, and the last moment at which that was still to come. */
interface Rollback {
  readonly since: number
  readonly time: number
  readonly isHidden: boolean
  readonly text: string
}

/**
 * Where the authority went back. A repair that undoes what was published since the last sample shows only in that it takes `nbackfills`
 * to zero, while the sequence number has moved further than the commits that are still there.
 */
function rollbacks({ samples, events }: Evidence): Rollback[] {
  const { all, notable } = samples()
  const found = notable
    .filter(({ text }) => text.startsWith('maxFrame'))
    .map(({ time, text }): Rollback => ({ since: time, time, isHidden: false, text }))
  for (const [i, after] of all.entries()) {
    const before = all[i - 1]
    if (!before || before.salt1 !== after.salt1 || after.backfilled >= before.backfilled) continue
    if (after.maxFrame < before.maxFrame || joinedBefore(after.time, events) === undefined) continue
    const publications = (after.sequence - before.sequence) / 2
    const vanished = publications - 1 - Math.max(0, after.commits - before.commits)
    if (vanished <= 0) continue
    const text = `backfilled ${before.backfilled} -> ${after.backfilled}, and ${vanished} of ${publications} publications gone`
    found.push({ since: before.time, time: after.time, isHidden: true, text })
  }
  return found.sort((one, other) => one.time - other.time)
}

/** The process of Turso that was the last to join by then. */
function joinedBefore(time: number, events: readonly Event[]): Event | undefined {
  return events.findLast(
    (event) =>
      (event.what === 'start' || event.what === 'reopened') &&
      event.kind === 'turso' &&
      event.time <= time + slack,
  )
}

/**
 * What follows for ours when commits are no more: errors of SQL, and a ledger that is behind the rows, since the author of lost rows
 * subtracts them when he means to delete them.
 */
function explainOurs({ what, text, time }: Finding, evidence: Evidence): Cause | null {
  const ledger = /^(?:ledger and rows|rows of \d+): (\d+) and (\d+),/.exec(text)
  const isFollowing =
    what === 'error'
      ? /SQLITE_(ERROR|CONSTRAINT|PROTOCOL|BUSY_SNAPSHOT)/.test(text)
      : what === 'read' && ledger !== null && Number(ledger[1]) < Number(ledger[2])
  return isFollowing ? explainByRollback(time, evidence) : null
}

function explainByRollback(time: number, evidence: Evidence): Cause | null {
  const back = rollbacks(evidence).findLast((one) => one.time <= time + slack)
  if (back === undefined) return null
  return { cause: '7.3', evidence: `${back.text} ${Math.round(time - back.time)} ms before` }
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

function explainLoss(time: number, evidence: Evidence): Cause | null {
  const { samples, events } = evidence
  const { all } = samples()
  const back = rollbacks(evidence).find((one) =>
    one.isHidden
      ? time >= one.since - slack && time <= one.time + slack
      : one.time >= time - slack && one.time <= time + 5000,
  )
  for (const restart of restarts(all, time - slack, time + 5000)) {
    if (back && back.time <= restart) break
    const checkpoint = peerCheckpointAt(restart, events)
    if (checkpoint === undefined) continue
    return {
      cause: '7.9',
      evidence: `the log was restarted ${Math.round(restart - time)} ms after the commit, in a checkpoint of turso ${checkpoint.who} that had begun ${Math.round(restart - checkpoint.since!)} ms before`,
    }
  }
  if (back === undefined) return null
  const joined = joinedBefore(back.time, events)
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

/** Parts and damage follow from what happened to the authority before. */
function explainDamage(evidence: Evidence): Cause | null {
  const [back] = rollbacks(evidence)
  if (back) return { cause: '7.3', evidence: `${back.text} at ${back.time.toFixed(1)}` }
  const { samples, events } = evidence
  const { all } = samples()
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

function explainRead(since: number, time: number, evidence: Evidence): Cause | null {
  const { samples, events } = evidence
  const { all } = samples()
  const back = rollbacks(evidence).find((one) => one.time >= since - slack && one.time <= time)
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
      (event.since ?? event.time - slack) <= time,
  )
  if (spill)
    return {
      cause: '7.4',
      evidence: `turso ${spill.who} rolled a spilled transaction back meanwhile`,
    }
  return explainByRollback(time, evidence)
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
