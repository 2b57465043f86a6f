/**
 * Writes JavaScript: lines, blocks, functions, names, and the outside values that emitted code refers to.
 *
 * A program is a *factory*, called once with the values it needs (its *slots*): its prologue makes cursors and
 * caches, then it answers the function that runs the statement. Nothing of a statement's text enters the
 * source but through `quote` and `literal`, or as a slot.
 *
 * ```js
 * // the factory's parameters: slots
 * const c0 = new TableCursor(pages, 2)        // prologue: made once, when the program is linked
 * return function (params) {
 *   const p1 = params[0]                      // head of the frame: made once in each run
 *   let n1
 *   function row(a) { … }                     // an inner frame
 *   try { … } finally { c0.close() }          // body of the frame
 * }
 * ```
 *
 * **Blocks.** What is declared in a block is visible while the block is open. `Block` objects say so: whoever
 * remembers a variable remembers its block, and asks `isOpen` before using it again.
 *
 * **Loops** have a place just before them. Code that does not depend on the loop, such as the decoding of an
 * outer row's column that is first wanted inside, is put there (`beforeLoopsOf`).
 *
 * **Frames** are functions. Row variables of one frame are not visible in another: they are passed as parameters,
 * found when the inner frame asks for them (`generation.ts`). State (counters, hash tables) is declared in
 * the head of a frame (`state`), where the frames inside it can reach it.
 *
 * **Skipping and stopping.** `skip` is the statement that abandons the current row: `continue rows1`, or `return 0`
 * in a frame that consumes rows. A `Stop` ends a whole production (LIMIT): a `break` in its own frame; from an
 * inner one a `return` of the stop's number, which every call site passes on.
 */
import { Block, Frame, flatten } from './block.ts'
import { assert } from '../../base/assert.ts'
import { used } from '../../base/first-use.ts'
import { negation } from './negation.ts'
import { identifier } from './quote.ts'
import { kindOfValue } from '../source/kinds.ts'
import { factoryOf } from './factory.ts'
import { functionLines, namesAny, namesAround, nothingAround, routineLines, Unit } from './unit.ts'
import type { Around } from './unit.ts'
import type { Lines, Place, Stop } from './block.ts'
import type { Value } from '../../record/index.ts'
import type { Code } from '../source/kinds.ts'

const indents: string[] = []

/** What is deeper is not indented further: the source must not grow with the square of its depth. */
const deepestIndent = 40

function indent(depth: number): string {
  return (indents[depth] ??= '  '.repeat(Math.min(depth, deepestIndent)))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' || typeof value === 'function'
}

/** What a program is: a function, a generator of rows, or one that also pauses (`runtime/slice.ts`). */
export type ProgramKind = 'function' | 'generator' | 'sliced'

export class Emitter {
  readonly #slotNames: string[] = ['ctx']
  readonly #slotValues: unknown[] = [null]
  /** Slots beyond the first: elements of one array, for a function has no parameters without end. */
  readonly #moreValues: unknown[] = []
  readonly #names = new Map<unknown, string>()
  readonly #program: Unit
  /** What is being emitted: the program, or a routine. */
  #unit: Unit
  readonly #routines: Lines = []
  readonly #counts = new Map<string, number>()
  #block: Block
  #stopCount = 0
  readonly #kind: ProgramKind
  #hasSlice = false
  /** The statement that abandons the current row. */
  skip = 'return'
  /** Above 0: what is emitted now may be evaluated only under a condition, so nothing may be computed ahead. */
  conditional = 0
  /** An expression that is evaluated before a round of a loop pauses. */
  beforePause = ''

  constructor(kind: ProgramKind = 'function') {
    this.#kind = kind
    this.#program = new Unit(new Frame(null, 'main', 1))
    this.#unit = this.#program
    this.#block = new Block(null, this.#program.main, this.#program.body, 2, null)
  }

  /** The block that lines go to. */
  get block(): Block {
    return this.#block
  }

  get frame(): Frame {
    return this.#block.frame
  }

