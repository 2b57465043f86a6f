/** `json_group_array()` and `json_group_object()`: an entry for each row, the oldest of which a window frame can take out again. */
import type { Value } from '../../../record/index.ts'
import { checkTextLength } from '../../../base/long-text.ts'
import { toText } from '../../convert.ts'
import type { AggregateFunction, AggregateState } from '../function.ts'
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

function group(
  name: string,
  args: number,
  isBlob: boolean,
  create: () => AggregateState,
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
  }
}

export const jsonAggregates: readonly AggregateFunction[] = [
  group('json_group_array', 1, false, () => new GroupArrayState(false)),
  group('jsonb_group_array', 1, true, () => new GroupArrayState(true)),
  group('json_group_object', 2, false, () => new GroupObjectState(false)),
  group('jsonb_group_object', 2, true, () => new GroupObjectState(true)),
]
