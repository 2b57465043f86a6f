/**
 * Paths into JSON: `$`, then `.label`, `."label"`, `[3]`, `[#]`, `[#-1]`. (JSON Functions And Operators §3.3.)
 *
 * A path is taken apart once. As in SQLite a mistake in it shows when a search gets there, so it is a step of its own,
 * behind which there are no others.
 */
import { encodeText } from '../../../record/index.ts'

import { sqlError } from '../../../base/error.ts'
import type { SqliteError } from '../../../base/error.ts'
import type { Value } from '../../../record/index.ts'
import { toText } from '../../convert.ts'

export interface LabelStep {
  readonly kind: 'label'
  /** Its UTF-8, without the quotes. */
  readonly label: Uint8Array
  /** It has no backslash. */
  readonly isRaw: boolean
}

export interface IndexStep {
  readonly kind: 'index'
  /** From 0; with `fromEnd`, how many before the place behind the last. */
  readonly index: number
  readonly fromEnd: boolean
}

/** No step. After `[` that matters only where there is an array. */
export interface MistakeStep {
  readonly kind: 'mistake'
  readonly inArray: boolean
  readonly startsWithPoint: boolean
}

export type PathStep = LabelStep | IndexStep | MistakeStep

export interface JsonPath {
  /** As it was given, up to a NUL. */
  readonly text: string
  readonly steps: readonly PathStep[]
  /** The last step is an index. */
  readonly endsWithIndex: boolean
  /** Labels without backslashes and places from the beginning, not too many: it can be looked for in text as it is. */
  readonly isPlain: boolean
}

const mistake: MistakeStep = { kind: 'mistake', inArray: false, startsWithPoint: false }
const pointMistake: MistakeStep = { kind: 'mistake', inArray: false, startsWithPoint: true }
const arrayMistake: MistakeStep = { kind: 'mistake', inArray: true, startsWithPoint: false }

/** Indexes above are larger than any array: their digits count no more. */
const hugeIndex = 0xffffffff

class PathReader {
  readonly #text: string
  #at = 0
  readonly steps: PathStep[] = []

  constructor(text: string) {
    this.#text = text
  }

  read(): readonly PathStep[] {
    const text = this.#text
    while (this.#at < text.length) {
      const first = text[this.#at]
      const step = first === '.' ? this.#label() : first === '[' ? this.#index() : mistake
      this.steps.push(step)
      if (step.kind === 'mistake') break
    }
    return this.steps
  }

  #label(): PathStep {
    const text = this.#text
    const start = ++this.#at
    let label = ''
    if (text[start] === '"') {
      let end = start + 1
      while (end < text.length && text[end] !== '"')
        end += text[end] === '\\' && end + 1 < text.length ? 2 : 1
      if (end >= text.length) return pointMistake
      label = text.slice(start + 1, end)
      this.#at = end + 1
    } else {
      let end = start
      while (end < text.length && text[end] !== '.' && text[end] !== '[') end++
      if (end === start) return pointMistake
      this.#at = end
      // A backslash is one here.
      return { kind: 'label', label: encodeText(text.slice(start, end), 'utf8'), isRaw: true }
    }
    return { kind: 'label', label: encodeText(label, 'utf8'), isRaw: !label.includes('\\') }
  }

  #index(): PathStep {
    const match = /^\[(?:(\d+)|#(?:-(\d+))?)\]/.exec(this.#text.slice(this.#at))
    if (match === null) return arrayMistake
    this.#at += match[0].length
    const fromEnd = match[1] === undefined
    const digits = fromEnd ? (match[2] ?? '0') : match[1]!
    return { kind: 'index', index: Math.min(Number(digits), hugeIndex), fromEnd }
  }
}

/** What follows `$`. */
function parseSteps(text: string): readonly PathStep[] {
  return new PathReader(text).read()
}

const noPath: JsonPath = { text: '', steps: [], endsWithIndex: false, isPlain: false }

function newPath(text: string, steps: readonly PathStep[]): JsonPath {
  const isPlain =
    steps.length < 100 &&
    steps.every(
      (step) =>
        (step.kind === 'label' && !step.label.includes(0x5c)) ||
        (step.kind === 'index' && !step.fromEnd),
    )
  return { text, steps, endsWithIndex: text.endsWith(']'), isPlain }
}

/** `$` */
export const wholePath: JsonPath = newPath('$', [])

/** Paths that were used lately. */
const known = new Map<string, JsonPath>()
const knownOperands = new Map<string, JsonPath>()
const mostKnown = 64

function remembered(
  paths: Map<string, JsonPath>,
  text: string,
  make: (text: string) => JsonPath,
): JsonPath {
  const found = paths.get(text)
  if (found !== undefined) return found
  const made = make(text)
  if (paths.size >= mostKnown) paths.clear()
  paths.set(text, made)
  return made
}

export function upToNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/** Before the steps of a path that does not begin with `$`. */
const notAPath: readonly PathStep[] = [mistake]

let lastPath: JsonPath = noPath

/** The path that a value spells; null of NULL. One that does not begin with `$` has a mistake in its first step. */
export function pathOf(value: Value): JsonPath | null {
  const text = toText(value)
  if (text === null) return null
  if (text === lastPath.text && text !== '') return lastPath
  lastPath = remembered(known, text, (whole) => {
    const shown = upToNul(whole)
    return newPath(shown, shown.startsWith('$') ? parseSteps(shown.slice(1)) : notAPath)
  })
  return lastPath
}

/** The path to a member of the root, by its label without backslashes. */
export function pathOfLabel(label: Uint8Array): JsonPath {
  return newPath('$', [{ kind: 'label', label, isRaw: true }])
}

/** Whether a path begins as one, be it right or not. */
export function isPath({ text }: JsonPath): boolean {
  return text.startsWith('$')
}

/** The path that `->` and `->>` understand: an index, negative from the end, or a label will do. (PostgreSQL's form.) */
export function operandPathOf(value: Value): JsonPath | null {
  if (typeof value === 'string' && value.startsWith('$')) return pathOf(value)
  const text = toText(value)
  if (text === null) return null
  const isInteger =
    typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
  if (isInteger) return newPath(text, parseSteps(`[${text.startsWith('-') ? '#' : ''}${text}]`))
  if (text.startsWith('$')) return pathOf(text)
  return remembered(knownOperands, text, (whole) => {
    const shown = upToNul(whole)
    if (/^[A-Za-z0-9_]*$/.test(shown)) return newPath(shown, parseSteps(`.${shown}`))
    if (/^\[[^]+\]$/.test(shown)) return newPath(shown, parseSteps(shown))
    return newPath(shown, parseSteps(`."${shown}"`))
  })
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function badPath({ text }: JsonPath): SqliteError {
  return sqlError(`bad JSON path: ${quoted(text)}`)
}

export function notAnElement({ text }: JsonPath): SqliteError {
  return sqlError(`not an array element: ${quoted(text)}`)
}

export function pathTooDeep(): SqliteError {
  return sqlError('JSON path too deep')
}

export function malformedJson(): SqliteError {
  return sqlError('malformed JSON')
}

export function nestedTooDeep(): SqliteError {
  return sqlError('JSON nested too deep')
}
