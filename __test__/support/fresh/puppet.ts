/** Connections elsewhere that do one thing after the other: in a process, or in a worker thread, of their own. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { engine } from '../built.ts'
import { perform } from './act.ts'
import type { Action, Answer } from './act.ts'

const script = new URL('../../multiprocess/workers/puppet.mjs', import.meta.url)

export interface Puppet {
  perform(action: Action): Promise<Answer>
  /** Ends it in the middle of whatever it has open. */
  kill(): Promise<void>
}

abstract class Waiting implements Puppet {
  readonly #waiting: ((answer: Answer) => void)[] = []
  #end: Answer | null = null

  protected abstract send(message: object): void
  abstract kill(): Promise<void>

  protected greet(): void {
    void this.#ask({ perform: String(perform) })
  }

  protected deliver(answer: Answer): void {
    this.#waiting.shift()?.(answer)
  }

  /** Whatever is asked of it from here on has the answer that it is gone. */
  protected over(message: string): void {
    this.#end ??= { code: 'ENDED', message, inTransaction: false }
    for (const answer of this.#waiting.splice(0)) answer(this.#end)
  }

  #ask(message: object): Promise<Answer> {
    if (this.#end !== null) return Promise.resolve(this.#end)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.send(message)
    })
  }

  perform(action: Action): Promise<Answer> {
    return this.#ask(action)
  }
}

export class ProcessPuppet extends Waiting {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<void>

  constructor(environment: Readonly<Record<string, string>> = {}) {
    super()
    this.#child = spawn(process.execPath, ['--no-warnings', fileURLToPath(script), engine], {
      env: { ...process.env, ...environment },
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) =>
      this.deliver(JSON.parse(line) as Answer),
    )
    let errors = ''
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    this.#child.stdin.on('error', () => {})
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.over(`the process ended with ${code ?? signal}: ${errors}`)
        resolve()
      })
    })
    this.greet()
  }

  protected send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`)
  }

  kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    return this.#ended
  }
}

export class ThreadPuppet extends Waiting {
  readonly #worker: Worker

  constructor() {
    super()
    this.#worker = new Worker(script, { workerData: engine })
    this.#worker.on('message', (answer: Answer) => this.deliver(answer))
    this.#worker.on('error', (error) => this.over(`the thread ended: ${String(error)}`))
    this.greet()
  }

  protected send(message: object): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message)
  }

  async kill(): Promise<void> {
    await this.#worker.terminate()
    this.over('terminated')
  }
}
