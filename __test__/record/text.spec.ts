/** Text as bytes: every string of bytes survives being decoded and encoded, valid UTF-8 or not. */
import test from 'ava'
import * as fc from 'fast-check'
import {
  TextCache,
  decodeText,
  encodeText,
  encodedTextSize,
  escapedTextSeen,
  normalizeText,
  wellFormedText,
} from '../../packages/engine/src/record/index.ts'
import { seed } from '../support/values.ts'

function decode(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  return decodeText(bytes, 0, bytes.length, 'utf8')
}

test.serial('text: as long as all text is valid, none counts as escaped', (t) => {
  t.is(decode('616263'), 'abc')
  t.is(decode('c3a9e282acf09f9880'), 'é€😀')
  t.is(decode('efbfbd'), '\ufffd')
  t.is(decode('efbbbf61'), '\ufeffa')
  t.false(escapedTextSeen())
})

test.serial('text: each byte that is no UTF-8 becomes one escape', (t) => {
  t.is(decode('61ff62'), 'a\udcffb')
  t.is(decode('e282'), '\udce2\udc82')
  t.is(decode('eda080'), '\udced\udca0\udc80')
  t.is(decode('c080'), '\udcc0\udc80')
  t.is(decode('f4908080'), '\udcf4\udc90\udc80\udc80')
  t.is(decode('efbfbdff'), '\ufffd\udcff')
  t.true(escapedTextSeen())
  t.is(wellFormedText('a\udcff'), 'a\ufffd')
})

test('text: any bytes are read back from the text that they become', (t) => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((s) => new Uint8Array(Buffer.from(s))),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const bytes = Buffer.concat(parts)
      const text = decodeText(bytes, 0, bytes.length, 'utf8')
      t.deepEqual(Buffer.from(encodeText(text, 'utf8')), bytes)
      t.is(encodedTextSize(text, 'utf8'), bytes.length)
    }),
    { seed, numRuns: 3000 },
  )
})

test('text: UTF-16 is read back in both byte orders', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      for (const encoding of ['utf16le', 'utf16be'] as const) {
        const bytes = encodeText(text, encoding)
        t.is(bytes.length, encodedTextSize(text, encoding))
        t.is(decodeText(bytes, 0, bytes.length, encoding), text)
      }
    }),
    { seed, numRuns: 500 },
  )
  t.deepEqual([...encodeText('aé', 'utf16be')], [0, 0x61, 0, 0xe9])
})

test('text: texts of every length around the fast paths are right', (t) => {
  for (let size = 0; size < 80; size++) {
    const ascii = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + (i % 26))).join(
      '',
    )
    const wide = ascii + 'é'
    for (const text of [ascii, wide]) {
      const bytes = encodeText(text, 'utf8')
      t.is(decodeText(bytes, 0, bytes.length, 'utf8'), text)
    }
  }
})

test('text: escapes that meet become the character that they spell', (t) => {
  decode('ff')
  t.is(normalizeText('\udcc3\udca9'), 'é')
  t.is(normalizeText('a\udcc3b'), 'a\udcc3b')
})

test('text cache: gives the right text whatever was there before', (t) => {
  const cache = new TextCache()
  for (let round = 0; round < 3; round++)
    for (let i = 0; i < 3000; i++) {
      const text = `key ${i * 7919} é`.slice(0, (i % 30) + 1)
      const bytes = encodeText(text, 'utf8')
      t.is(cache.get(bytes, 0, bytes.length), text)
    }
})
