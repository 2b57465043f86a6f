/**
 * Scalar functions: every one of them on random arguments, one answer from SQLite for each of ours. Mathematical
 * functions may differ in the last digits, where two mathematics libraries do.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { Database } from '../../packages/engine/src/index.ts'
import { Real, binaryCollation, nocaseCollation } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  allAggregateFunctions,
  allScalarFunctions,
  lookupAggregate,
  lookupScalar,
} from '../../packages/engine/src/runtime/index.ts'
import type { FunctionContext, ScalarFunction } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show, showAnswer, showOurs } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const context: FunctionContext = {
  changes: 3,
  totalChanges: 14,
  lastInsertRowid: 9223372036854775807n,
  encoding: 'utf8',
  now: () => 1_700_000_000_123,
}

function find(name: string, count: number): ScalarFunction {
  const found = lookupScalar(name, count)
  if (found.kind !== 'found') throw new Error(`${name}/${count}: ${found.kind}`)
  return found.function
}

function call(name: string, args: readonly Value[], collation = binaryCollation): Value {
  const definition = find(name, args.length)
  const invoke = definition.invoke as (...args: unknown[]) => Value
  const leading: unknown[] = []
  if (definition.needsContext) leading.push(context)
  if (definition.needsCollation) leading.push(collation)
  return invoke(...leading, ...args)
}

const smallInteger = fc.integer({ min: -8, max: 8 })
const badBytes = fc.constantFrom(
  'a\udcffb',
  '\udce2\udc82',
  '\udc80',
  'é\udcc3',
  '\udcf0\udc9f\udc98x',
)
const word = fc
  .array(fc.constantFrom('a', 'b', 'A', 'é', '😀', ' ', 'ab', '\0', '1', '\\', "'"), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const argument: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: value },
  { weight: 3, arbitrary: word },
  { weight: 1, arbitrary: badBytes },
  { weight: 2, arbitrary: smallInteger },
)
const hexText = fc
  .array(fc.constantFrom('4', 'a', 'F', '00', '41', ' ', '-', 'é', 'g'), { maxLength: 6 })
  .map((parts) => parts.join(''))
const escapes = fc
  .array(
    fc.constantFrom(
      '\\',
      '\\\\',
      '\\0041',
      '\\u00e9',
      '\\+01F600',
      '\\U0001F600',
      'a',
      'é',
      '41',
      '\\u',
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''))

const calls: [name: string, ...args: fc.Arbitrary<Value>[]][] = [
  ['abs', argument],
  ['char', argument],
  ['char', smallInteger, fc.integer({ min: 0, max: 0x110000 })],
  ['coalesce', argument, argument],
  ['concat', argument, argument, argument],
  ['concat_ws', argument, argument, argument],
  ['concat_ws', word, argument, argument, argument],
  ['glob', argument, argument],
  ['hex', argument],
  ['if', argument, argument],
  ['ifnull', argument, argument],
  ['iif', argument, argument, argument],
  ['iif', argument, argument, argument, argument],
  ['instr', argument, argument],
  ['instr', word, word],
  ['length', argument],
  ['like', argument, argument],
  ['likely', argument],
  ['lower', argument],
  ['ltrim', argument],
  ['ltrim', word, word],
  ['max', argument, argument],
  ['max', argument, argument, argument],
  ['min', argument, argument],
  ['min', argument, argument, argument],
  ['nullif', argument, argument],
  ['octet_length', argument],
  ['quote', argument],
  ['replace', argument, argument, argument],
  ['replace', word, word, word],
  ['round', argument],
  ['round', argument, smallInteger],
  ['round', argument, argument],
  ['rtrim', argument],
  ['rtrim', word, word],
  ['sign', argument],
  ['substr', argument, argument],
  ['substr', argument, smallInteger],
  ['substr', argument, smallInteger, smallInteger],
  ['substr', word, smallInteger, smallInteger],
  ['substring', argument, argument, argument],
  ['trim', argument],
  ['trim', argument, argument],
  ['trim', word, word],
  ['typeof', argument],
  ['unhex', argument],
  ['unhex', hexText],
  ['unhex', hexText, fc.constantFrom('', ' ', '-', 'é -')],
  ['unicode', argument],
  ['unistr', argument],
  ['unistr', escapes],
  ['unistr_quote', argument],
  ['unistr_quote', fc.constantFrom('a\nb', "it's\t", '\\', '\\\n', 'plain')],
  ['upper', argument],
  ['zeroblob', smallInteger],
  ['ceil', argument],
  ['ceiling', argument],
  ['floor', argument],
  ['trunc', argument],
]

for (const [place, [name, ...args]] of calls.entries())
  test(`functions: ${name} is that of SQLite (${place + 1}: ${args.length} arguments)`, async (t) => {
    if (oracle === null) return void t.pass()
    const cases = fc.sample(fc.tuple(...args), { seed, numRuns: 700 }) as Value[][]
    const answers = await oracle.evaluate(
      cases.map((list) => `${name}(${list.map(literal).join(', ')})`),
    )
    cases.forEach((list, i) =>
      t.is(
        showOurs(() => call(name, list)),
        showAnswer(answers[i]!),
        `seed ${seed}: ${name}(${list.map(show).join(', ')})`,
      ),
    )
  })

const mathematics: [name: string, arity: number][] = [
  ...'acos acosh asin asinh atan atanh cos cosh degrees exp ln log log10 log2 radians sin sinh sqrt tan tanh'
    .split(' ')
    .map((name): [string, number] => [name, 1]),
  ['atan2', 2],
  ['log', 2],
  ['mod', 2],
  ['pow', 2],
  ['power', 2],
]

/** The same storage class, and the same number but for the last digits. */
function isClose(ours: Value, theirs: Value): boolean {
  if (show(ours) === show(theirs)) return true
  const x = ours instanceof Real ? ours.value : ours
  const y = theirs instanceof Real ? theirs.value : theirs
  if (typeof x !== 'number' || typeof y !== 'number') return false
  return Math.abs(x - y) <= 1e-14 * Math.max(Math.abs(x), Math.abs(y))
}

