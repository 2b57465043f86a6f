/**
 * The engines beside each other on the workloads of `sections.mjs`, each in a process of its own, which stays for all of them. Rounds are measured in turn,
 * so that what else the machine does falls on all of them; the best of an engine's rounds counts.
 */
import { fork, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const script = join(import.meta.dirname, 'run-single.mjs')

/** What an engine's process may take for one answer. */
const patienceMs = 60_000

/** A workload of which one round takes as long is measured once, and not `rounds` times. */
const slowMs = 2500

/** Whoever has no chance of being the best peer is measured once. */
const measuredOnce = new Set(['turso'])

const endings = ['', '-wal', '-shm', '-tshm']

export class Contest {
  #node
  #folder
  #env
  #roundMs
  #rounds
  #children = new Map()
  #data = new Map()

  /**
   * @param {object} options
   * @param {string} options.node runs the engines
   * @param {string[]} options.engines
   * @param {string} options.folder for their files
   * @param {number} options.roundMs
   * @param {number} options.rounds
   * @param {NodeJS.ProcessEnv} [options.env]
   */
  constructor({ node, engines, folder, roundMs, rounds, env = process.env }) {
    this.#node = node
    this.#folder = folder
    this.#env = env
    this.#roundMs = roundMs
    this.#rounds = rounds
    this.engines = engines
  }

  /** Makes the data of a workload, for each engine a copy. Answers why it cannot, or `null`. */
  #make({ data }) {
    const original = this.#original(data)
    let missing = this.#data.get(data)
    if (missing === undefined) {
      const made = JSON.parse(this.#run('data', data, original).stdout)
      missing = made.missing === undefined ? `'${data}' could not be made` : made.missing
      this.#data.set(data, missing)
      if (missing !== null) return missing
      for (const engine of this.engines) copyFileSync(original, this.#copy(engine, data))
    }
    return missing
  }

  #original(data) {
    return join(this.#folder, `${data}.db`)
  }

  #copy(engine, data) {
    return join(this.#folder, `${engine.replace(':', '-')}-${data}.db`)
  }

  #run(...args) {
    const options = { encoding: 'utf8', env: this.#env, timeout: 2 * patienceMs }
    const child = spawnSync(this.#node, ['--no-warnings', script, ...args], options)
    return { ...child, stdout: child.status === 0 ? child.stdout : '{}' }
  }

  #child(engine) {
    let child = this.#children.get(engine)
    if (child === undefined || !child.connected) {
      child = fork(script, ['warm', this.#folder, engine], {
        execPath: this.#node,
        execArgv: ['--no-warnings'],
        env: this.#env,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      })
      child.stderr.resume()
      this.#children.set(engine, child)
    }
    return child
  }

  /** What the engine's process answers: `{ error }` where it fails, dies, or takes too long. */
  #ask(engine, question) {
    const child = this.#child(engine)
    return new Promise((resolve) => {
      const end = (reply) => {
        clearTimeout(timer)
        child.off('message', end)
        child.off('exit', died)
        resolve(reply)
      }
      const died = () => end({ error: 'its process died' })
      const timer = setTimeout(() => {
        end({ error: `no answer in ${patienceMs / 1000} s` })
        child.kill('SIGKILL')
        child.disconnect()
      }, patienceMs)
      child.once('message', end)
      child.once('exit', died)
      child.send(question)
    })
  }

  /**
   * Operations per second of each engine that can do it, and what the others say.
   * @returns {Promise<{ rates: Record<string, number>, errors: Record<string, string> }>}
   */
  async warm(workload) {
    const rates = {}
    const errors = {}
    const missing = this.#make(workload)
    if (missing !== null) return { rates, errors: { all: missing } }
    const rounds = {}
    for (const engine of this.engines) {
      const { ms, error } = await this.#ask(engine, { prepare: workload.name })
      if (error !== undefined) errors[engine] = error
      else rounds[engine] = ms > slowMs || measuredOnce.has(engine) ? 1 : this.#rounds
    }
    for (let i = 0; i < this.#rounds; i++) {
      for (const engine of Object.keys(rounds)) {
        if (i >= rounds[engine] || errors[engine] !== undefined) continue
        const { rate, error } = await this.#ask(engine, { measure: this.#roundMs })
        if (error !== undefined) errors[engine] = error
        else rates[engine] = Math.max(rates[engine] ?? 0, rate)
      }
    }
    return { rates, errors }
  }

  /** The same of one round in a process that has done nothing before; of `rounds` such processes the best. */
  cold(workload) {
    const rates = {}
    if (this.#make(workload) !== null) return rates
    const made = join(this.#folder, 'made.db')
    this.#remove(made)
    copyFileSync(this.#original(workload.data), made)
    if (workload.setUp.length > 0) this.#run('make', workload.name, made)
    const path = join(this.#folder, 'cold.db')
    const failed = new Set()
    for (let i = 0; i < this.#rounds; i++) {
      for (const engine of this.engines) {
        if (failed.has(engine) || (i > 0 && measuredOnce.has(engine))) continue
        this.#remove(path)
        copyFileSync(made, path)
        const { rate } = JSON.parse(this.#run('cold', workload.name, path, engine).stdout)
        if (rate === undefined) failed.add(engine)
        else rates[engine] = Math.max(rates[engine] ?? 0, rate)
      }
    }
    return rates
  }

  #remove(path) {
    for (const end of endings) if (existsSync(path + end)) rmSync(path + end)
  }

  /** What each process has had in memory at most, in bytes. */
  async memory() {
    const peaks = {}
    for (const engine of this.engines) {
      const { memory } = await this.#ask(engine, { memory: true })
      if (memory !== undefined) peaks[engine] = memory
    }
    return peaks
  }

  end() {
    for (const child of this.#children.values()) if (child.connected) child.disconnect()
  }
}
