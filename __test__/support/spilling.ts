/** A connection whose statements may keep very little in memory, and whose temporary files a test counts and makes fail. */
import { Connection } from '../../packages/engine/src/api/connection/connection.ts'
import { parseOpenRequest } from '../../packages/engine/src/api/open/options.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { Spill } from '../../packages/engine/src/runtime/index.ts'
import type { Slice } from '../../packages/engine/src/runtime/index.ts'
import { MemoryFile, type File } from '../../packages/engine/src/storage/index.ts'
import { shown } from '../codegen/bare-engine.ts'
import { literal } from './oracle.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'

/** Over a temporary file in memory. `memoryLimit`: bytes. */
export function openSpill(memoryLimit: number, slice: Slice | null = null): Spill {
  const settings = {
    memoryLimit: () => memoryLimit,
    open: () => new MemoryFile(),
    onOpen: () => undefined,
    onClose: () => undefined,
  }
  return new Spill(settings, slice)
}

/** Refuses a write, by its number or where it ends. */
export type Refusal = (write: number, end: number) => Error | null

class WatchedFile extends MemoryFile {
  readonly #owner: SpillingEngine

  constructor(owner: SpillingEngine) {
    super()
    this.#owner = owner
    owner.opened++
  }

  override write(buffers: readonly Uint8Array[], position: number): void {
    const end = buffers.reduce((at, buffer) => at + buffer.length, position)
    const error = this.#owner.refuse?.(++this.#owner.written, end) ?? null
    if (error !== null) throw error
    super.write(buffers, position)
  }

  override close(): void {
    this.#owner.closed++
  }
}

export class SpillingEngine {
  readonly connection: Connection
  opened = 0
  closed = 0
  written = 0
  refuse: Refusal | null = null

  constructor(encoding = 'UTF-8', path = ':memory:') {
    this.connection = new Connection(parseOpenRequest(path, undefined))
    this.connection.exec(`PRAGMA encoding = '${encoding}'`)
    this.connection.context.openTemporaryFile = (): File => new WatchedFile(this)
  }

  exec(sql: string): void {
    this.connection.exec(sql)
  }

  /** Bytes, in KiB, that a statement may keep. */
  limit(kib: number): void {
    this.exec(`PRAGMA cache_size = -${kib}`)
  }

  /** All rows, storage classes and all. */
  rows(sql: string, params: readonly Value[] = []): string[] {
    const rows = this.connection.prepare(sql).all(params, 'raw', 'bigint') as unknown[][]
    return rows.map((row) => row.map(shown).join(' | '))
  }

  /** The same one by one. */
  *each(sql: string): IterableIterator<string> {
    for (const row of this.connection.prepare(sql).rows([], 'raw', 'bigint'))
      yield (row as unknown[]).map(shown).join(' | ')
  }

  close(): void {
    this.connection.close()
  }
}

const texts = [
  '',
  'a',
  'A',
  'b ',
  'b',
  'Ä',
  'ä',
  '€uro',
  '😀',
  'x'.repeat(40),
  'na\0me',
  '12',
  '1e2',
]

/** A value of any kind, from few enough that many are equal. */
export function someValue(random: Random): string {
  const pick = random.below(100)
  switch (random.below(9)) {
    case 0:
      return 'NULL'
    case 1:
      return String(pick)
    case 2:
      return `${pick}.0`
    case 3:
      return `${pick}.25`
    case 4:
      return String(9007199254740990n + BigInt(pick))
    case 5:
      return literal(texts[pick % texts.length]!)
    case 6:
      return `x'${Buffer.from([pick, 0, 255]).toString('hex')}'`
    case 7:
      return `CAST(x'${['ff', 'c3', 'e282', '61ff62', 'd800'][pick % 5]!}' AS TEXT)`
    default:
      return `-0.0 * ${pick % 2}`
  }
}

/** Makes `t(id, k, v, r, n)` with `count` rows: `k` and `v` of all kinds, `r` REAL, `n` NOCASE. */
export function fillTable(engine: SpillingEngine, seed: number, count: number): void {
  const random = createRandom(1, seed)
  engine.exec(
    'CREATE TABLE t(id INTEGER PRIMARY KEY, k, v, r REAL, n TEXT COLLATE NOCASE); CREATE TABLE u(k, v, r REAL)',
  )
  const words = ['one', 'One', 'two', 'TWO', 'three', 'x', 'X ']
  for (let i = 0; i < count; i++) {
    const word = `${random.pick(words)}${random.below(30)}`
    const r = random.below(10) === 0 ? 'NULL' : random.below(40) / random.pick([1, 4])
    engine.exec(
      `INSERT INTO t VALUES (${i}, ${someValue(random)}, ${someValue(random)}, ${r}, '${word}')`,
    )
    if (i % 2 === 0)
      engine.exec(`INSERT INTO u VALUES (${someValue(random)}, ${someValue(random)}, ${r})`)
  }
}
