/** Statements on a terminal: they run in slices, so that Ctrl-C is heard while one does. */
import { rowsInSlices, type Statement } from '../../../engine/src/index.ts'
import type { Runner } from '../shell.ts'

export class InterruptibleRunner implements Runner {
  #stop = new AbortController()

  get isInterrupted(): boolean {
    return this.#stop.signal.aborted
  }

  /** Runs something during which Ctrl-C stops statements. */
  async during<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#stop = new AbortController()
    const stop = (): void => this.#stop.abort()
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
    for await (const rows of rowsInSlices(database, source, values, this.#stop.signal)) yield* rows
  }

  async run(
    { database, source }: Statement<unknown[], unknown>,
    values: readonly unknown[],
  ): Promise<void> {
    for await (const _ of rowsInSlices(database, source, values, this.#stop.signal));
  }
}