  /** Rows are handed over one by one: between two of them the caller may change what they are read from. */
  get yields(): boolean {
    return this.#kind !== 'function'
  }

  /** The program runs in slices. */
  get isSliced(): boolean {
    return this.#kind === 'sliced'
  }

  /** What says when a slice is over. */
  get slice(): string {
    if (!this.#hasSlice) this.share('const slice = ctx.slice')
    this.#hasSlice = true
    return 'slice'
  }

  /** A call of a generator, for what it returns. */
  yielding(call: string): string {
    this.frame.pauses = true
    return `(yield* ${call})`
  }

  /** What runs for long: the call of `plain`, or of `sliced`, which gets the slice first. */
  work(plain: string, sliced: string, args: string = ''): string {
    if (!this.isSliced) return `${plain}(${args})`
    return this.yielding(`${sliced}(${this.slice}${args === '' ? '' : `, ${args}`})`)
  }

  /** A name that is new in this program. */
  fresh(prefix: string): string {
    const count = this.#counts.get(prefix) ?? 0
    this.#counts.set(prefix, count + 1)
    return `${prefix}${count}`
  }

  line(text: string): void {
    const block = this.#block
    // The line before would go on with a parenthesis.
    const separator = text.startsWith('(') ? ';' : ''
    block.lines.push(indent(block.depth) + separator + text)
  }

  /** A comment to the line. Names from SQL are cut down to harmless characters. */
  comment(text: string): void {
    this.line(`// ${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`)
  }

  /**
   * What stands for an outside value: a parameter of the factory, or from the 65th on an element of an array that is one.
   * One for each value.
   */
  slot(value: unknown): string {
    const known = this.#knownSlot(value)
    if (known !== undefined) return known
    if (this.#slotNames.length < mostParameters) return this.#addSlot(this.fresh('r'), value)
    const text = `slots[${this.#moreValues.push(value) - 1}]`
    if (isObject(value)) this.#names.set(value, text)
    return text
  }

  /** As `slot`, for functions and classes, under a name that a reader knows. */
  use(name: string, value: unknown): string {
    assert(identifier.test(name), 'a name in the source is an identifier')
    const known = this.#knownSlot(value)
    if (known !== undefined) return known
    used.add(name)
    return this.#addSlot(this.#slotNames.includes(name) ? this.fresh('r') : name, value)
  }

  #knownSlot(value: unknown): string | undefined {
    return isObject(value) ? this.#names.get(value) : undefined
  }

  #addSlot(name: string, value: unknown): string {
    if (isObject(value)) this.#names.set(value, name)
    this.#slotNames.push(name)
    this.#slotValues.push(value)
    return name
  }

  /**
   * An SQL constant. It is a slot, so that statements that differ in their constants alone have the same source, and
   * share what V8 has made of it.
   */
  literal(value: Value): Code {
    const kinds = kindOfValue(value)
    if (value === null) return { text: 'null', kinds, simple: true, constant: value }
    return { text: this.slot(value), kinds, simple: true, constant: value }
  }

  /** Made once, when the program is linked, and for each activation of a routine: a cursor, a key, a cache. */
  link(text: string): void {
    this.#unit.prologue.push(`  ${text}`)
  }

  /** Made once, when the program is linked, for its routines too. */
  share(text: string): void {
    this.#program.prologue.push(`  ${text}`)
  }

  /** Runs when an execution ends, however it ends. */
  atEnd(text: string): void {
    this.#unit.epilogue.push(text)
  }

  /** Evaluated at the start of each run. */
  atStart(text: string): void {
    this.#unit.main.head.push(indent(2) + text)
  }

  /** A variable in the head of a frame: seen by all frames inside it. Undefined at first. */
  state(prefix: string, frame: Frame = this.frame): string {
    const name = this.fresh(prefix)
    const { head, depth } = frame
    head.push(`${indent(depth + 1)}let ${name}`)
    return name
  }

  /** A variable of the whole run: undefined at its start. */
  runState(prefix: string): string {
    const name = this.fresh(prefix)
    this.atStart(`let ${name}`)
    return name
  }

