/** Runs a page of the documents in a folder of its own, as a reader would, and says what is not so. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tsBlankSpace from 'ts-blank-space'
import { shell } from '../support/built.ts'
import { temporaryFolder } from '../support/temporary.ts'
import type { Note } from './claims-runtime.ts'
import { claimsOf, nameOf, withClaims } from './claims.ts'
import { fits } from './matching.ts'
import { isCode, stepsOf, type Step } from './page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const runtime = new URL('claims-runtime.ts', import.meta.url).href
const patienceMs = 60_000

/** A folder in which `chorusdb` and `better-sqlite3` are ours, and whose types are Node's. */
export function readersFolder(): string {
  const folder = temporaryFolder()
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@chorusdb'), { recursive: true })
  symlinkSync(root, join(modules, 'chorusdb'), 'dir')
  symlinkSync(join(root, 'node_modules', '@types'), join(modules, '@types'), 'dir')
  symlinkSync(join(root, 'node_modules', 'undici-types'), join(modules, 'undici-types'), 'dir')
  const door = join(root, 'packages', 'better-sqlite3')
  for (const name of ['better-sqlite3', '@chorusdb/better-sqlite3']) {
    cpSync(door, join(modules, name), { recursive: true })
  }
  cpSync(join(root, 'dist', 'studio'), join(modules, '@chorusdb', 'studio'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  return folder
}

/** `node`, and the only thing that `npx` can run here. */
function commands(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const npx = `#!/bin/sh
test "$1" = chorusdb || { echo "npx $1: not here" >&2; exit 1; }
shift
exec node --no-warnings '${shell}' "$@"
`
  writeFileSync(join(bin, 'npx'), npx)
  chmodSync(join(bin, 'npx'), 0o755)
  return bin
}

/** What a file of the page is when it runs: without types, and with calls where it claims something. */
export function runnable(name: string, text: string, page: string): string {
  if (!isCode(name)) return `${text.trimStart()}\n`
  const claims = claimsOf(text, name)
  const script = name.endsWith('ts') ? tsBlankSpace(text, refuse) : text
  return withClaims(script, claims, page)
}

function refuse(node: { getText(): string }): void {
  throw new Error(`'${node.getText()}' is more than a type`)
}

interface Ended {
  readonly status: number | string | null
  readonly output: string
}

async function run(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const add = (piece: string): void => void (output += piece)
  child.stdout.setEncoding('utf8').on('data', add)
  child.stderr.setEncoding('utf8').on('data', add)
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const status = await new Promise<number | string | null>((resolve) => {
    child.on('error', ({ message }) => resolve(message))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  clearTimeout(timer)
  return { status, output }
}

export interface Outcome {
  /** What is not so, with the line of the page. */
  readonly problems: string[]
  /** Claims that were met, each at least once, and are true. */
  readonly trueClaims: number
  readonly steps: number
}

/** @param name what the page is called in what is told about it */
export async function runPage(name: string, page: string): Promise<Outcome> {
  const folder = readersFolder()
  const work = join(folder, 'work')
  mkdirSync(work)
  const bin = commands(folder)
  const log = join(folder, 'claims')
  const { CHORUSDB_EXPERIMENTAL: _, FORCE_COLOR: _color, ...inherited } = process.env
  const env = {
    ...inherited,
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    NO_COLOR: '1',
    NODE_NO_WARNINGS: '1',
    NODE_OPTIONS: `--import=${runtime}`,
    CLAIMS_LOG: log,
  }
  const steps = stepsOf(page)
  const problems: string[] = []
  const expected: string[] = []
  for (const step of steps) {
    try {
      if (step.kind === 'program' || step.kind === 'file') {
        if (isCode(step.name)) {
          expected.push(...claimsOf(step.text, step.name).map((claim) => nameOf(name, claim)))
        }
        // A program lies where files of the page can be found from it.
        const ran = step.name.replace(/mts$/, 'mjs')
        writeFileSync(join(work, ran), runnable(step.name, step.text, name))
      }
      const problem = await runStep(step, work, env)
      if (problem === null) continue
      problems.push(`${name}:${step.line}: ${problem}`)
    } catch (error) {
      problems.push(`${name}:${step.line}: ${(error as Error).message}`)
    }
    // What follows rests on it.
    break
  }
  const verdicts = judge(notesIn(log))
  for (const [claim, verdict] of verdicts) {
    if (verdict !== null) problems.push(`${claim}: ${verdict}`)
  }
  const stopped = problems.length > 0
  for (const claim of expected) {
    if (!verdicts.has(claim) && !stopped) problems.push(`${claim}: the claim is never met`)
  }
  const trueClaims = [...verdicts.values()].filter((verdict) => verdict === null).length
  return { problems, trueClaims, steps: steps.length }
}

/** @returns what is wrong; null: nothing */
async function runStep(step: Step, cwd: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  switch (step.kind) {
    case 'file':
      return null
    case 'json':
      JSON.parse(step.text)
      return null
    case 'program': {
      const file = step.name.replace(/mts$/, 'mjs')
      const { status, output } = await run('node', [file], cwd, env)
      return status === 0 ? null : `ends with ${status}\n${output}`
    }
    case 'sql': {
      const args = ['chorusdb', '-bail', ':memory:', step.text]
      const { status, output } = await run('npx', args, cwd, env)
      return status === 0 ? null : `ends with ${status}\n${output}`
    }
    case 'shell': {
      const script = `set -e\nexec 2>&1\n${step.text}`
      const { status, output } = await run('bash', ['-c', script], cwd, env)
      if (status !== 0) return `ends with ${status}\n${output}`
      if (step.output === null || fits(lines(step.output), lines(output))) return null
      return `prints\n${output}\nand not\n${step.output}`
    }
    default:
      return step satisfies never
  }
}

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}

function notesIn(log: string): Note[] {
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note)
}

/** What is wrong with each claim that was met; null: nothing. */
function judge(notes: readonly Note[]): Map<string, string | null> {
  const verdicts = new Map<string, string | null>()
  const printed = new Map<string, { expected: string; actual: string[] }>()
  for (const { claim, kind, expected, actual, isTrue } of notes) {
    if (kind === 'prints') {
      const known = printed.get(claim) ?? { expected, actual: [] }
      known.actual.push(actual)
      printed.set(claim, known)
    } else if (!isTrue) verdicts.set(claim, `is ${actual}, and not ${expected}`)
    else if (!verdicts.has(claim)) verdicts.set(claim, null)
  }
  for (const [claim, { expected, actual }] of printed) {
    const all = actual.join(', ')
    verdicts.set(claim, fits(expected, all) ? null : `prints ${all}, and not ${expected}`)
  }
  return verdicts
}
