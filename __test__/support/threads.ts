/** Worker threads that do what they are told on a database, and can be terminated in the middle of it. */
import { Worker as NodeWorker } from 'node:worker_threads'
import { engine } from './built.ts'

const script = new URL('../multiprocess/workers/thread.mjs', import.meta.url)

/** What threads count, and nobody who terminates them can lose. */
export const counts: Int32Array = new Int32Array(new SharedArrayBuffer(4 * 1024))

export interface ThreadAnswer {
  readonly ok?: unknown
  readonly code?: string
  readonly message?: string
}

export class Thread {
  readonly #worker: NodeWorker
  readonly #waiting: ((answer: ThreadAnswer) => void)[] = []
  #failure: unknown = null

  constructor() {
    this.#worker = new NodeWorker(script, {
      workerData: { engine, counts: counts.buffer },
    })
    this.#worker.on('message', (answer: ThreadAnswer) => this.#waiting.shift()?.(answer))
    this.#worker.on('error', (error) => {
      this.#failure = error
      for (const answer of this.#waiting.splice(0)) answer({ message: String(error) })
    })
  }

  async ask(message: object): Promise<ThreadAnswer> {
    if (this.#failure !== null) throw this.#failure
    const answer = new Promise<ThreadAnswer>((resolve) => this.#waiting.push(resolve))
    this.#worker.postMessage(message)
    return answer
  }

  /** Tells it something that has no answer, and waits until it has begun. */
  async start(message: object, slot: number): Promise<void> {
    Atomics.store(counts, slot, 0)
    this.#worker.postMessage({ ...message, begin: slot, slot })
    while (Atomics.load(counts, slot) === 0 && this.#failure === null) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
    if (this.#failure !== null) throw this.#failure
  }
}
