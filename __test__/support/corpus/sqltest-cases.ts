/** Which cases a `*.sqltest` file stands for, each on a database of its own, and what each must answer. (The corpus' README, *Running a case*.) */
import type { Decorator, Expectation, SqltestCase, SqltestFile } from './sqltest-form.ts'

export interface Place {
  /** `:memory:`, `:temp:`, `:default:` …, or a path in the corpus. */
  readonly location: string
  readonly readonly: boolean
}

export interface RunnableCase {
  readonly name: string
  readonly place: Place
  readonly setups: readonly string[]
  readonly sql: string
  readonly expectation: Expectation
  /** SQLite looks at the file afterwards. */
  readonly checksIntegrity: boolean
}

/** One line of `FILE.matrix.jsonl`. */
export interface MatrixAnswer {
  readonly name: string
  readonly expect?: readonly string[]
  readonly error?: true
}

const missing = new Set(['custom_types', 'materialized_views'])

function isSkipped({ word, args }: Decorator): boolean {
  if (word === 'skip' || word === 'skip-file') return true
  if (word === 'skip-if' || word === 'skip-file-if')
    return args[0] === 'sqlite' && !args[1]!.includes('not available in CI')
  if (word === 'requires' || word === 'requires-file') return missing.has(args[0]!)
  return word === 'backend' && args[0] === 'js'
}

const hasCommand = (sql: string): boolean => /^\s*\./m.test(sql)

const withoutConfiguration = (sql: string): string =>
  sql.replace(/^[ \t]*\.dbconfig dqs_d[md]l off[ \t]*$/gm, '')

/** All of them with each combination of values; the last variable varies fastest. */
function* combinations(variables: readonly Decorator[]): Generator<Map<string, string>> {
  const [first, ...others] = variables
  if (first === undefined) {
    yield new Map()
    return
  }
  const [name, values] = first.args
  for (const value of values!.split('|'))
    for (const rest of combinations(others)) yield new Map([[name!, value.trim()], ...rest])
}

function substitute(sql: string, values: ReadonlyMap<string, string>): string {
  let result = sql
  for (const name of [...values.keys()].toSorted((a, b) => b.length - a.length))
    result = result.replaceAll(`$${name}`, () => values.get(name)!)
  return result
}

function expectationOf(one: SqltestCase): Expectation {
  const own = one.expectations.find(({ backend }) => backend === 'cli')
  const common = one.expectations.find(({ backend }) => backend === null)
  return own ?? common ?? { backend: null, kind: 'rows', text: '' }
}

/**
 * The cases that are run, in order. `differs`: names of those where SQLite itself answers otherwise; `answers`: those of the file's
 * matrices.
 */
export function* sqltestCases(
  file: SqltestFile,
  answers: readonly MatrixAnswer[],
  differs: ReadonlySet<string>,
): Generator<RunnableCase> {
  if (file.directives.some(isSkipped)) return
  const places: Place[] = file.directives
    .filter(({ word }) => word === 'database')
    .map(({ args }) => ({ location: args[0]!, readonly: args[1] === 'readonly' }))
  for (const [at, place] of places.entries()) {
    const suffix = places.length === 1 ? '' : `@${place.location}`
    let answer = 0
    for (const one of file.cases) {
      const isMatrix = one.kind === 'matrix'
      if (isMatrix && at > 0) continue
      const variables = one.decorators.filter(({ word }) => word === 'var')
      const setups = one.decorators
        .filter(({ word }) => word === 'setup')
        .map(({ args }) => withoutConfiguration(file.setups.get(args[0]!) ?? ''))
      const sql = withoutConfiguration(one.sql)
      const isRun =
        one.kind !== 'snapshot' &&
        one.kind !== 'snapshot-eqp' &&
        !one.decorators.some(isSkipped) &&
        !differs.has(one.name) &&
        !sql.includes('{{expr_depth_limit}}') &&
        ![sql, ...setups].some(hasCommand)
      const checksIntegrity = one.decorators.some(({ word }) => word === 'cross-check-integrity')
      const common = { place, setups, checksIntegrity }
      if (!isMatrix) {
        if (isRun)
          yield { ...common, name: one.name + suffix, sql, expectation: expectationOf(one) }
        continue
      }
      for (const values of combinations(variables)) {
        const { name, expect, error } = answers[answer++] ?? { name: `${one.name}[?]` }
        const expectation: Expectation = error
          ? { backend: null, kind: 'error', text: '' }
          : { backend: null, kind: 'raw', text: (expect ?? []).join('\n') }
        if (isRun) yield { ...common, name, sql: substitute(sql, values), expectation }
      }
    }
  }
}