  /** A variable with the value of `code` in the current block, unless it is simple already. */
  name(code: Code, prefix = 'v'): Code {
    if (code.simple) return code
    const name = this.fresh(prefix)
    this.line(`const ${name} = ${code.text}`)
    return { text: name, kinds: code.kinds, simple: true }
  }

  /**
   * As `name`, under a condition too: there the value is assigned inside the expression, and `before` must
   * be written first in it (`(${before}…)`).
   */
  repeatable(code: Code): { readonly before: string; readonly code: Code } {
    if (code.simple) return { before: '', code }
    if (this.conditional === 0) return { before: '', code: this.name(code) }
    const name = this.fresh('v')
    this.line(`let ${name}`)
    return {
      before: `${name} = ${code.text}, `,
      code: { text: name, kinds: code.kinds, simple: true },
    }
  }

  /** Leaves the current row unless `condition` holds. */
  guard(condition: string): void {
    if (condition !== 'true') this.line(`if (${negation(condition)}) ${this.skip}`)
  }

  /** `header { … }`, not a loop; a block alone where the header is empty. */
  nested(header: string, body: () => void): void {
    this.line(header === '' ? '{' : `${header} {`)
    this.#inside(this.#block.lines, null, body)
    this.line('}')
  }

  /** `header { … }` where `header` ends the row by `break label`: what follows runs whether rows are skipped or not. */
  once(body: () => void): void {
    const label = this.fresh('row')
    const skip = this.skip
    this.skip = `break ${label}`
    this.nested(`${label}:`, body)
    this.skip = skip
  }

