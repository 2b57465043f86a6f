/** Files that give back what they do not need. (PRAGMA auto_vacuum, PRAGMA incremental_vacuum) */
import {
  autoVacuumOf,
  changeAutoVacuum,
  incrementalVacuum,
  type AutoVacuum,
} from '../../../storage/index.ts'
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

const modes: readonly AutoVacuum[] = ['none', 'full', 'incremental']

function modeOf(value: PragmaValue): AutoVacuum {
  const word = modes.find((mode) => mode === String(value).toLowerCase())
  return word ?? modes[integerOf(value)] ?? 'none'
}

/** Of a database that does not exist yet it is chosen; of any other, only FULL and INCREMENTAL can change places before VACUUM. */
function autoVacuum(connection: Session, value: PragmaValue, { database }: PragmaPlace): Rows {
  const { pager } = database
  if (value === null) return connection.withSchemas(() => [[modes.indexOf(autoVacuumOf(pager))]])
  const mode = modeOf(value)
  connection.nextAutoVacuum = mode
  connection.withSchemas(() => pager.chooseAutoVacuum(mode))
  if (pager.isEmpty) return []
  return asStatement(connection, true, usesOf(database, true), null, () => {
    changeAutoVacuum(pager, mode)
    return []
  })
}

function vacuumIncrementally(
  connection: Session,
  value: PragmaValue,
  { database }: PragmaPlace,
): Rows {
  const count = value === null ? 0 : integerOf(value)
  return asStatement(connection, true, usesOf(database, true), null, () => {
    incrementalVacuum(database.pager, count > 0 ? count : Infinity)
    return []
  })
}

export const autoVacuumPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'auto_vacuum',
    {
      columns: ['auto_vacuum'],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'when-set',
      isReadonly: true,
      answer: autoVacuum,
    },
  ],
  [
    'incremental_vacuum',
    {
      columns: [],
      columnsWhenSet: [],
      needs: 'nothing',
      writes: 'always',
      answer: vacuumIncrementally,
    },
  ],
]
