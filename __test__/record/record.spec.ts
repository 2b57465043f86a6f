/**
 * The record format: golden bytes, what is written is read back in every encoding, and damaged records are
 * answered with SQLITE_CORRUPT.
 */
import test from 'ava'
import * as fc from 'fast-check'
import {
  Real,
  RecordWriter,
  decodeColumn,
  decodeRecord,
  encodeRecord,
  readIndexRowid,
  recordColumnCount,
  storedReal,
} from '../../packages/engine/src/record/index.ts'
import type { TextEncoding, Value } from '../../packages/engine/src/record/index.ts'
import { show } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const encodings: TextEncoding[] = ['utf8', 'utf16le', 'utf16be']

const golden: [Value[], string][] = [
  [[], '01'],
  [[null], '0200'],
  [[0, 1], '030809'],
  [[127, -128], '0301017f80'],
  [[128, -129, 32767], '040202020080ff7f7fff'],
  [[8388607, -8388608], '0303037fffff800000'],
  [[2147483647, -2147483648], '0304047fffffff80000000'],
  [[140737488355327, -140737488355328], '0305057fffffffffff800000000000'],
  [[140737488355328], '02060000800000000000'],
  [[-9007199254740991], '0206ffe0000000000001'],
  [[9223372036854775807n], '02067fffffffffffffff'],
  [[-9223372036854775808n], '02068000000000000000'],
  [[1.5, new Real(1)], '0307073ff80000000000003ff0000000000000'],
  [['', 'a', 'é'], '040d0f1161c3a9'],
  [[new Uint8Array([0, 255])], '021000ff'],
  [['x'.repeat(58)], `038101${'78'.repeat(58)}`],
  [['\udc80\udcff'], '021180ff'],
]

test('record: golden values have the bytes that SQLite writes', (t) => {
  for (const [values, hex] of golden) {
    const bytes = encodeRecord(values, 'utf8')
    t.is(Buffer.from(bytes).toString('hex'), hex, values.map(show).join(', '))
    t.deepEqual(decodeRecord(bytes, 0, bytes.length, 'utf8').map(show), values.map(show))
  }
})

test('record: a header of 127 columns or more has a size of two bytes', (t) => {
  for (const count of [125, 126, 127, 128, 2000]) {
    const values: Value[] = Array.from({ length: count }, (_, i) => i)
    const bytes = encodeRecord(values, 'utf8')
    t.is(bytes[0]! >= 0x80, count > 126)
    t.deepEqual(decodeRecord(bytes, 0, bytes.length, 'utf8'), values)
    t.is(recordColumnCount(bytes, 0, bytes.length), count)
  }
})

test('record: any row is read back, column by column too', (t) => {
  const row = fc.array(value, { maxLength: 12 })
  for (const encoding of encodings) {
    const writer = new RecordWriter(encoding)
    fc.assert(
      fc.property(row, fc.nat(100), (values, padding) => {
        writer.encode(values)
        const data = Buffer.concat([
          Buffer.alloc(padding, 0xee),
          writer.toBytes(),
          Buffer.alloc(9, 0xee),
        ])
        const size = writer.size
        const back = decodeRecord(data, padding, size, encoding)
        t.deepEqual(back.map(show), values.map(show))
        values.forEach((one, i) =>
          t.is(show(decodeColumn(data, padding, size, i, encoding)), show(one)),
        )
        t.is(decodeColumn(data, padding, size, values.length, encoding, 'missing'), 'missing')
      }),
      { seed, numRuns: 300 },
    )
  }
})

test('record: long texts and BLOBs grow the writer', (t) => {
  const writer = new RecordWriter('utf8')
  const values: Value[] = [
    'a'.repeat(100_000),
    new Uint8Array(70_000).fill(7),
    'é'.repeat(50_000),
    5,
  ]
  writer.encode(values)
  t.deepEqual(
    decodeRecord(writer.data, writer.offset, writer.size, 'utf8').map(show),
    values.map(show),
  )
})

test('record: damaged records are corrupt, not misread', (t) => {
  const damaged = ['0a00', '0301', '020a', '020b', '0301', '021161', '020600', '04ffffff']
  for (const hex of damaged) {
    const bytes = Buffer.from(hex, 'hex')
    t.throws(() => decodeRecord(bytes, 0, bytes.length, 'utf8'), { code: 'SQLITE_CORRUPT' }, hex)
  }
})

test('record: a header of no bytes has no columns, as in SQLite', (t) => {
  t.deepEqual(decodeRecord(Buffer.from('00', 'hex'), 0, 1, 'utf8'), [])
})

test('record: no damage leads outside the record or into an endless loop', (t) => {
  const bytes = fc.uint8Array({ maxLength: 24 })
  fc.assert(
    fc.property(bytes, (data) => {
      try {
        const values = decodeRecord(data, 0, data.length, 'utf8')
        t.true(values.length <= data.length)
      } catch (error) {
        t.is((error as { code: string }).code, 'SQLITE_CORRUPT')
      }
    }),
    { seed, numRuns: 2000 },
  )
})

test('record: the rowid of an index entry is its last column', (t) => {
  const rowids = [0, 1, -1, 300, 70000, 2 ** 40, 9223372036854775807n, -9223372036854775808n]
  for (const rowid of rowids) {
    const bytes = encodeRecord(['key', null, rowid], 'utf8')
    t.is(readIndexRowid(bytes, 0, bytes.length), rowid)
  }
  const text = encodeRecord([1, 'no rowid'], 'utf8')
  t.throws(() => readIndexRowid(text, 0, text.length), { code: 'SQLITE_CORRUPT' })
})

test('record: a REAL column stores small whole numbers as INTEGER', (t) => {
  t.is(storedReal(new Real(5)), 5)
  t.is(storedReal(new Real(140737488355327)), 140737488355327)
  t.deepEqual(storedReal(new Real(140737488355328)), new Real(140737488355328))
  t.is(storedReal(2.5), 2.5)
  t.deepEqual(storedReal(new Real(Infinity)), new Real(Infinity))
})
