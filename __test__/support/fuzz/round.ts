/**
 * One round of the differential test of writes: the same statements on ChorusDB and on SQLite, each answer compared, then the content, and
 * then SQLite's opinion of our file.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../random.ts'
import { alterSteps } from './alter.ts'
import { foreignKeyRound } from './foreign-keys.ts'
import type { Tally } from './kinds.ts'
import { reduceStatement, signatureOf } from './reduce.ts'
import { comparable } from './query/comparison.ts'
import { querySteps } from './query/round.ts'
import { randomShape } from './shape.ts'
import type { Shape } from './shape.ts'
import { connect, openOurs, openSqlite, setup } from './sides.ts'
import type { Side } from './sides.ts'
import { randomStatement } from './statement.ts'
import { triggerStatement } from './trigger.ts'

/** SQL, or what is done to both connections: `compare` their content, or close and open them again. */
export type Step = string
export const compareStep: Step = '-- compare'
export const reopenStep: Step = '-- reopen'

export interface Round {
  readonly shape: Shape
  readonly steps: readonly Step[]
}

export interface Difference {
  readonly step: number
  readonly text: string
  /** Of which kind it is: what it is shortened to is of the same. */
  readonly signature: string
}

/** What a round is about. */
export type Subject = 'writes' | 'queries'

/** What a round is made of. */
export interface RoundId {
  readonly seed: number
  readonly subject: Subject
}

export function makeRound(seed: number, subject: Subject = 'writes'): Round {
  const random = createRandom(subject === 'writes' ? 0 : 3, seed)
  if (subject === 'writes' && seed % 4 === 3) return foreignKeyRound(random)
  const shape = randomShape(random)
  if (subject === 'queries')
    return {
      shape: { ...shape, tables: [] },
      steps: querySteps(random, shape.encoding !== 'UTF-8'),
    }
  const steps: Step[] = shape.tables.flatMap((table) => [table.create, ...table.indexes])
  const triggers = random.below(2) * random.below(5)
  for (let i = 0; i < triggers; i++) steps.push(triggerStatement(random, shape))
  const count = 20 + random.below(100)
  for (let i = 0; i < count; i++) {
    const kind = random.below(40)
    if (kind === 0) steps.push(reopenStep)
    else if (kind < 3) steps.push(compareStep)
    else if (kind === 3) steps.push(...alterSteps(random, shape))
    else steps.push(randomStatement(random, shape))
  }
  return { shape, steps }
}

const tablesOf =
  "SELECT name FROM sqlite_schema WHERE type = 'table' UNION ALL SELECT 'temp.' || name FROM temp.sqlite_schema WHERE type = 'table' ORDER BY 1"

/** A name that may be a keyword. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Terms that order a WITHOUT ROWID table; null: it has rowids. */
function keyOf(side: Side, table: string): string | null {
  const isKeyed = side
    .rows(`PRAGMA table_list(${quoted(table)})`)
    .some((row) => /\|i1\|i\d$/.test(row))
  if (!isKeyed) return null
  const columns = side.rows(`PRAGMA table_info(${quoted(table)})`).map((row) => row.split('|'))
  const key = columns.filter((fields) => fields.at(-1) !== 'i0')
  return key
    .map((fields) => `${quoted(JSON.parse(fields[1]!.slice(1)) as string)} COLLATE BINARY`)
    .join(', ')
}

function contentOf(side: Side): string {
  const tables = side.rows(tablesOf).map((row) => JSON.parse(row.slice(1)) as string)
  const lines = side.rows('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid')
  for (const table of tables) {
    const isTemporary = table.startsWith('temp.')
    const name = isTemporary ? table.slice(5) : table
    const key = keyOf(side, name)
    const from = isTemporary ? `temp.${quoted(name)}` : quoted(name)
    const sql = table.endsWith('sqlite_stat1')
      ? // The order of its rows is not SQLite's. (COMPATIBILITY)
        `SELECT * FROM ${from} ORDER BY tbl, idx`
      : key === null
        ? `SELECT rowid, * FROM ${from} ORDER BY rowid`
        : `SELECT * FROM ${from} ORDER BY ${key}`
    lines.push(table, ...side.rows(sql))
  }
  return lines.join('\n')
}

/** What a statement answers differs in ways that COMPATIBILITY lists, and both sides must start over from the last commit. */
export function isKeptApart(outcome: string): boolean {
  return /^SQLITE_(MISMATCH|CONSTRAINT_DATATYPE)/.test(outcome)
}

function isTooBig(outcome: string): boolean {
  return outcome.startsWith('SQLITE_TOOBIG')
}

