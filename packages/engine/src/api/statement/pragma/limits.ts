/** Numbers and modes that bound what a connection does, or would bound it in SQLite. */
import { integerValue } from '../../../record/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaPlace, PragmaValue, Rows } from './definition.ts'
import { countOf, integerOf } from './values.ts'

/** The largest number of pages that the database may grow to. It cannot be less than there are. */
function maxPageCount(_: Session, value: PragmaValue, { database: { pager } }: PragmaPlace): Rows {
  const wanted = countOf(value) ?? 0n
  if (wanted > 0n) pager.limitPages(Number(wanted > 0xfffffffen ? 0xfffffffen : wanted))
  return [[pager.maxPages]]
}

/** As many pages as the cache holds before changed ones are written ahead of the commit, or 0 where that is switched off. */
function cacheSpill(
  { remembered }: Session,
  value: PragmaValue,
  { database: { pager } }: PragmaPlace,
): Rows {
  if (value === null) {
    if (remembered.get('cache_spill') === 0) return [[0]]
    const { cacheSize, pageSize } = pager
    const pages = cacheSize < 0 ? Math.floor((-cacheSize * 1024) / (pageSize + 136)) : cacheSize
    return [[Math.max(pages, remembered.get('cache_spill') ?? 1)]]
  }
  const isNumber = /^[-+]?\d+$/.test(String(value))
  const pages = isNumber ? integerOf(value) : 1
  const isOff = isNumber ? pages === 0 : /^(?:off|no|false)$/i.test(String(value))
  remembered.set('cache_spill', isOff ? 0 : Math.max(1, pages))
  return []
}

/**
 * A database of one process is exclusive to it whatever this says, one in memory to its connection; one of several processes is never exclusive.
 * Without a name it is that of databases to come, too. (`sqlite3PagerLockingMode`)
 */
function lockingMode(
  { remembered, databases }: Session,
  value: PragmaValue,
  { database, isNamed }: PragmaPlace,
): Rows {
  const wanted = String(value ?? '').toLowerCase()
  const mode = wanted === 'exclusive' ? 1 : wanted === 'normal' ? 0 : null
  const key = (name: string): string => `locking_mode of ${name}`
  if (mode !== null) {
    if (!isNamed) remembered.set('locking_mode', mode)
    for (const { name } of isNamed ? [database] : databases.all) remembered.set(key(name), mode)
  }
  const common = remembered.get('locking_mode') ?? 0
  if (!isNamed && mode === null) return [[modeName(common)]]
  if (database.isMemory) return [['exclusive']]
  if (database.pager.isShared) return [['normal']]
  return [[modeName(remembered.get(key(database.name)) ?? common)]]
}

const modeName = (mode: number): string => (mode === 1 ? 'exclusive' : 'normal')

/** Once there is a limit, it can only be lowered. (`sqlite3_hard_heap_limit64`, as PRAGMA calls it) */
function hardHeapLimit({ remembered }: Session, value: PragmaValue): Rows {
  const wanted = countOf(value) ?? 0n
  const before = BigInt(remembered.get('hard_heap_limit') ?? 0)
  const limit = wanted > 0n && (before === 0n || wanted < before) ? wanted : before
  remembered.set('hard_heap_limit', Math.min(Number(limit), Number.MAX_SAFE_INTEGER))
  return [[integerValue(limit)]]
}

/** A number that is remembered: at least 0, at most `most`; a value without a number leaves it. */
function remembered(
  name: string,
  column: string,
  most: number,
): readonly [string, PragmaDefinition] {
  const answer = ({ remembered }: Session, value: PragmaValue): Rows => {
    const number = countOf(value)
    if (number !== null) remembered.set(name, Math.min(Number(number), most))
    return [[integerValue(BigInt(remembered.get(name) ?? 0))]]
  }
  return [name, { columns: [column], needs: 'nothing', answer }]
}

export const limitPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['max_page_count', { columns: ['max_page_count'], needs: 'pages', answer: maxPageCount }],
  [
    'cache_spill',
    { columns: ['cache_spill'], columnsWhenSet: [], needs: 'nothing', answer: cacheSpill },
  ],
  ['locking_mode', { columns: ['locking_mode'], needs: 'nothing', answer: lockingMode }],
  // ANALYZE counts all rows, whatever it says.
  remembered('analysis_limit', 'analysis_limit', 0x7fffffff),
  remembered('threads', 'threads', 8),
  remembered('soft_heap_limit', 'soft_heap_limit', Number.MAX_SAFE_INTEGER),
  ['hard_heap_limit', { columns: ['hard_heap_limit'], needs: 'nothing', answer: hardHeapLimit }],
  // Files are never mapped into memory: as in a build with SQLITE_MAX_MMAP_SIZE=0. Other databases answer nothing.
  [
    'mmap_size',
    {
      columns: ['mmap_size'],
      needs: 'nothing',
      answer: (_, _value, { database }) => (database.isMemory ? [] : [[0]]),
    },
  ],
  // Pages of a database in memory are the database; others are dropped where room is wanted.
  ['shrink_memory', { columns: [], needs: 'nothing', answer: () => [] }],
]
