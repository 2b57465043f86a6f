/** Literals of the universe in which equal values are alike, and odd ones for conditions. */
import type { Kind, Writer } from './writer.ts'

const integers = ['0', '1', '2', '3', '4', '5', '7', '9', '11', '-1', '-2', '-7']
const reals = ['0.5', '1.5', '2.25', '-0.5', '3.75', '10.5', '-2.5', '0.25']
const texts = [
  "''",
  "'a'",
  "'B'",
  "'cd'",
  "'Ef'",
  "'gh i'",
  "'é'",
  "'😀z'",
  "'12x'",
  "'_%'",
  "'zz'",
  "'It''s'",
]
const blobs = ["x''", "x'00'", "x'61'", "x'00ff'", "x'c3a9'", "x'0102030405'"]
const documents = [
  `'{"n":1,"s":"a","l":[1,2.5,null]}'`,
  `'{"n":3,"s":"Ef","o":{"k":true}}'`,
  `'[1,[2,3],{"a":"x"}]'`,
  `'[]'`,
  `'{}'`,
  `'5'`,
  `'"text"'`,
  `'{"l":["a","b"],"n":7}'`,
]

/** A literal, never NULL. */
export function literal(w: Writer, kind: Kind): string {
  switch (kind) {
    case 'integer':
      return w.random.pick(integers)
    case 'real':
      return w.random.pick(reals)
    case 'text':
      return w.random.pick(texts)
    case 'blob':
      return w.random.pick(blobs)
    case 'json':
      return w.random.pick(documents)
  }
}

const odd = [
  'NULL',
  "'1'",
  "' 2 '",
  "'2.5'",
  "'0.5'",
  "'A'",
  "'b '",
  "'CD'",
  '1.0',
  '2.0',
  '1e2',
  '9223372036854775807',
  '(-9223372036854775807 - 1)',
  '9e999',
  "x'31'",
  "x'61'",
  'true',
  'false',
  "'z'",
  "''",
]

/** What a column is compared with that was declared as something else. */
export function oddLiteral(w: Writer): string {
  return w.random.pick(odd)
}
