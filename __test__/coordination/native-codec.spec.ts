/** The native checksums against known vectors, and against the ones in TypeScript. */
import test from 'ava'
import fc from 'fast-check'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import { scriptCodec } from '../../packages/engine/src/storage/wal/codec.ts'
import { refusal } from './native-session.ts'

const native = loadNative()

test('codec: CRC-32C of the check string', (t) => {
  t.is(native.crc32c(Buffer.from('123456789')), 0xe3069283)
})

test('codec: the checksum of a known log header', (t) => {
  const header = Buffer.alloc(24)
  const words = [0x377f0682, 3_007_000, 4096, 0, 4_182_313_228, 4_176_875_018]
  words.forEach((word, index) => header.writeUInt32BE(word, 4 * index))
  const chain = new Uint32Array(2)
  native.walChecksum(header, false, chain)
  t.deepEqual([...chain], [3_773_844_748, 2_733_054_889])
})

test('codec: native and TypeScript compose the same frames', (t) => {
  const pages = fc.array(fc.uint8Array({ minLength: 512, maxLength: 512 }), { maxLength: 4 })
  const word = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(pages, word, word, word, fc.boolean(), (data, pgno, pageCount, salt, isBig) => {
      const results = [native, scriptCodec].map((codec) => {
        const headers = new Uint8Array(24 * data.length)
        const pgnos = Uint32Array.from(data, (_, i) => (pgno + i) >>> 0)
        const chain = Uint32Array.of(salt, pgno)
        codec.encodeFrameHeaders(headers, pgnos, data, pageCount, salt, pgno, isBig, chain)
        return [...headers, ...chain]
      })
      t.deepEqual(results[0], results[1])
    }),
    { numRuns: 40 },
  )
})

test('codec: arguments that do not fit are refused', (t) => {
  const chain = new Uint32Array(2)
  const calls = [
    () => native.walChecksum(Buffer.alloc(7), false, chain),
    () => native.walChecksum(Buffer.alloc(8), false, new Uint32Array(1)),
    () =>
      native.encodeFrameHeaders(
        Buffer.alloc(23),
        Uint32Array.of(1),
        [Buffer.alloc(512)],
        1,
        1,
        1,
        false,
        chain,
      ),
  ]
  for (const call of calls) t.is(refusal(call).code, 'SQLITE_MISUSE')
})
