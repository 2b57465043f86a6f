/** Aggregates: the same rows given to SQLite, sums near the end of 64 bits, and frames that move. */
import test from 'ava'
import * as fc from 'fast-check'
import { Real, binaryCollation, nocaseCollation } from '../../packages/engine/src/record/index.ts'
import type { Collation, Value } from '../../packages/engine/src/record/index.ts'
import { SumState, lookupAggregate } from '../../packages/engine/src/runtime/index.ts'
import type { AggregateState } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show, showAnswer, showOurs } from '../support/oracle.ts'
import { integer, seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

function create(
  name: string,
  count: number,
  collation: Collation = binaryCollation,
): AggregateState {
  const found = lookupAggregate(name, count)
  if (found.kind !== 'found') throw new Error(found.kind)
  return found.function.create(collation)
}

function run(name: string, rows: readonly (readonly Value[])[], count: number): Value {
  const state = create(name, count)
  for (const row of rows) state.step(...row.slice(0, count))
  return state.final()
}

const sumOfReals = fc.oneof(
  integer,
  fc.constantFrom<Value>(0.1, new Real(1e100), new Real(-1e100), 1e-20, new Real(9007199254740994)),
  fc.constantFrom<Value>('12', '1.5', '12abc', null),
)

const calls: [name: string, count: number, rows: fc.Arbitrary<Value>][] = [
  ['count', 0, value],
  ['count', 1, value],
  ['sum', 1, value],
  ['sum', 1, integer],
  ['sum', 1, sumOfReals],
  ['sum', 1, fc.integer({ min: -100, max: 100 })],
  ['total', 1, value],
  ['total', 1, integer],
  ['avg', 1, value],
  ['avg', 1, integer],
  ['avg', 1, sumOfReals],
  ['min', 1, value],
  ['max', 1, value],
  ['group_concat', 1, value],
  ['group_concat', 2, value],
  ['string_agg', 2, value],
]

for (const [place, [name, count, cell]] of calls.entries())
  test(`aggregate: ${name} is that of SQLite (${place + 1})`, async (t) => {
    if (oracle === null) return void t.pass()
    const groups = fc.sample(fc.array(fc.tuple(cell, value), { maxLength: 8 }), {
      seed,
      numRuns: 400,
    })
    const args = ['*', 'column1', 'column1, column2'][count]
    const answers = await oracle.evaluate(
      groups.map((rows) => {
        const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')
        const from =
          rows.length === 0 ? '(SELECT 1 AS column1, 2 AS column2) WHERE 0' : `(VALUES ${values})`
        return `SELECT ${name}(${args}) FROM ${from}`
      }),
    )
    groups.forEach((rows, i) =>
      t.is(
        showOurs(() => run(name, rows, count)),
        showAnswer(answers[i]!),
        `seed ${seed}: ${name} of ${rows.map((row) => row.map(show).join('/')).join(', ')}`,
      ),
    )
  })

test('aggregate: sum stays exact at the end of 64 bits and overflows beyond', (t) => {
  const max = 9223372036854775807n
  t.is(run('sum', [[max], [-1]], 1), max - 1n)
  t.is(run('sum', [[9007199254740991], [1], [1]], 1), 9007199254740993n)
  t.is(run('sum', [[9007199254740993n], [-2]], 1), 9007199254740991)
  t.throws(() => run('sum', [[max], [1]], 1), { message: 'integer overflow' })
  t.is(show(run('total', [[max], [1]], 1)), 'real 9223372036854776000')
})

test('aggregate: the sum of reals does not depend on their order', (t) => {
  const rows: Value[][] = [[new Real(1e100)], [new Real(1)], [new Real(-1e100)]]
  t.is(show(run('sum', rows, 1)), 'real 1')
})

test('aggregate: min and max compare by the collation they are given', (t) => {
  const max = create('max', 1, nocaseCollation)
  for (const text of ['a', 'B', 'b']) max.step(text)
  t.is(max.final(), 'B')
})

test('aggregate: a moving frame gives what its rows alone would give', (t) => {
  const names: [string, number][] = [
    ['count', 1],
    ['sum', 1],
    ['total', 1],
    ['avg', 1],
    ['group_concat', 2],
  ]
  const cell = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(null))
  fc.assert(
    fc.property(
      fc.array(cell, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (cells, width) => {
        for (const [name, count] of names) {
          const state = create(name, count)
          cells.forEach((one, i) => {
            state.step(...[one, '-'].slice(0, count))
            if (i >= width) state.inverse!(...[cells[i - width]!, '-'].slice(0, count))
            const frame = cells.slice(Math.max(0, i - width + 1), i + 1).map((kept) => [kept, '-'])
            t.is(show(state.final()), show(run(name, frame, count)), name)
          })
        }
      },
    ),
    { seed, numRuns: 100 },
  )
})

test('aggregate: a long frame does not keep what has left it', (t) => {
  const state = create('group_concat', 1)
  for (let i = 0; i < 10_000; i++) {
    state.step(i)
    if (i >= 3) state.inverse!(i - 3)
  }
  t.is(state.final(), '9997,9998,9999')
})

test('aggregate: the state of sum can be asked while it grows', (t) => {
  const state = new SumState()
  t.is(state.final(), null)
  state.step(2)
  t.is(state.final(), 2)
  state.step(0.5)
  t.is(state.final(), 2.5)
})
