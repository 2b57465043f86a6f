/** `backup(sourceDb, path, options)`: a promise, and the event loop has its turn between two steps. */
import { sqlError } from '../../base/error.ts'
import { Backup } from '../connection/backup.ts'
import { connectionOf } from './database.ts'
import { answerInNode, answeringInNode, invalidArgType, outOfRange } from './errors.ts'
import type { BackupOptions, BackupProgressInfo, DatabaseSync } from './face.ts'
import { isInt32 } from './is-int32.ts'
import { isObject, pathOf } from './options.ts'

interface Wanted {
  readonly rate: number
  readonly source: string
  readonly target: string
  readonly progress: ((info: BackupProgressInfo) => void) | null
}

/**
 * Copies a database to a file, whose contents it replaces. Answers the number of pages.
 *
 * ```ts
 * await backup(db, 'copy.db', { rate: 500, progress: ({ remainingPages }) => console.log(remainingPages) })
 * ```
 */
export const backup: (
  sourceDb: DatabaseSync,
  path: string | Buffer | URL,
  options?: BackupOptions,
) => Promise<number> = answeringInNode('backup', (...args: unknown[]): Promise<number> => {
  const [sourceDb, path, options] = args
  const connection = connectionOf(sourceDb)
  if (typeof sourceDb !== 'object' || sourceDb === null) {
    throw invalidArgType('The "sourceDb" argument must be an object.')
  }
  if (connection === null) {
    throw invalidArgType('The "sourceDb" argument must be an instance of DatabaseSync.')
  }
  const target = pathOf(path, 'path')
  const wanted = readOptions(args.length > 2 ? options : {})
  connection.checkOpen()
  return run(() => {
    if (!/^(?:main|temp)$/i.test(wanted.target)) {
      throw sqlError(`unknown database ${wanted.target}`)
    }
    return new Backup(connection, wanted.source, target, wanted.rate)
  }, wanted.progress)
}) as never

function readOptions(given: unknown): Wanted {
  if (!isObject(given)) throw invalidArgType('The "options" argument must be an object.')
  const { rate = 100 } = given
  if (!isInt32(rate)) throw invalidArgType('The "options.rate" argument must be an integer.')
  if (rate <= 0) throw outOfRange('The "options.rate" argument must be a positive integer.')
  const source = nameOption(given, 'source')
  const target = nameOption(given, 'target')
  const { progress } = given
  if (progress !== undefined && typeof progress !== 'function') {
    throw invalidArgType('The "options.progress" argument must be a function.')
  }
  return { rate, source, target, progress: (progress as Wanted['progress']) ?? null }
}

function nameOption(given: Readonly<Record<string, unknown>>, key: string): string {
  const value = given[key]
  if (value === undefined) return 'main'
  if (typeof value === 'string') return value
  throw invalidArgType(`The "options.${key}" argument must be a string.`)
}

async function run(open: () => Backup, progress: Wanted['progress']): Promise<number> {
  let job: Backup
  try {
    job = open()
  } catch (error) {
    throw answerInNode(error)
  }
  try {
    await turn()
    while (!step(job)) {
      const { totalPages, remainingPages } = job
      progress?.({ totalPages, remainingPages })
      await turn()
    }
    return job.totalPages
  } finally {
    close(job)
  }
}

/** The event loop has had its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function step(job: Backup): boolean {
  try {
    return job.step()
  } catch (error) {
    throw answerInNode(error)
  }
}

function close(job: Backup): void {
  try {
    job.close()
  } catch (error) {
    throw answerInNode(error)
  }
}

Object.defineProperty(backup, 'length', { value: 2, configurable: true })
