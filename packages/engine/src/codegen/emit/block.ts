/** Where lines of emitted code go: blocks, and the functions that they stand in. */
import type { Code } from '../source/kinds.ts'

/** Source text: lines, and places where more of them will come. */
export type Lines = (string | Lines)[]

/** A stretch of code whose declarations are visible until it is closed. */
export class Block {
  readonly parent: Block | null
  readonly frame: Frame
  /** Where lines go; for a while the place before a loop in it. */
  lines: Lines
  readonly depth: number
  /** The place before the loop whose body this is; null: not the body of a loop. */
  readonly before: Lines | null
  isOpen = true

  constructor(
    parent: Block | null,
    frame: Frame,
    lines: Lines,
    depth: number,
    before: Lines | null,
  ) {
    this.parent = parent
    this.frame = frame
    this.lines = lines
    this.depth = depth
    this.before = before
  }
}

/** A value from outside the frame that its body asked for: passed as an argument by every call. */
export interface FrameParameter {
  readonly key: string
  readonly name: string
  /** What to pass, evaluated where the call stands. */
  readonly argument: () => string
  readonly code: Code
}

/** A function being written. */
export class Frame {
  readonly parent: Frame | null
  readonly name: string
  readonly depth: number
  readonly head: Lines = []
  readonly parameters: Map<string, FrameParameter> = new Map()
  /** Stops of outer frames that its body asks for. */
  readonly stops: Set<Stop> = new Set()
  /** It hands rows to the caller of the program. */
  outputs = false
  /** In a program that runs in slices: it is a generator, whose calls are `yield*`. */
  pauses = false
  /** Sources that a call may replace by NULLs (LEFT JOIN). */
  readonly nullable: ReadonlySet<number>

  constructor(
    parent: Frame | null,
    name: string,
    depth: number,
    nullable: ReadonlySet<number> = new Set(),
  ) {
    this.parent = parent
    this.name = name
    this.depth = depth
    this.nullable = nullable
  }
}

/** A place in a block, for lines that are emitted later. */
export interface Place {
  readonly block: Block
  readonly lines: Lines
}

/** The end of a production of rows. */
export interface Stop {
  readonly frame: Frame
  readonly label: string
  readonly id: number
}

export function flatten(lines: Lines, out: string[]): void {
  for (const line of lines) {
    if (typeof line === 'string') out.push(line)
    else flatten(line, out)
  }
}
