/**
 * Runs of the freshness test, form A: one step after the other, each by one of several connections, each answer compared with the model's.
 *
 * A run follows from its seed. What it did is a list of steps, which can be replayed without the seed; after a failure the list is made as
 * short as it can be made.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '../random.ts'
import type { Action, Answer } from './act.ts'
import { Model, schema } from './model.ts'
import type { Prediction } from './model.ts'
import { drawScene, Plan, pragmasOf } from './plan.ts'
import type { Scene } from './plan.ts'
import type { Stage } from './stage.ts'
import { describeStep } from './step.ts'
import type { Step } from './step.ts'
import type { Sqlite } from './sqlite.ts'

export interface Form {
  readonly name: string
  readonly options: object
  readonly stage: (scene: Scene) => Stage | Promise<Stage>
  /** Ends what outlives a run. */
  readonly end: () => void | Promise<void>
}

export interface Finding {
  readonly form: string
  readonly seed: number
  readonly what: string
  readonly scene: Scene
  readonly steps: readonly Step[]
}

export interface Outcome {
  readonly steps: number
  readonly reads: number
  /** What did not answer as it must; null: everything did. */
  readonly finding: Finding | null
}

/** Compares with SQLite in the middle of a run as well. */
export interface Tools {
  readonly folder: string
  readonly sqlite: Sqlite | null
  /** Transactions read as soon as they have begun. */
  readonly eager?: boolean
}

export async function runSeed(
  form: Form,
  seed: number,
  length: number,
  tools: Tools,
): Promise<Outcome> {
  const random = createRandom(0, seed)
  const scene = drawScene(random)
  const run = await Run.begin(form, scene, tools)
  const plan = new Plan(random, run.model, run.stage.abilities, tools.eager)
  const steps: Step[] = []
  let what: string | null = null
  while (what === null && steps.length < length) {
    const step = plan.next()
    steps.push(step)
    what = await run.step(step)
    if (what === null && steps.length === length >> 1) what = await run.askSqlite()
  }
  what ??= await run.finish()
  await run.stage.end()
  const finding = what === null ? null : { form: form.name, seed, what, scene, steps }
  return { steps: run.steps, reads: run.reads, finding }
}

/** Runs a list of steps. @returns what did not answer as it must */
export async function replay(
  form: Form,
  scene: Scene,
  steps: readonly Step[],
  tools: Tools,
): Promise<string | null> {
  const run = await Run.begin(form, scene, tools)
  try {
    for (const step of steps) {
      const what = await run.step(step)
      if (what !== null) return what
    }
    return await run.finish()
  } finally {
    await run.stage.end()
  }
}

/** The finding with as few steps as can be found in so many tries, and milliseconds. */
export async function shrink(
  form: Form,
  finding: Finding,
  tools: Tools,
  tries = 600,
  time = Infinity,
): Promise<Finding> {
  const end = performance.now() + time
  const goesOn = (): boolean => tries > 0 && performance.now() < end
  let { steps, what } = finding
  for (let size = steps.length >> 1; size >= 1 && goesOn(); size >>= 1) {
    for (let from = 0; from < steps.length && goesOn(); tries--) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)]
      const found = await replay(form, finding.scene, fewer, tools)
      if (found === null) from += size
      else {
        steps = fewer
        what = found
      }
    }
  }
  return { ...finding, steps, what }
}

export function describeFinding({ form, seed, what, scene, steps }: Finding): string {
  const lines = steps.map((step) => `    ${describeStep(step)}`)
  const settings = scene.connections.map((settings) => `    ${pragmasOf(settings).join(', ')}`)
  return [
    `form ${form}, seed ${seed}: ${what}`,
    `  ${scene.pageSize} bytes a page, connections:`,
    ...settings,
    `  ${steps.length} steps:`,
    ...lines,
  ].join('\n')
}

/** How a fault shows: files that do not answer, or are not those that were opened. */
const isFailure = /^SQLITE_(?:IOERR|PROTOCOL|CANTOPEN)/

class Run {
  readonly model: Model
  readonly stage: Stage
  steps = 0
  reads = 0
  readonly #form: Form
  readonly #scene: Scene
  readonly #tools: Tools
  /** Connections that have met a fault: a failed write may have made them refuse everything until they are opened anew. */
  readonly #hasFailed = new Set<number>()

  private constructor(form: Form, scene: Scene, stage: Stage, tools: Tools) {
    this.#form = form
    this.#scene = scene
    this.#tools = tools
    this.stage = stage
    this.model = new Model(scene.connections.length)
  }

  static async begin(form: Form, scene: Scene, tools: Tools): Promise<Run> {
    const run = new Run(form, scene, await form.stage(scene), tools)
    for (let who = 0; who < scene.connections.length; who++) {
      await run.#open(who)
      if (who > 0) continue
      for (const sql of schema.split(';')) await run.#must(who, { sql, params: [] })
    }
    return run
  }

  async #open(who: number): Promise<void> {
    const { connections, pageSize } = this.#scene
    const options = { timeout: 0, pageSize, ...this.#form.options }
    await this.#must(who, { open: { path: '', options, pragmas: pragmasOf(connections[who]!) } })
  }

