/** The state of a database as the core sees it from outside. */
import { loadNative } from './native.ts'
import type { NativeStatus } from './native-addon.d.ts'
import { translated } from './shared.ts'

export type {
  NativeCheckpoint,
  NativeProcess,
  NativeReader,
  NativeRecord,
  NativeStatus,
} from './native-addon.d.ts'

/**
 * Looks at a database file, open here or not, without disturbing anybody.
 * @throws SQLITE_CANTOPEN, SQLITE_NOTADB
 */
export function readStatus(path: string): NativeStatus {
  return translated(() => loadNative().databaseStatus(path))
}
