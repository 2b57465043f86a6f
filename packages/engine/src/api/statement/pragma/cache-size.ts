/** How many pages a connection keeps: as it says itself, and as the file says for whoever opens it. (PRAGMA cache_size, default_cache_size) */
import type { Session } from '../../connection/session.ts'
import { asStatement } from '../as-statement.ts'
import {
  usesOf,
  type PragmaDefinition,
  type PragmaPlace,
  type PragmaValue,
  type Rows,
} from './definition.ts'
import { integerOf } from './values.ts'

function cacheSize(_: Session, value: PragmaValue, { database: { pager } }: PragmaPlace): Rows {
  if (value === null) return [[pager.cacheSize]]
  pager.setCacheSize(integerOf(value))
  return []
}

/** In the header, where every connection finds it that reads the schema for the first time. */
function defaultCacheSize(
  connection: Session,
  value: PragmaValue,
  { database }: PragmaPlace,
): Rows {
  const { pager } = database
  if (value === null) {
    return asStatement(connection, false, usesOf(database, false), null, () => [
      [Math.abs(pager.header.defaultCacheSize) || pager.ownCacheSize],
    ])
  }
  const pages = Math.abs(integerOf(value))
  return asStatement(connection, true, usesOf(database, true), null, () => {
    pager.header.defaultCacheSize = pages
    pager.setCacheSize(pages)
    return []
  })
}

export const cacheSizePragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'cache_size',
    { columns: ['cache_size'], columnsWhenSet: [], needs: 'nothing', answer: cacheSize },
  ],
  [
    'default_cache_size',
    {
      columns: ['cache_size'],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'when-set',
      answer: defaultCacheSize,
    },
  ],
]