  async #must(who: number, action: Action): Promise<Answer> {
    const answer = await this.stage.perform(who, action)
    if (answer.code === undefined) return answer
    throw new Error(`${JSON.stringify(action)}: ${answer.code} ${answer.message}`)
  }

  /** @returns what was not as it must be */
  async step(step: Step): Promise<string | null> {
    const { who } = step
    const prediction = this.model.predict(step)
    if (prediction === null) return null
    this.steps++
    try {
      if (step.do === 'reopen') await this.#must(who, { closes: true })
      if (step.do === 'kill') await this.stage.kill(who)
      if (step.do === 'reopen' || step.do === 'kill') {
        this.#hasFailed.delete(who)
        this.model.forget(who)
        await this.#open(who)
        return null
      }
    } catch (error) {
      return `${describeStep(step)}: ${String(error)}`
    }
    if (step.do === 'read' || step.do === 'iterate' || step.do === 'next') this.reads++
    const answer = await this.#perform(step, prediction.action)
    const what = await this.#judge(step, prediction, answer)
    return what === null ? null : `${describeStep(step)}: ${what}`
  }

  async #perform(step: Step, action: Action): Promise<Answer> {
    const body = async (): Promise<Answer> => this.stage.perform(step.who, action)
    if (step.fault !== undefined) return this.stage.withFault(step.fault, body)
    if (step.outage !== undefined) return this.stage.withOutage(step.outage, body)
    return body()
  }

  async #judge(step: Step, prediction: Prediction, answer: Answer): Promise<string | null> {
    const { who } = step
    const { code, message } = answer
    const { apply, rows, accepts, allowed } = prediction
    if (code !== undefined && isFailure.test(code) && this.#mayFail(step)) return this.#recover(who)
    if (code !== undefined && code === prediction.code) this.model.refused(step, code)
    else if (code !== undefined && code === allowed) return this.#compareState(who, answer)
    else if (code !== undefined) return `${code} ${message}, and not ${prediction.code ?? 'ok'}`
    else if (prediction.code !== null) return `ok, and not ${prediction.code}`
    else {
      const found = answer.rows!
      if (rows !== null && !isSame(rows, found)) return differenceOf(rows, found)
      const refusal = accepts === null ? null : accepts(found)
      if (refusal !== null) return refusal
      apply()
    }
    return this.#compareState(who, answer)
  }

  #compareState(who: number, { inTransaction }: Answer): string | null {
    const { isExplicit } = this.model.connections[who]!
    if (inTransaction === isExplicit) return null
    return inTransaction ? 'a transaction is left open' : 'the transaction is gone'
  }

  #mayFail({ who, fault, outage }: Step): boolean {
    if (fault === undefined && outage === undefined) return this.#hasFailed.has(who)
    this.#hasFailed.add(who)
    return true
  }

  /** After a fault nothing has happened, and the connection goes on, or is opened anew. */
  async #recover(who: number): Promise<string | null> {
    const { isExplicit } = this.model.connections[who]!
    this.model.forget(who)
    const probe = await this.stage.perform(who, { sql: 'SELECT count(*) FROM t', params: [] })
    if (!isExplicit && !probe.inTransaction && probe.code === undefined) return null
    await this.#must(who, { closes: true })
    await this.#open(who)
    return null
  }

  /** SQLite finds the newest state in database and log, and nothing wrong with it. */
  async askSqlite(): Promise<string | null> {
    const { sqlite, folder } = this.#tools
    if (sqlite === null) return null
    const copy = join(folder, 'copy.db')
    this.stage.copyTo(copy)
    const found = await sqlite.look(copy)
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
    const expected = this.model.contents()
    const what = isSame(expected, found) ? null : differenceOf(expected, found)
    return what === null ? null : `SQLite: ${what}`
  }

  /** Everybody ends what is open, and looks; then everybody leaves, and SQLite looks. */
  async finish(): Promise<string | null> {
    const count = this.#scene.connections.length
    for (let who = 0; who < count; who++) {
      const steps: Step[] = [
        { who, do: 'leave' },
        { who, do: 'rollback' },
      ]
      for (const step of steps) {
        const what = await this.step(step)
        if (what !== null) return `at the end: ${what}`
      }
    }
    for (let who = 0; who < count; who++) {
      for (const kind of ['scan', 'total', 'schema', 'check'] as const) {
        const what = await this.step({ who, do: 'read', what: kind, a: 0 })
        if (what !== null) return `at the end: ${what}`
      }
    }
    for (let who = 0; who < count; who++) {
      const answer = await this.stage.perform(who, { closes: true })
      if (answer.code !== undefined) return `at the end: close: ${answer.code} ${answer.message}`
    }
    return this.askSqlite()
  }
}

function isSame(expected: unknown[][], found: unknown[][]): boolean {
  if (expected.length !== found.length) return false
  for (let i = 0; i < expected.length; i++) {
    const [one, other] = [expected[i]!, found[i]!]
    if (one.length !== other.length) return false
    for (let j = 0; j < one.length; j++) if (one[j] !== other[j]) return false
  }
  return true
}

/** The first rows that differ. */
function differenceOf(expected: unknown[][], found: unknown[][]): string {
  const show = (row: unknown[] | undefined): string =>
    row === undefined ? 'nothing' : JSON.stringify(row).slice(0, 120)
  let at = 0
  while (at < found.length && at < expected.length && isSame([expected[at]!], [found[at]!])) at++
  return `stale or wrong: ${found.length} rows, and not ${expected.length}; row ${at} is ${show(found[at])}, and not ${show(expected[at])}`
}
