/** Other processes, and this one, at work in the native core: for the tests of locks, bytes and repair. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import type { Coordinator } from '../../packages/engine/src/coordination/native.ts'

export interface Opening {
  readonly path: string
  readonly multiprocess?: boolean
  readonly readonly?: boolean
  readonly create?: boolean
  readonly timeoutMs?: number
}

export const defaults = { multiprocess: true, readonly: false, create: true, timeoutMs: 0 }

/** What installs nothing: the snapshot of a database without a log. */
export const nothing: Float64Array = new Float64Array(17)
export const noFrames: Uint32Array = new Uint32Array(0)

export interface Session {
  readonly coordinator: Coordinator
  readonly snapshot: Float64Array
}

/** Opens in this process, and recovers nothing where it is the first. */
export function openHere(opening: Opening): Session {
  const snapshot = new Float64Array(17)
  const { Coordinator } = loadNative()
  const coordinator = new Coordinator({ ...defaults, ...opening }, snapshot)
  if (coordinator.isFirst) {
    coordinator.install(nothing, noFrames)
    coordinator.finishOpen()
  }
  return { coordinator, snapshot }
}

/** Publishes a commit with the given pages, as if their frames had been written. */
export function commit(session: Session, ...pgnos: number[]): void {
  commitPages(session, pgnos)
}

export function commitPages(session: Session, pgnos: readonly number[]): void {
  const { coordinator, snapshot } = session
  coordinator.beginRead()
  const answer = coordinator.beginWrite()
  if (answer !== 0 && answer !== 3) throw new Error(`beginWrite answered ${answer}`)
  if (snapshot[6] === 0) coordinator.publishHeader(4096, 11, 22, 33, 44)
  coordinator.publishCommit(Uint32Array.from(pgnos), pgnos[0]!, pgnos.length)
  coordinator.endWrite()
  coordinator.endRead()
}

export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Runs what must fail, and answers how. */
export function refusal(call: () => unknown): Refusal {
  try {
    call()
  } catch (error) {
    const { code, message } = error as Refusal
    return { code, message }
  }
  throw new Error('it was not refused')
}

interface Reply {
  readonly value?: unknown
  readonly code?: string
  readonly message?: string
}

/** Another process with one connection. */
export class Peer {
  readonly #child: ChildProcess
  readonly #replies: ((reply: Reply) => void)[] = []

  /** @param prefix a program, with arguments, that runs it */
  constructor(environment: Record<string, string> = {}, prefix: readonly string[] = []) {
    const script = fileURLToPath(new URL('native-peer.mjs', import.meta.url))
    const command = [...prefix, process.execPath, '--no-warnings', script]
    this.#child = spawn(command[0]!, command.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    })
    let partial = ''
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n')
      partial = lines.pop()!
      for (const line of lines) this.#replies.shift()?.(JSON.parse(line) as Reply)
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Calls a method there. @throws what it throws there */
  async call(method: string, ...args: unknown[]): Promise<unknown> {
    const reply = await new Promise<Reply>((resolve) => {
      this.#replies.push(resolve)
      this.#child.stdin!.write(`${JSON.stringify([method, ...args])}\n`)
    })
    if (reply.code === undefined && reply.message === undefined) return reply.value
    throw Object.assign(new Error(reply.message), { code: reply.code })
  }

  /** Opens a connection there, and recovers nothing where it is the first. */
  async open(opening: Opening): Promise<{ isFirst: boolean; coordinated: boolean; walFd: number }> {
    const opened = await this.call('open', { ...defaults, ...opening })
    const answer = opened as { isFirst: boolean; coordinated: boolean; walFd: number }
    if (answer.isFirst) {
      await this.call('install', { f64: [...nothing] }, { u32: [] })
      await this.call('finishOpen')
    }
    return answer
  }

  async commit(...pgnos: number[]): Promise<void> {
    await this.call('beginRead')
    await this.call('beginWrite')
    const snapshot = (await this.call('snapshot')) as number[]
    if (snapshot[6] === 0) await this.call('publishHeader', 4096, 11, 22, 33, 44)
    await this.call('publishCommit', { u32: pgnos }, pgnos[0], pgnos.length)
    await this.call('endWrite')
    await this.call('endRead')
  }

  /** Ends the process without a chance to clean up. */
  async kill(): Promise<void> {
    if (this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin!.end()
    await ended
  }
}

// Another process reads and writes the bytes: where locks are classic, closing a descriptor of the file here would
// drop all that this process has on it. (CHORUSDB_LOCKS=classic runs these tests that way on Linux, too.)

/** The bytes of the coordination file. */
export function tshm(path: string): Buffer {
  return execFileSync('cat', [`${path}-tshm`], { maxBuffer: 1 << 24 })
}

/** Overwrites 64-bit words of the coordination file, as a process that died in the middle would leave them. */
export function poke(path: string, ...words: (readonly [number, bigint])[]): void {
  const script = `
    const fs = require('node:fs')
    const file = fs.openSync(process.argv[1], 'r+')
    const word = Buffer.alloc(8)
    for (const [offset, value] of JSON.parse(process.argv[2])) {
      word.writeBigUInt64LE(BigInt(value))
      fs.writeSync(file, word, 0, 8, offset)
    }`
  const args = JSON.stringify(words.map(([offset, value]) => [offset, String(value)]))
  execFileSync(process.execPath, ['-e', script, `${path}-tshm`, args])
}