  /** A loop: `header` is `for (…)` or `while (…)`; inside, `skip` goes on with the next round. */
  loop(header: string, body: () => void): void {
    const before: Lines = []
    this.#block.lines.push(before)
    const label = this.fresh('rows')
    const skip = this.skip
    this.skip = `continue ${label}`
    this.line(`${label}: ${header} {`)
    this.#inside(this.#block.lines, before, () => {
      this.#round()
      body()
    })
    this.line('}')
    this.skip = skip
  }

  /** A round of a loop begins. */
  #round(): void {
    if (!this.isSliced) return
    const { slice } = this
    const pause = `yield* ${slice}.pause()`
    const step = this.beforePause === '' ? pause : `{ ${this.beforePause}; ${pause} }`
    this.line(`if (--${slice}.left < 0 && ${slice}.isOver()) ${step}`)
    this.frame.pauses = true
  }

  #inside(lines: Lines, before: Lines | null, body: () => void): void {
    const outer = this.#block
    const conditional = this.conditional
    this.conditional = 0
    const block = new Block(outer, outer.frame, lines, outer.depth + 1, before)
    this.#block = block
    body()
    block.isOpen = false
    this.#block = outer
    this.conditional = conditional
  }

  /**
   * Emits lines that are put elsewhere later (`attach`), possibly before code that is emitted after them. What
   * they declare is not visible outside them.
   */
  detached(body: () => void): Lines {
    const outer = this.#block
    const lines: Lines = []
    const conditional = this.conditional
    this.conditional = 0
    const block = new Block(outer, outer.frame, lines, outer.depth, null)
    this.#block = block
    body()
    block.isOpen = false
    this.#block = outer
    this.conditional = conditional
    return lines
  }

  attach(lines: Lines): void {
    this.#block.lines.push(lines)
  }

  /** Keeps a place here for lines that may turn out to be wanted at it. */
  mark(): Place {
    const lines: Lines = []
    this.#block.lines.push(lines)
    return { block: this.#block, lines }
  }

  /** Emits at a place whose block is open. What it declares is visible from there on. */
  at<T>(place: Place, body: () => T): T {
    const { block } = place
    const current = this.#block
    const conditional = this.conditional
    const lines = block.lines
    this.conditional = 0
    this.#block = block
    block.lines = place.lines
    const result = body()
    block.lines = lines
    this.#block = current
    this.conditional = conditional
    return result
  }

  /** A loop has been entered since `home`, which is around. */
  isInLoopOf(home: Block): boolean {
    for (
      let block: Block | null = this.#block;
      block !== null && block !== home;
      block = block.parent
    )
      if (block.before !== null) return true
    return false
  }

  /** Emits as if directly inside `home`, before whatever loops have been entered since. */
  beforeLoopsOf<T>(home: Block, body: () => T): T {
    let place: Block | null = null
    for (
      let block: Block | null = this.#block;
      block !== null && block !== home;
      block = block.parent
    )
      if (block.before !== null) place = block
    if (place === null) return body()
    // The place belongs to the block around the loop: what is declared there stays visible in it.
    return this.at({ block: place.parent!, lines: place.before! }, body)
  }

  /**
   * An inner function, written into the head of `parent`. What it turns out to need of outside is in the frame's
   * parameters afterwards.
   */
  function(
    prefix: string,
    skip: string,
    body: () => void,
    nullable: ReadonlySet<number> = new Set(),
    parent: Frame = this.frame,
  ): Frame {
    const outerFrame = parent
    const name = this.fresh(prefix)
    const frame = new Frame(outerFrame, name, outerFrame.depth + 1, nullable)
    const place: Lines = []
    const outer = this.#block
    const outerSkip = this.skip
    const conditional = this.conditional
    this.conditional = 0
    const lines: Lines = []
    const block = new Block(null, frame, lines, frame.depth + 1, null)
    this.#block = block
    this.skip = skip
    body()
    block.isOpen = false
    this.#block = outer
    this.skip = outerSkip
    this.conditional = conditional
    const names = [...frame.parameters.values()].map((parameter) => parameter.name)
    const margin = indent(frame.depth)
    const star = frame.pauses ? '*' : ''
    place.push(
      `${margin}function${star} ${name}(${names.join(', ')}) {`,
      frame.head,
      lines,
      `${margin}}`,
    )
    outerFrame.head.push(place)
    return frame
  }

  /**
   * A function that answers by `return`. Where it takes nothing from the functions around it, it is written beside them and not made
   * anew with each call of theirs.
   */
  functionOnce(prefix: string, body: () => void): Frame {
    const { head } = this.frame
    const { main } = this.#unit
    const frame = this.function(prefix, 'return', body)
    if (this.frame === main || frame.parameters.size > 0) return frame
    const place = head.at(-1) as Lines
    const lines: string[] = []
    flatten(place, lines)
    if (namesAny(lines, namesAround(this.frame, main, place))) return frame
    head.pop()
    const surplus = indent(frame.depth).length - indent(main.depth + 1).length
    main.head.push(lines.map((line) => line.slice(surplus)))
    return frame
  }

  /**
   * A function of the factory, beside the program's own: it may be called from anywhere in the module, itself included. Each activation has
   * cursors and caches of its own, made when no idle one is left; what lasts as long as a run for the program lasts as long as a call for it.
   * Otherwise as `function`.
   */
  routine(prefix: string, body: () => void): Frame {
    const frame = this.declareRoutine(prefix)
    this.defineRoutine(frame, body)
    return frame
  }

  /** A routine that is defined later. Who calls it before that says itself which parameters it has. */
  declareRoutine(prefix: string): Frame {
    const frame = new Frame(this.frame, this.fresh(prefix), 1)
    // It may call itself before it is known whether it pauses.
    frame.pauses = this.isSliced
    return frame
  }

  /** @param around what is done at the beginning and at the end of each call */
  defineRoutine(frame: Frame, body: () => void, around: Around = nothingAround): void {
    const unit = new Unit(frame)
    const { skip, conditional } = this
    const outer = this.#block
    const outerUnit = this.#unit
    const block = new Block(null, frame, unit.body, 2, null)
    this.#unit = unit
    this.#block = block
    this.skip = 'return'
    this.conditional = 0
    body()
    block.isOpen = false
    this.#unit = outerUnit
    this.#block = outer
    this.skip = skip
    this.conditional = conditional
    this.#routines.push(...routineLines(unit, around, this.fresh('idle'), this.fresh('new')))
  }

  /** The call of an inner function, its arguments evaluated here. */
  callText(frame: Frame): string {
    const args = [...frame.parameters.values()].map((parameter) => parameter.argument())
    const call = `${frame.name}(${args.join(', ')})`
    return frame.pauses ? this.yielding(call) : call
  }

  /**
   * The call of an inner function of one parameter by another one, which asks `memo` (`runtime/memo.ts`) first. The name of that is to be passed
   * on to later calls.
   */
  rememberedText(frame: Frame, memo: string, known?: string): { text: string; name: string } {
    const [parameter] = [...frame.parameters.values()]
    assert(parameter !== undefined, 'there is something to remember by')
    const name = known ?? this.fresh('known')
    if (known === undefined) {
      const margin = indent(frame.depth)
      const [star, call] = frame.pauses ? ['*', 'yield* '] : ['', '']
      frame.parent!.head.push([
        `${margin}function${star} ${name}(key) {`,
        `${margin}  const known = ${memo}.get(key)`,
        `${margin}  return known !== undefined ? known : ${memo}.keep(key, ${call}${frame.name}(key))`,
        `${margin}}`,
      ])
    }
    const text = `${name}(${parameter.argument()})`
    return { text: frame.pauses ? this.yielding(text) : text, name }
  }

  /** Hands a row to the caller of a program that yields its rows. */
  yieldRow(row: string): void {
    if (this.frame === this.#program.main || this.isSliced) {
      this.line(`yield ${row}`)
      this.frame.pauses = this.isSliced
      return
    }
    this.line(`out.push(${row})`)
    this.frame.outputs = true
  }

  /** Calls a function that consumes a row, and passes its stops on. */
  callConsumer(frame: Frame): void {
    const call = this.callText(frame)
    const stops = [...frame.stops]
    if (stops.length === 0) this.line(call)
    if (stops.length === 0 && frame.outputs) this.#passOutput()
    if (stops.length === 0) return
    const answer = this.fresh('s')
    this.line(`const ${answer} = ${call}`)
    if (frame.outputs) this.#passOutput()
    for (const stop of stops) {
      this.nested(`if (${answer} === ${stop.id})`, () => this.stop(stop))
    }
  }

  /** In a generator an inner function cannot yield: it leaves its rows in `out`. */
  #passOutput(): void {
    if (this.frame !== this.#program.main) {
      this.frame.outputs = true
      return
    }
    if (this.#kind === 'function') return
    this.nested('if (out.length > 0)', () => {
      this.line('yield* out')
      this.line('out.length = 0')
    })
  }

  /** Runs `body` such that `stop` can end it. */
  stoppable(body: (stop: Stop) => void): void {
    const stop: Stop = {
      frame: this.frame,
      label: this.fresh('all'),
      id: ++this.#stopCount,
    }
    this.nested(`${stop.label}:`, () => body(stop))
  }

  /** Ends the production that `target` stands for. */
  stop(target: Stop): void {
    if (target.frame === this.frame) {
      this.line(`break ${target.label}`)
      return
    }
    this.frame.stops.add(target)
    this.line(`return ${target.id}`)
  }

  /** Whether `block` is open here. */
  isVisible(block: Block): boolean {
    for (let at: Block | null = this.#block; at !== null; at = at.parent) {
      if (at === block) return block.isOpen && block.frame === this.frame
    }
    return false
  }

  /** The whole source: the factory's body. */
  source(): string {
    const out: string[] = []
    out.push("  'use strict'")
    flatten(this.#program.prologue, out)
    flatten(this.#routines, out)
    out.push(...functionLines(this.#program, this.#kind === 'function' ? '' : '*', 'params', false))
    return out.join('\n')
  }

  /** Compiles the program and links it: `context` is what `ctx` names in it. */
  build(context: unknown): (params: readonly Value[]) => unknown {
    this.#slotValues[0] = context
    const factory = factoryOf([...this.#slotNames, 'slots'], this.source())
    return factory(...this.#slotValues, this.#moreValues)
  }
}

/** Slots that are parameters of the factory. */
const mostParameters = 64
