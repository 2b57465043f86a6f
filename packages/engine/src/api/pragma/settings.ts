/** Settings of the connection alone. */
import type { Session } from '../session.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'
import { booleanOf, integerOf } from './values.ts'

function busyTimeout(connection: Session, value: PragmaValue): Rows {
  const { pager } = connection
  if (value !== null) pager.busyTimeoutMs = Math.max(0, integerOf(value))
  return [[pager.busyTimeoutMs]]
}

function cacheSize(connection: Session, value: PragmaValue): Rows {
  const { pager } = connection
  if (value === null) return [[pager.cacheSize]]
  pager.setCacheSize(integerOf(value))
  return []
}

/** Accepted and remembered; foreign keys are parsed, stored and not enforced. (COMPATIBILITY.md) */
function foreignKeys(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.foreignKeys ? 1 : 0]]
  if (!connection.inTransaction) connection.foreignKeys = booleanOf(value)
  return []
}

export const settingPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['busy_timeout', { columns: ['timeout'], reads: false, answer: busyTimeout }],
  ['cache_size', { columns: ['cache_size'], columnsWhenSet: [], reads: false, answer: cacheSize }],
  [
    'foreign_keys',
    { columns: ['foreign_keys'], columnsWhenSet: [], reads: false, answer: foreignKeys },
  ],
  [
    'compile_options',
    {
      columns: ['compile_options'],
      reads: false,
      answer: () => [['DEFAULT_WAL_SYNCHRONOUS=2'], ['THREADSAFE=1']],
    },
  ],
]