for (const [name, arity] of mathematics)
  test(`functions: ${name}/${arity} agrees to fourteen digits`, async (t) => {
    if (oracle === null) return void t.pass()
    const number = fc.oneof(
      value,
      fc
        .double({ min: -3, max: 3, noNaN: true })
        .map((x) => (Number.isInteger(x) ? new Real(x) : x)),
      smallInteger,
    )
    const cases = fc.sample(fc.array(number, { minLength: arity, maxLength: arity }), {
      seed,
      numRuns: 500,
    })
    const answers = await oracle.evaluate(
      cases.map((list) => `${name}(${list.map(literal).join(', ')})`),
    )
    cases.forEach((list, i) => {
      const answer = answers[i]!
      const ours = call(name, list)
      t.true(
        answer.kind === 'value' && isClose(ours, answer.value),
        `seed ${seed}: ${name}(${list.map(show).join(', ')}) is ${showAnswer(answer)}, not ${show(ours)}`,
      )
    })
  })

test('functions: min, max and nullif use the collation they are given', (t) => {
  t.is(call('nullif', ['a', 'A'], nocaseCollation), null)
  t.is(call('nullif', ['a', 'A']), 'a')
  t.is(call('max', ['a', 'B'], nocaseCollation), 'B')
  t.is(call('max', ['a', 'B']), 'a')
})

test('functions: the state of the connection', (t) => {
  t.is(call('changes', []), 3)
  t.is(call('total_changes', []), 14)
  t.is(call('last_insert_rowid', []), 9223372036854775807n)
  t.is(call('sqlite_version', []), '3.53.0')
  t.is(call('sqlite_compileoption_used', ['SQLITE_ENABLE_MATH_FUNCTIONS']), 1)
  t.is(call('sqlite_compileoption_used', ['nope']), 0)
  t.is(call('sqlite_compileoption_get', [-1]), null)
})

