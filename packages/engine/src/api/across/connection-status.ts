/** `db.status()`: the state of a connection's database, and what the connection itself watches and has locked. */
import type { Connection } from '../connection/connection.ts'
import { statusOfFile, statusOfMemory, type DatabaseStatus } from '../status.ts'
import { lockStatuses } from './lock.ts'
import { watcherCount } from './watch.ts'

/** @throws TypeError where it is closed */
export function statusOfConnection(connection: Connection): DatabaseStatus {
  connection.checkOpen()
  const { pager } = connection
  const own = { watchers: watcherCount(connection), locks: lockStatuses(connection) }
  const status = connection.isMemory
    ? statusOfMemory(pager.pageSize, pager.pageCount)
    : statusOfFile(pager.path)
  // A private reader is nobody that a look from outside could know of.
  return { ...status, openHere: true, connection: own }
}
