/** Keys that are equal by their collations have the same hash, in every encoding; and hardly any others have. */
import test from 'ava'
import {
  KeyHash,
  RecordComparison,
  RecordWriter,
  realValue,
  type TextEncoding,
  type Value,
} from '../../packages/engine/src/record/index.ts'
import { createRandom, type Random } from '../support/random.ts'

const collations = ['BINARY', 'NOCASE', 'RTRIM']

function value(random: Random): Value {
  const text = random.pick([
    'a',
    'A',
    'é',
    'É',
    'ab ',
    'AB',
    'ab  ',
    '',
    ' ',
    '\u0000',
    '\u4100',
    '\u2000',
  ])
  return random.pick<Value>([
    random.below(3),
    realValue(random.below(3)),
    random.below(2) + 0.5,
    2 ** 53 - 1,
    2n ** 53n,
    2n ** 53n + 1n,
    realValue(2 ** 53),
    -(2n ** 63n),
    realValue(-0),
    text,
    text.repeat(70),
    new Uint8Array([0x41]),
    new Uint8Array(0),
  ])
}

for (const encoding of ['utf8', 'utf16le', 'utf16be'] satisfies TextEncoding[]) {
  test(`hashes of keys: ${encoding}`, (t) => {
    const random = createRandom(31)
    let equal = 0
    let alike = 0
    for (let n = 0; n < 20_000; n++) {
      const fields = Array.from({ length: 1 + random.below(2) }, () => ({
        collation: random.pick(collations),
        descending: random.below(2) === 0,
      }))
      const rows = [0, 1].map(() => fields.map(() => value(random)))
      const writers = rows.map((row) => {
        const writer = new RecordWriter(encoding)
        writer.encode([...row, n], row.length + 1)
        return writer
      })
      const hashes = writers.map(({ data, offset }) => {
        const hash = new KeyHash(fields)
        t.not(hash.of(data, offset), 0)
        return hash.of(data, offset)
      })
      const [a, z] = writers as [RecordWriter, RecordWriter]
      const comparison = new RecordComparison(fields, encoding)
      const order = comparison.compare(a.data, a.offset, z.data, z.offset, 0, fields.length)
      if (order === 0) {
        equal++
        t.is(hashes[0], hashes[1], rows.map(String).join(' = '))
      } else if (hashes[0] === hashes[1]) alike++
    }
    t.true(equal > 500)
    // A text and a BLOB of the same bytes are, and what only differs in bytes that spaces have.
    t.true(alike < 1500, String(alike))
  })
}

test('texts of all lengths: letters in either case count as one where they are equal, and hardly any two that differ have one hash', (t) => {
  const random = createRandom(37)
  const writer = new RecordWriter('utf8')
  for (const collation of ['BINARY', 'NOCASE']) {
    const hash = new KeyHash([{ collation, descending: false }])
    const textOf = new Map<number, string>()
    let alike = 0
    for (let n = 0; n < 50_000; n++) {
      const length = random.below(40)
      let text = ''
      for (let i = 0; i < length; i++) text += random.pick([...'abAB01@[`{é~\u{7f}'])
      writer.encode([text, n], 2)
      const key = hash.of(writer.data, writer.offset)
      const folded = collation === 'NOCASE' ? text.replace(/[A-Z]/g, (c) => c.toLowerCase()) : text
      const known = textOf.get(key)
      if (known !== undefined && known !== folded) alike++
      textOf.set(key, folded)
    }
    // Of 50,000 words of 32 bits a third of one is expected to be there already.
    t.true(alike <= 4, String(alike))
    t.is(new Set(textOf.values()).size, textOf.size)
  }
})

test('a key with a NULL has no hash', (t) => {
  const writer = new RecordWriter('utf8')
  const hash = new KeyHash([
    { collation: 'BINARY', descending: false },
    { collation: 'BINARY', descending: false },
  ])
  for (const [row, has] of [
    [[1, null, 3], false],
    [[null, 2, 3], false],
    [[1, 2, null], true],
  ] as const) {
    writer.encode(row, 3)
    t.is(hash.of(writer.data, writer.offset) !== 0, has)
  }
})