test('functions: text functions count bytes of the database encoding', (t) => {
  const wide = { ...context, encoding: 'utf16le' as const }
  const invoke = find('hex', 1).invoke as (...args: unknown[]) => Value
  t.is(invoke(wide, 'a'), '6100')
  const octets = find('octet_length', 1).invoke as (...args: unknown[]) => Value
  t.is(octets(wide, 'aé'), 4)
})

test('functions: random numbers are 64 bits wide and differ', (t) => {
  const seen = new Set(Array.from({ length: 1000 }, () => String(call('random', []))))
  t.true(seen.size > 990)
  t.true([...seen].some((one) => BigInt(one) > 2n ** 60n))
  t.is((call('randomblob', [16]) as Uint8Array).length, 16)
  t.is((call('randomblob', [-5]) as Uint8Array).length, 1)
})

test('functions: errors have the sentences of SQLite', (t) => {
  t.throws(() => call('abs', [-9223372036854775808n]), { message: 'integer overflow' })
  t.throws(() => call('zeroblob', [2_000_000_000]), { message: 'string or blob too big' })
  t.throws(() => call('unistr', ['\\x']), { message: 'invalid Unicode escape' })
})

test('functions: a lookup folds case and tells an unknown name from a wrong count', (t) => {
  t.is(lookupScalar('LENGTH', 1).kind, 'found')
  t.is(lookupScalar('length', 2).kind, 'wrong-count')
  t.is(lookupScalar('sounds', 1).kind, 'unknown')
  t.is(lookupScalar('coalesce', 1).kind, 'wrong-count')
  t.is(lookupScalar('coalesce', 50).kind, 'found')
  t.is(lookupAggregate('Count', 0).kind, 'found')
  t.is(lookupAggregate('count', 2).kind, 'wrong-count')
  t.is(lookupAggregate('max', 2).kind, 'wrong-count')
  t.is(lookupAggregate('length', 1).kind, 'unknown')
})

test('functions: all that SQLite lists without an extension is there', async (t) => {
  if (oracle === null) return void t.pass()
  const rows = await oracle.query(
    `SELECT DISTINCT name, type FROM pragma_function_list WHERE builtin AND name GLOB '[a-z]*'`,
  )
  const ours = new Set([
    ...allScalarFunctions().map((one) => one.name),
    ...allAggregateFunctions().map((one) => one.name),
  ])
  const elsewhere =
    /^(json|jsonb|fts|rtree|geopoly|match|highlight|bm25|snippet|optimize|offsets|matchinfo|load_extension|sqlite_log|sqlite_offset|subtype|median|percentile|row_number|rank|dense_rank|percent_rank|cume_dist|ntile|lag|lead|first_value|last_value|nth_value|sqlite_rename|sqlite_drop|sqlite_add|sqlite_fail|sqlite_find)/
  const missing = rows
    .map((row) => String(row[0]))
    .filter((name) => !ours.has(name) && !elsewhere.test(name))
  t.deepEqual(missing, [])
})

test('functions: degrees to the last digit, and unistr beyond the last character', async (t) => {
  if (oracle === null) return void t.pass()
  const numbers = ['1e300', '0.1', '3.14', '-7', '1e-300', '0.7']
  const escapes = ['\\+110000', '\\+1fffff', '\\Uffffffff', '\\U80000041', 'a\\ud800b']
  const expressions = [
    ...numbers.map((x) => `'' || degrees(${x})`),
    ...numbers.map((x) => `'' || radians(${x})`),
    ...escapes.map((text) => `hex(unistr('${text}'))`),
  ]
  const answers = await oracle.evaluate(expressions)
  const database = new Database(':memory:')
  for (const [i, expression] of expressions.entries()) {
    const ours = database.prepare(`SELECT ${expression}`).pluck().get() as Value
    t.is(
      showOurs(() => ours),
      showAnswer(answers[i]!),
      expression,
    )
  }
  database.close()
})
