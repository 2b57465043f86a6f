/** Calls of every scalar function with arguments that hardly anybody gives it. Each stands alone, so that its error is the statement's. */
import { dateCall } from './date.ts'
import { formatCall } from './format.ts'
import type { Writer } from './writer.ts'

const arguments_ = [
  'NULL',
  '0',
  '1',
  '-1',
  '2',
  '7',
  '255',
  '-0',
  '0.0',
  '0.5',
  '-1.5',
  '2.5',
  '1e10',
  '1e300',
  '1e-300',
  '9e999',
  '-9e999',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '4294967296',
  "''",
  "'a'",
  "'abc'",
  "' abc '",
  "'aXbXc'",
  "'12'",
  "' 12x'",
  "'1.5e2'",
  "'-0'",
  "'0x10'",
  "'é'",
  "'😀'",
  "'a😀b'",
  "'ÀÉ'",
  "'%'",
  "'_'",
  "'\\'",
  'char(0)',
  "'a' || char(0) || 'b'",
  "x''",
  "x'00'",
  "x'6162'",
  "x'ff'",
  "x'e282'",
  "x'f09f9880'",
  "x'3132'",
  "CAST(x'c328' AS TEXT)",
  "CAST(x'80' AS TEXT)",
  "CAST('12' AS BLOB)",
  'true',
  "'" + 'long '.repeat(12) + "'",
]

/** Names, and how many arguments each may have. A wrong number is a mistake that both must report. */
const functions: readonly (readonly [name: string, least: number, most: number])[] = [
  ['abs', 1, 1],
  ['acos', 1, 1],
  ['ceil', 1, 1],
  ['ceiling', 1, 1],
  ['char', 0, 4],
  ['coalesce', 2, 4],
  ['concat', 1, 4],
  ['concat_ws', 2, 4],
  ['degrees', 1, 1],
  ['floor', 1, 1],
  ['glob', 2, 2],
  ['hex', 1, 1],
  ['if', 2, 4],
  ['ifnull', 2, 2],
  ['iif', 2, 5],
  ['instr', 2, 2],
  ['length', 1, 1],
  ['like', 2, 3],
  ['likelihood', 2, 2],
  ['likely', 1, 1],
  ['lower', 1, 1],
  ['ltrim', 1, 2],
  ['max', 2, 4],
  ['min', 2, 4],
  ['mod', 2, 2],
  ['nullif', 2, 2],
  ['octet_length', 1, 1],
  ['quote', 1, 1],
  ['radians', 1, 1],
  ['replace', 3, 3],
  ['round', 1, 2],
  ['rtrim', 1, 2],
  ['sign', 1, 1],
  ['sqrt', 1, 1],
  ['substr', 2, 3],
  ['substring', 2, 3],
  ['subtype', 1, 1],
  ['trim', 1, 2],
  ['trunc', 1, 1],
  ['typeof', 1, 1],
  ['unhex', 1, 2],
  ['unicode', 1, 1],
  ['unistr', 1, 1],
  ['unistr_quote', 1, 1],
  ['unlikely', 1, 1],
  ['upper', 1, 1],
  ['zeroblob', 1, 1],
  ['load_extension', 1, 2],
  ['pi', 0, 0],
  ['json_quote', 1, 1],
]

/** Their last digit is the C library's. */
const transcendental = [
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cos',
  'cosh',
  'exp',
  'ln',
  'log',
  'log10',
  'log2',
  'sin',
  'sinh',
  'tan',
  'tanh',
]

const operators = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '<<',
  '>>',
  '&',
  '|',
  '=',
  '<',
  '<=',
  'IS',
  'IS NOT',
  'LIKE',
  'GLOB',
  'AND',
  'OR',
  '<>',
  '->',
  '->>',
  'COLLATE NOCASE =',
  'IS DISTINCT FROM',
]
const types = [
  'INTEGER',
  'INT',
  'TEXT',
  'REAL',
  'NUMERIC',
  'BLOB',
  'VARCHAR(3)',
  'DOUBLE PRECISION',
  'CHARINT',
  'ANY',
  'NONE',
  'FLOATING POINT',
  'DECIMAL(10, 2)',
]

const unistrTexts = [
  "'\\0041'",
  "'\\u00e9'",
  "'\\+01f600'",
  "'\\U0001f600'",
  "'\\\\'",
  "'\\x'",
  "'\\00'",
  "'a\\u0062c'",
  "'\\ud800'",
  "'\\uD83D\\uDE00'",
]

export function argument(w: Writer, depth = 0): string {
  return depth < 2 && w.oneIn(6) ? call(w, depth + 1) : w.random.pick(arguments_)
}

function call(w: Writer, depth: number): string {
  const inner = (): string => argument(w, depth)
  const kind = w.random.below(16)
  if (kind < 8) {
    const [name, least, most] = w.random.pick(functions)
    // Read as text in UTF-16 it is as long as it says, in SQLite. (COMPATIBILITY)
    if (name === 'zeroblob' && depth > 0) return '1'
    const count =
      least + w.random.below(most - least + 1) + (w.oneIn(60) ? 1 : 0) - (w.oneIn(60) ? 1 : 0)
    const args = w.list(Math.max(0, count), inner)
    // Of a BLOB in UTF-16 they take as many bytes as it has. (COMPATIBILITY)
    if (name.startsWith('concat'))
      args.fill('65', 0, args.findLastIndex((text) => /x'|BLOB|blob|hex/.test(text)) + 1)
    if (name === 'likelihood') args[1] = w.random.pick(['0.5', '0.0', '1.0', '2.0', "'x'"])
    if (name === 'zeroblob')
      args[0] = w.random.pick([
        '0',
        '5',
        '-1',
        "'3'",
        '1e300',
        '9223372036854775807',
        'NULL',
        '1000000001',
      ])
    if (name === 'unistr' && w.oneIn(2)) args[0] = w.random.pick(unistrTexts)
    return `${name}(${args.join(', ')})`
  }
  if (kind === 8) return `printf('%.10g', ${w.random.pick(transcendental)}(${inner()}))`
  if (kind === 9) {
    const name = w.random.pick(['atan2', 'pow', 'power', 'log'])
    return `printf('%.10g', ${name}(${inner()}, ${inner()}))`
  }
  if (kind < 12) return `(${inner()} ${w.random.pick(operators)} ${inner()})`
  if (kind === 12) return `CAST(${inner()} AS ${w.random.pick(types)})`
  if (kind === 13)
    return w.random.pick([
      `(-${inner()})`,
      `(~${inner()})`,
      `(NOT ${inner()})`,
      `(+${inner()})`,
      `(${inner()} IS TRUE)`,
      `(${inner()} IS NOT FALSE)`,
    ])
  if (kind === 14)
    return `(${inner()} ${w.random.pick(['LIKE', 'GLOB', 'NOT LIKE'])} ${inner()}${w.oneIn(3) ? ` ESCAPE ${w.random.pick(["'\\'", "'%'", "'a'", "''", "'ab'", 'NULL'])}` : ''})`
  return `(${inner()} BETWEEN ${inner()} AND ${inner()})`
}

/** One to three calls, of a kind each. */
export function scalarQuestion(w: Writer): string {
  const one = (): string =>
    w.either(
      () => call(w, 0),
      () => call(w, 0),
      () => dateCall(w),
      () => formatCall(w),
    )
  if (w.oneIn(8)) return `SELECT typeof(x), hex(x), x FROM (SELECT ${one()} AS x) /* order */`
  return `SELECT ${one()} /* order */`
}
