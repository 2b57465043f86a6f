/** Settings of the connection alone. */
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'
import { booleanOf, integerOf } from './values.ts'

function busyTimeout(connection: Session, value: PragmaValue): Rows {
  if (value !== null) {
    const timeoutMs = Math.max(0, integerOf(value))
    for (const { pager } of connection.databases.all) pager.busyTimeoutMs = timeoutMs
  }
  return [[connection.pager.busyTimeoutMs]]
}

/** Whether foreign keys are enforced. Inside a transaction nothing happens. */
function foreignKeys(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.foreignKeys ? 1 : 0]]
  if (!connection.inTransaction) connection.foreignKeys = booleanOf(value)
  return []
}

/** To the end of the transaction all foreign keys are as deferred. */
function deferForeignKeys(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.defersForeignKeys ? 1 : 0]]
  connection.defersForeignKeys = booleanOf(value)
  return []
}

function recursiveTriggers(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.recursiveTriggers ? 1 : 0]]
  connection.recursiveTriggers = booleanOf(value)
  return []
}

/** Whether ALTER TABLE … RENAME leaves alone what views, triggers and CHECKs say. */
function legacyAlterTable(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.legacyAlterTable ? 1 : 0]]
  connection.legacyAlterTable = booleanOf(value)
  return []
}

/** Whether what a statement cannot keep in memory goes to a temporary file: not where it is 2. */
function tempStore(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.context.tempStore]]
  connection.setTempStore(tempStoreOf(String(value).toLowerCase()))
  return []
}

/** `getTempStore` of pragma.c. */
function tempStoreOf(text: string): number {
  if (/^[0-2]/.test(text)) return Number(text[0])
  if (text === 'file') return 1
  return text === 'memory' ? 2 : 0
}

export const settingPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['busy_timeout', { columns: ['timeout'], needs: 'nothing', answer: busyTimeout }],
  [
    'temp_store',
    { columns: ['temp_store'], columnsWhenSet: [], needs: 'nothing', answer: tempStore },
  ],
  [
    'foreign_keys',
    { columns: ['foreign_keys'], columnsWhenSet: [], needs: 'nothing', answer: foreignKeys },
  ],
  [
    'defer_foreign_keys',
    {
      columns: ['defer_foreign_keys'],
      columnsWhenSet: [],
      needs: 'nothing',
      answer: deferForeignKeys,
    },
  ],
  [
    'recursive_triggers',
    {
      columns: ['recursive_triggers'],
      columnsWhenSet: [],
      needs: 'nothing',
      answer: recursiveTriggers,
    },
  ],
  [
    'legacy_alter_table',
    {
      columns: ['legacy_alter_table'],
      columnsWhenSet: [],
      needs: 'nothing',
      answer: legacyAlterTable,
    },
  ],
  [
    'compile_options',
    {
      columns: ['compile_options'],
      needs: 'nothing',
      answer: () => [['DEFAULT_WAL_SYNCHRONOUS=2'], ['THREADSAFE=1']],
    },
  ],
]
