/** Random expressions of SQL that call JSON functions: over JSON and JSON5, right and wrong, over JSONB, right and damaged. */
import type { Random } from '../random.ts'

const keys = ['a', 'b', 'c', 'a.b', '\\"', '', 'é', '\\u0061', 'a b', '0', '$', 'x[0]', "it's"]
const texts = [
  '',
  'x',
  'abc',
  'a\\"b',
  'tab\\t',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud800',
  'é€😀',
  'a\\/b',
  'long text that has more than eleven bytes',
  '\\\\',
  '\\b\\f\\n\\r',
  "it's",
  '\\u0000z',
]
const numbers = [
  '0',
  '1',
  '-1',
  '12',
  '1.5',
  '-0',
  '0.0',
  '-0.0',
  '1e5',
  '1E+10',
  '1e-3',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '123456789012345678901234567890',
  '1e400',
  '-1e400',
  '12345678901234567',
]
/** Some of these are right only in JSON5, some nowhere. */
const numbers5 = [
  '+1',
  '.5',
  '5.',
  '-.5',
  '0x1F',
  '-0xff',
  '0xFFFFFFFFFFFFFFFF',
  '0x1FFFFFFFFFFFFFFFF',
  'Infinity',
  '-Infinity',
  'NaN',
  'inf',
  'QNaN',
  '5.e3',
  '0x',
  '+',
  '.',
  '1e',
  '01',
  '-01',
  '1.2.3',
  '1e5e5',
]
const texts5 = [
  "'a'",
  "'it\\'s'",
  '"a\\x41b"',
  '"\\v\\0"',
  '"a\\\nb"',
  '"a\\\r\nb"',
  '"tab\there"',
  "'dq\"in'",
  '"\\q"',
  '"\\x4"',
  '"\\u12"',
  '"unterminated',
  '"\\01"',
  '"\\\u2028x"',
]
const mistakes = [
  'tru',
  'nul',
  '@',
  '#',
  '/*',
  'null1',
  '{',
  '[',
  ']',
  '}',
  ',',
  ':',
  '{1:2}',
  '[,]',
]
const spaces5 = ['/*c*/', '//x\n', '\u00a0', '\ufeff', '\u2003', '\v', '\f', '\u3000', '// y\u2028']
const paths = [
  'a',
  '',
  '$.',
  '$[',
  '$[x]',
  '$..a',
  '$a',
  '$[#]',
  '$[#-0]',
  '$[#-]',
  '$[#+1]',
  '$."a',
  '$[-1]',
  '$[1',
  '$.a[#-99]',
  '$[0]x',
  '$[99999999999]',
]
const labels = ['a', 'b', 'c', '"a.b"', '"a b"', '""', 'é', '\\u0061', '"\\u0061"', '0', '$', 'new']
const operands = [
  "'a'",
  "'b'",
  '0',
  '1',
  '-1',
  "'[0]'",
  "'[#-1]'",
  "'a b'",
  'NULL',
  '1.5',
  "''",
  "'a_b'",
]
const values = [
  '1',
  '2.5',
  'NULL',
  "'txt'",
  `'a"b'`,
  "'[1]'",
  "json('[1,2]')",
  "json_array(1, 'x')",
  `json('{"z":1}')`,
  "x'0b'",
  "x'ff'",
  '9e999',
  '1.0',
  "'é'",
  "'long text of more than eleven bytes'",
  `json_extract('{"a":[1]}', '$.a')`,
  `jsonb('{"q":[1]}')`,
  "coalesce(NULL, json('[0]'))",
  "(SELECT json('[7]'))",
  "CASE WHEN 1 THEN json('{}') ELSE 'x' END",
  'char(1, 8, 9, 31, 127)',
  "json(' 5 ')",
]

function oneIn(random: Random, count: number): boolean {
  return random.below(count) === 0
}

function space(random: Random, is5: boolean): string {
  if (is5 && oneIn(random, 4)) return random.pick(spaces5)
  return oneIn(random, 5) ? random.pick([' ', '\n', '\t', '\r']) : ''
}

function scalar(random: Random, is5: boolean): string {
  if (is5 && oneIn(random, 4)) return random.pick([...numbers5, ...texts5])
  const kind = random.below(4)
  if (kind === 0) return random.pick(['true', 'false', 'null'])
  return kind === 1 ? random.pick(numbers) : `"${random.pick(texts)}"`
}

function json(random: Random, depth: number, is5: boolean): string {
  const kind = random.below(10)
  if (depth === 0 || kind < 4) return scalar(random, is5)
  const isArray = kind < 7
  const members = Array.from({ length: random.below(4) }, () => {
    const bare = is5 && oneIn(random, 3)
    const label = bare
      ? random.pick(["'k'", 'abc', '$x', '\\u0061b', 'é', 'true'])
      : `"${random.pick(keys)}"`
    const value = json(random, depth - 1, is5)
    const parts = isArray ? [value] : [label, ':', value]
    return parts.map((part) => space(random, is5) + part + space(random, is5)).join('')
  })
  const last = is5 && members.length > 0 && oneIn(random, 6) ? ',' : ''
  const inner = members.join(',') + last
  return isArray ? `[${inner}]` : `{${inner}}`
}