/** A database that is not there yet: what an earlier round has left is removed. */
function freshPath(folder: string, name: string): string {
  const path = join(folder, name)
  for (const suffix of ['', '-wal', '-shm', '-tshm', '-tproc']) {
    rmSync(path + suffix, { force: true })
  }
  return path
}

/** Begins a round on one side. */
export function prepare(side: Side, shape: Shape): void {
  for (const sql of [...setup(shape), ...connect(shape)]) side.run(sql)
}

/** @returns the first difference; null: there is none. What both sides agree about is counted. */
export function play(
  round: Round,
  folder: string,
  tally?: Tally,
  onDifference?: (sides: readonly Side[], step: Step) => void,
): Difference | null {
  const paths = [freshPath(folder, 'ours.db'), freshPath(folder, 'theirs.db')] as const
  const open = (): [Side, Side] => [openOurs(paths[0], round.shape), openSqlite(paths[1])]
  let sides = open()
  const both = (sql: string): string[] => sides.map((side) => side.run(sql))
  try {
    for (const side of sides) prepare(side, round.shape)
    for (const [index, step] of round.steps.entries()) {
      if (step === reopenStep) {
        for (const side of sides) side.close()
        sides = open()
        for (const sql of connect(round.shape)) both(sql)
      } else if (step === compareStep) {
        const [ours, theirs] = sides.map(contentOf)
        if (ours !== theirs) {
          return unlessDamaged(difference(index, step, ours!, theirs!), sides, tally)
        }
      } else {
        const answers = both(step)
        const [ours, theirs] = comparable(step, answers[0]!, answers[1]!)
        if (ours !== theirs) {
          // Values of hundreds of megabytes, which each side measures where it makes them.
          if (isTooBig(ours) || isTooBig(theirs)) return null
          onDifference?.(sides, step)
          return unlessDamaged(difference(index, step, ours, theirs), sides, tally)
        }
        tally?.add(step, theirs.startsWith('SQLITE_'))
        if (isKeptApart(theirs) && sides[1].inTransaction) both('ROLLBACK')
        const [inOurs, inTheirs] = sides.map((side) => String(side.inTransaction))
        if (inOurs !== inTheirs)
          return difference(index, `${step}: in a transaction`, inOurs!, inTheirs!)
      }
    }
    return verdict(round, sides, paths, tally)
  } finally {
    for (const side of sides) side.close()
  }
}

/**
 * Ours runs in a process of its own and is killed after a random time. What it had acknowledged must be there afterwards, the step at
 * which it died whole or not at all, and nothing else.
 */
export function playKilled(seed: number, folder: string): Difference | null {
  const random = createRandom(1, seed)
  const round = makeRound(seed)
  const ours = freshPath(folder, 'ours.db')
  const progress = join(folder, 'progress')
  rmSync(progress, { force: true })
  const victim = fileURLToPath(new URL('victim.ts', import.meta.url))
  const timeout = 100 + random.below(250)
  spawnSync(process.execPath, ['--no-warnings', victim, String(seed), ours, progress], {
    timeout,
    killSignal: 'SIGKILL',
  })
  const done = existsSync(progress) ? statSync(progress).size : 0
  const reader = openOurs(ours, round.shape)
  const found = contentOf(reader)
  reader.close()
  const allowed = committedContents(round, folder, done)
  if (!allowed.includes(found)) {
    return difference(done, `content after a kill at step ${done}`, found, allowed[0]!)
  }
  const opinion = openSqlite(ours)
  const check = opinion.rows('PRAGMA integrity_check').join('\n')
  opinion.close()
  return check === 't"ok"' ? null : difference(done, 'integrity_check after a kill', check, 't"ok"')
}

/** What SQLite has committed after `done` steps, and after one more. */
function committedContents(round: Round, folder: string, done: number): string[] {
  const contents: string[] = []
  for (const count of [done, done + 1]) {
    const path = freshPath(folder, 'theirs.db')
    const side = openSqlite(path)
    prepare(side, round.shape)
    runSteps(side, round.steps.slice(0, count), () => {})
    side.close()
    const reader = openSqlite(path)
    contents.push(contentOf(reader))
    reader.close()
  }
  return contents
}

/** One side alone. Closing and opening again is left out: it ends a transaction, and temporary tables. */
export function runSteps(side: Side, steps: readonly Step[], after: () => void): void {
  for (const step of steps) {
    if (step !== reopenStep && step !== compareStep) {
      if (isKeptApart(side.run(step)) && side.inTransaction) side.run('ROLLBACK')
    }
    after()
  }
}

/**
 * In a few kinds of statements SQLite loses entries of indexes (COMPATIBILITY.md): what its answers say after that is no measure. Ours has to be sound all the same.
 */
