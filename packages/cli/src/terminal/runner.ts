/** Statements on a terminal: they run in slices, so that Ctrl-C is heard while one does. */
import { rowsInSlices, type Database, type Statement } from '../../../engine/src/index.ts'
import type { Runner } from '../shell.ts'
import { startTicker } from './ticker.ts'

/** Statements that run in one piece. */
const inOnePiece =
  /^\s*(?:PRAGMA\s+(?:\w+\s*\.\s*)?(integrity_check|quick_check|wal_checkpoint)|(VACUUM))\b/i

export class InterruptibleRunner implements Runner {
  #stop = new AbortController()

  get isInterrupted(): boolean {
    return this.#stop.signal.aborted
  }

  /** Runs something during which Ctrl-C stops statements. */
  async during<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#stop = new AbortController()
    const stop = (): void => {
      // The terminal has written ^C where the cursor was.
      if (process.stdout.isTTY) process.stdout.write('\n')
      this.#stop.abort()
    }
    process.on('SIGINT', stop)
    try {
      return await run()
    } finally {
      process.off('SIGINT', stop)
    }
  }

  async *rows(
    { database, source }: Statement<unknown[], unknown>,
    values: readonly unknown[],
  ): AsyncGenerator<readonly unknown[]> {
    const end = tick(database, source)
    try {
      for await (const rows of rowsInSlices(database, source, values, this.#stop.signal))
        yield* rows
    } finally {
      end()
    }
  }

  async run(
    { database, source }: Statement<unknown[], unknown>,
    values: readonly unknown[],
  ): Promise<void> {
    const end = tick(database, source)
    try {
      for await (const _ of rowsInSlices(database, source, values, this.#stop.signal));
    } finally {
      end()
    }
  }
}

function tick(database: Database, sql: string): () => void {
  const match = inOnePiece.exec(sql)
  if (match === null || !process.stderr.isTTY) return () => {}
  const pages = database.pragma('page_count', { simple: true })
  return startTicker(
    (match[1] ?? match[2]!).toLowerCase().replace('_', ' '),
    `${String(pages)} pages`,
  )
}
