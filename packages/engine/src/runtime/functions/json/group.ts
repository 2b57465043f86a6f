/** `json_group_array()` and `json_group_object()`: an entry for each row, the oldest of which a window frame can take out again. */
import type { Value } from '../../../record/index.ts'
import { checkTextLength } from '../../../base/long-text.ts'
import { toText } from '../../convert.ts'
import { CollectedText } from '../collected-text.ts'
import type { AggregateFunction, AggregateState, GrowingState } from '../function.ts'
import type { JsonText } from './json-text.ts'
import { unmarked } from './json-text.ts'
import { parseJson } from './parse.ts'
import { upToNul } from './path.ts'
import { textAsJson, valueAsJson } from './value.ts'

type Argument = Value | JsonText

/** Entries in the order of their rows. */
abstract class GroupState implements AggregateState {
  readonly #isBlob: boolean
  readonly #open: string
  readonly #close: string
  /** null: its row has none. */
  #entries: (string | null)[] = []
  /** Entries that have been taken out again. */
  #taken = 0
  #length = 2

  constructor(isBlob: boolean, open: string, close: string) {
    this.#isBlob = isBlob
    this.#open = open
    this.#close = close
  }

  protected add(entry: string | null): void {
    this.#entries.push(entry)
    if (entry === null) return
    this.#length += entry.length + 1
    checkTextLength(this.#length)
  }

  abstract step(...args: Argument[]): void

  inverse(): void {
    const entry = this.#entries[this.#taken++]
    if (typeof entry === 'string') this.#length -= entry.length + 1
    if (this.#taken < 1024 || this.#taken * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#taken)
    this.#taken = 0
  }

  final(): Value {
    let text = this.#open
    for (let i = this.#taken; i < this.#entries.length; i++) {
      const entry = this.#entries[i]
      if (typeof entry !== 'string') continue
      text += text.length === 1 ? entry : ',' + entry
    }
    text += this.#close
    return this.#isBlob ? parseJson(text)!.bytes : text
  }
}

class GroupArrayState extends GroupState {
  constructor(isBlob: boolean) {
    super(isBlob, '[', ']')
  }

  step(value: Argument): void {
    this.add(valueAsJson(value))
  }
}

/** A row whose label is NULL has no entry. */
class GroupObjectState extends GroupState {
  constructor(isBlob: boolean) {
    super(isBlob, '{', '}')
  }

  step(label: Argument, value: Argument): void {
    const text = toText(unmarked(label))
    this.add(text === null ? null : `${textAsJson(upToNul(text))}:${valueAsJson(value)}`)
  }
}

/** The array or object in a UTF-8 database, while no row leaves it: one text that grows. */
abstract class GrowingGroup implements GrowingState {
  readonly #isBlob: boolean
  readonly #close: number
  protected readonly text: CollectedText = new CollectedText()
  /** What stands before the next entry: the bracket, then commas. */
  protected before: number

  constructor(isBlob: boolean, open: number, close: number) {
    this.#isBlob = isBlob
    this.#close = close
    this.before = open
  }

  abstract step(...args: Argument[]): void
  abstract stepBytes(data: Uint8Array, offset: number, size: number, ...more: Argument[]): void

  final(): Value {
    const { text } = this
    const whole = text.isEmpty
      ? String.fromCharCode(this.before, this.#close)
      : text.textBefore(this.#close)
    return this.#isBlob ? parseJson(whole)!.bytes : whole
  }
}

class GrowingArray extends GrowingGroup {
  constructor(isBlob: boolean) {
    super(isBlob, 0x5b, 0x5d)
  }

  /** What the next entry is to be written to. */
  entry(): CollectedText {
    const { text } = this
    text.byte(this.before)
    this.before = 0x2c
    return text
  }

  step(value: Argument): void {
    this.entry().member(value)
  }

  stepBytes(data: Uint8Array, offset: number, size: number): void {
    this.entry().quoted(data, offset, size)
  }
}

/** A row whose label is NULL has no entry. */
class GrowingObject extends GrowingGroup {
  constructor(isBlob: boolean) {
    super(isBlob, 0x7b, 0x7d)
  }

  step(label: Argument, value: Argument): void {
    const name = toText(unmarked(label))
    if (name === null) return
    const { text } = this
    text.byte(this.before)
    text.member(upToNul(name))
    text.byte(0x3a)
    text.member(value)
    this.before = 0x2c
  }

  stepBytes(data: Uint8Array, offset: number, size: number, value: Argument): void {
    const { text } = this
    text.byte(this.before)
    text.label(data, offset, size)
    text.byte(0x3a)
    text.member(value)
    this.before = 0x2c
  }
}

function group(
  name: string,
  args: number,
  isBlob: boolean,
  create: () => AggregateState,
  createGrowing: () => GrowingState,
): AggregateFunction {
  return {
    name,
    minArgs: args,
    maxArgs: args,
    needsCollation: false,
    returns: isBlob ? 'blob' : 'text',
    extreme: null,
    isJson: true,
    create,
    createGrowing,
  }
}

export const jsonAggregates: readonly AggregateFunction[] = ['json', 'jsonb'].flatMap((form) => {
  const isBlob = form === 'jsonb'
  const array = [() => new GroupArrayState(isBlob), () => new GrowingArray(isBlob)] as const
  const object = [() => new GroupObjectState(isBlob), () => new GrowingObject(isBlob)] as const
  return [
    group(`${form}_group_array`, 1, isBlob, ...array),
    group(`${form}_group_object`, 2, isBlob, ...object),
  ]
})