function unlessDamaged(
  found: Difference,
  [ours, theirs]: readonly Side[],
  tally: Tally | undefined,
): Difference | null {
  const check = (side: Side): string => side.rows('PRAGMA integrity_check').join('\n')
  // Or it has found out by itself.
  const isDamaged = /SQLite: SQLITE_CORRUPT/.test(found.text) || check(theirs!) !== sound
  if (!isDamaged || check(ours!) !== sound) return found
  tally?.addDamaged()
  return null
}

const sound = 't"ok"'

function verdict(
  round: Round,
  sides: readonly Side[],
  [path, theirPath]: readonly [string, string],
  tally: Tally | undefined,
): Difference | null {
  const end = round.steps.length
  for (const side of sides) if (side.inTransaction) side.run('ROLLBACK')
  const [ours, theirs] = sides.map(contentOf)
  if (ours !== theirs) {
    return unlessDamaged(difference(end, 'content', ours!, theirs!), sides, tally)
  }
  const own = sides[0]!.rows('PRAGMA integrity_check').join('\n')
  if (own !== sound) return difference(end, 'our integrity_check', own, sound)
  for (const side of sides) side.close()
  if (!existsSync(path)) return null
  const opinion = opinionOf(path)
  // Of a STRICT table whose default has another type SQLite says wrong things, of its own file too.
  if (opinion === sound || opinion === opinionOf(theirPath)) return null
  return difference(end, "SQLite's integrity_check", opinion, sound)
}

/** What SQLite says of a file. */
function opinionOf(path: string): string {
  const reader = openSqlite(path)
  try {
    return reader.rows('PRAGMA integrity_check').join('\n')
  } finally {
    reader.close()
  }
}

function difference(step: number, what: string, ours: string, theirs: string): Difference {
  const [left, right] = [ours.split('\n'), theirs.split('\n')]
  const at = left.findIndex((line, index) => line !== right[index])
  const line = at < 0 ? left.length : at
  const text = `${what}\n  ours:   ${left[line]}\n  SQLite: ${right[line]}`
  return { step, text, signature: `${what} ${signatureOf(ours, theirs)}` }
}

/** How long one statement is made shorter. What is tried on the way may never end, with a WHERE that would have ended it left out. */
const mostReducing = 90_000

/**
 * The round up to its difference, with a shorter statement there: as short as a process of its own has made it when it ended, or had to be ended
 * (`reducer.ts`).
 */
function reduced(id: RoundId, round: Round, found: Difference, folder: string): Round {
  const last = round.steps[found.step]
  const steps = round.steps.slice(0, found.step + 1)
  if (last === undefined || last === reopenStep || last === compareStep) return { ...round, steps }
  const reducer = fileURLToPath(new URL('reducer.ts', import.meta.url))
  const args = [reducer, String(id.seed), id.subject, String(found.step), folder]
  const { stdout } = spawnSync(process.execPath, ['--no-warnings', ...args], {
    encoding: 'utf8',
    timeout: mostReducing,
    killSignal: 'SIGKILL',
  })
  const line = stdout.split('\n').findLast((text) => /^".*"$/.test(text))
  const shorter = line === undefined ? last : (JSON.parse(line) as string)
  const short = { ...round, steps: [...steps.slice(0, -1), shorter] }
  return playSafely(short, folder) === null ? { ...round, steps } : short
}

/** Makes the statement shorter at which a round differs. */
export function reduceStep(
  { seed, subject }: RoundId,
  step: number,
  folder: string,
  onShorter: (statement: string) => void,
): void {
  const round = makeRound(seed, subject)
  const steps = round.steps.slice(0, step + 1)
  play({ ...round, steps }, folder, undefined, (sides, statement) => {
    reduceStatement(sides, statement, onShorter)
  })
}

/** Leaves steps out, as long as the difference remains. */
export function shorten(
  id: RoundId,
  round: Round,
  found: Difference,
  folder: string,
): { round: Round; found: Difference } {
  const short = reduced(id, round, found, folder)
  let { steps } = short
  let last = playSafely(short, folder) ?? found
  for (
    let size = Math.max(1, steps.length >> 1);
    size > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = steps.length - size; start >= 0; start -= size) {
      const fewer = [...steps.slice(0, start), ...steps.slice(start + size)]
      const still = playSafely({ ...round, steps: fewer }, folder)
      if (still?.signature !== last.signature) continue
      steps = fewer
      last = still
    }
  }
  return { round: { ...round, steps }, found: last }
}

/** An error that comes out of an engine outside a statement is a finding too. */
export function playSafely(round: Round, folder: string, tally?: Tally): Difference | null {
  try {
    return play(round, folder, tally)
  } catch (error) {
    return { step: round.steps.length, text: String((error as Error).stack), signature: 'thrown' }
  }
}