function text(random: Random): string {
  if (oneIn(random, 15)) return random.pick(mistakes)
  const is5 = oneIn(random, 3)
  let whole = json(random, 3, is5)
  if (oneIn(random, 12)) {
    const at = random.below(whole.length + 1)
    whole = whole.slice(0, at) + random.pick(mistakes) + whole.slice(at)
  }
  if (oneIn(random, 16)) whole = whole.slice(0, random.below(whole.length + 1))
  return oneIn(random, 10) ? space(random, true) + whole + space(random, true) : whole
}

/** Without U+2028, which a line of input must not have. */
function quoted(value: string): string {
  const text = `'${value.replaceAll("'", "''")}'`
  return value.includes('\u2028') ? `(${text.replaceAll('\u2028', "' || char(8232) || '")})` : text
}

function blob(random: Random): string {
  if (oneIn(random, 2)) return `jsonb(${quoted(json(random, 3, oneIn(random, 3)))})`
  const bytes = random.bytes(random.below(12))
  for (let i = 0; i < bytes.length; i++)
    if (oneIn(random, 2))
      bytes[i] = random.pick([0x0b, 0x0c, 0x1b, 0x2c, 0x17, 0x13, 0xcb, 0xdb, 0x18, 0x29, 0x35])
  const hex = Buffer.from(bytes).toString('hex')
  if (oneIn(random, 2)) return `x'${hex}'`
  return `x'${bytes.length.toString(16).at(-1)!}${random.pick(['b', 'c', '7', '8', '9', 'a', '3', '5', '6', '4'])}${hex}'`
}

function document(random: Random): string {
  const kind = random.below(12)
  if (kind < 8) return quoted(text(random))
  if (kind < 11) return blob(random)
  return random.pick(['NULL', '1', '1.5', '9e999', "''", `CAST(${quoted(text(random))} AS BLOB)`])
}

function path(random: Random): string {
  if (oneIn(random, 12)) return random.pick([...paths.map(quoted), 'NULL', '5'])
  let whole = '$'
  for (let i = random.below(4); i > 0; i--)
    whole += oneIn(random, 2)
      ? `.${random.pick(labels)}`
      : `[${random.pick(['0', '1', '2', '#', '#-1', '#-2', '00'])}]`
  return quoted(whole)
}

function some(random: Random, most: number, one: (random: Random) => string): string {
  return Array.from({ length: random.below(most + 1) }, () => one(random)).join(', ')
}

function pairs(random: Random): string {
  const count = 1 + random.below(2)
  return Array.from({ length: count }, () => `${path(random)}, ${random.pick(values)}`).join(', ')
}

/** A call in one of the two forms, text or JSONB. */
function eitherForm(random: Random, name: string, args: string): string {
  switch (random.below(5)) {
    case 0:
      return `hex(jsonb${name}(${args}))`
    case 1:
      return `json(jsonb${name}(${args}))`
    default:
      return `json${name}(${args})`
  }
}

const changes = ['_set', '_insert', '_replace', '_array_insert']

export function jsonExpression(random: Random): string {
  const d = document(random)
  switch (random.below(17)) {
    case 0:
      return eitherForm(random, '', d)
    case 1:
    case 2:
      return `json_extract(${d}, ${path(random)}${oneIn(random, 5) ? `, ${path(random)}` : ''})`
    case 3:
      return `${d} ${random.pick(['->', '->>'])} ${oneIn(random, 2) ? path(random) : random.pick(operands)}`
    case 4:
    case 5:
      return eitherForm(random, random.pick(changes), `${d}, ${pairs(random)}`)
    case 6:
      return eitherForm(random, '_remove', `${d}, ${path(random)}`)
    case 7:
    case 8:
      return eitherForm(random, '_patch', `${d}, ${document(random)}`)
    case 9:
      return `json_valid(${d}${oneIn(random, 2) ? `, ${random.below(17)}` : ''})`
    case 10:
      return `json_error_position(${d})`
    case 11:
      return `json_type(${d}${oneIn(random, 2) ? `, ${path(random)}` : ''})`
    case 12:
      return `json_array_length(${d}${oneIn(random, 2) ? `, ${path(random)}` : ''})`
    case 13:
      return `json_pretty(${d}${oneIn(random, 3) ? `, ${random.pick(["'  '", "''", 'NULL'])}` : ''})`
    case 14:
      return eitherForm(
        random,
        '_array',
        some(random, 3, () => random.pick(values)),
      )
    case 15:
      return `json_quote(${oneIn(random, 2) ? random.pick(values) : d})`
    default:
      return eitherForm(
        random,
        '_object',
        `${random.pick(["'k'", `'a"b'`, "'é'", '1', 'NULL'])}, ${random.pick(values)}`,
      )
  }
}
