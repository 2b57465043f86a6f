/** PRAGMA temp_store_directory: where temporary files are made, for the whole process. */
import { sqlError } from '../../../base/error.ts'
import { chosenTemporaryFolder, chooseTemporaryFolder } from '../../../storage/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'

function temporaryFolder(_: Session, value: PragmaValue): Rows {
  if (value === null) {
    const chosen = chosenTemporaryFolder()
    return chosen === '' ? [] : [[chosen]]
  }
  if (!chooseTemporaryFolder(String(value))) throw sqlError('not a writable directory')
  return []
}

export const temporaryFolderPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'temp_store_directory',
    {
      columns: ['temp_store_directory'],
      columnsWhenSet: [],
      needs: 'nothing',
      answer: temporaryFolder,
    },
  ],
]
