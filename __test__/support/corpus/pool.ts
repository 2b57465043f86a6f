/** Worker processes that share the jobs. One whose case hangs is killed; its job begins anew without that case, which has failed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Job, Result } from './job.ts'

export interface PoolOptions {
  /** The program that runs a worker. */
  readonly node: string
  readonly workers: number
  /** For one case. */
  readonly timeoutMs: number
  /** A case is begun. */
  onCase(job: Job): void
  onResult(job: Job, result: Result): void
  /** A job of which nothing can be said: its file cannot be read, or too many of its cases are fatal. */
  onLost(job: Job, reason: string): void
}

/** After so many fatal cases a file is given up. */
const mostFatal = 20

const program = fileURLToPath(new URL('./worker.ts', import.meta.url))

class Worker {
  readonly #options: PoolOptions
  readonly #queue: Job[]
  #child: ChildProcess | null = null
  #job: Job | null = null
  #current = -1
  #begun = 0
  #complaint = ''

  constructor(options: PoolOptions, queue: Job[]) {
    this.#options = options
    this.#queue = queue
  }

  /** Works until no job is left. */
  async work(): Promise<void> {
    while (this.#queue.length > 0) await this.#workInOneProcess()
  }

  #workInOneProcess(): Promise<void> {
    const child = spawn(this.#options.node, ['--no-warnings', program], {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#complaint = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-2000)
    })
    const lines = createInterface({ input: child.stdio[3] as Readable })
    lines.on('line', (line) => this.#hear(line))
    const watch = setInterval(() => {
      if (performance.now() - this.#begun > this.#options.timeoutMs) child.kill('SIGKILL')
    }, 250)
    this.#next()
    return new Promise((resolve) => {
      child.on('close', () => {
        clearInterval(watch)
        this.#afterEnd()
        resolve()
      })
    })
  }

  #next(): void {
    const job = this.#queue.shift() ?? null
    this.#job = job
    this.#current = -1
    this.#begun = performance.now()
    if (job === null) this.#child!.stdin!.end()
    else this.#child!.stdin!.write(JSON.stringify(job) + '\n')
  }

  #hear(line: string): void {
    const job = this.#job!
    if (line.startsWith('b ')) {
      this.#current = Number(line.slice(2))
      this.#begun = performance.now()
      this.#options.onCase(job)
      return
    }
    this.#options.onResult(job, JSON.parse(line.slice(2)) as Result)
    this.#next()
  }

  /** The process has ended; with a job it did not do so by itself. */
  #afterEnd(): void {
    const job = this.#job
    if (job === null) return
    const last = this.#complaint.trim().split('\n')
    if (this.#current < 0 || job.fatal.includes(this.#current))
      this.#options.onLost(job, last.find((line) => /Error/.test(line)) ?? 'ends its process')
    else if (job.fatal.length >= mostFatal)
      this.#options.onLost(job, `more than ${mostFatal} of its cases are fatal`)
    else this.#queue.unshift({ ...job, fatal: [...job.fatal, this.#current] })
  }
}

/** Does all jobs. */
export async function runJobs(jobs: readonly Job[], options: PoolOptions): Promise<void> {
  const queue = [...jobs]
  const workers = Math.min(options.workers, queue.length)
  await Promise.all(Array.from({ length: workers }, () => new Worker(options, queue).work()))
}
