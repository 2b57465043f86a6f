/** Functions that hand a mark on: what they answer is a `JsonText` where it is known to be JSON. No name leads to them. */
import { compareValues } from '../../../record/index.ts'
import type { Collation, Value } from '../../../record/index.ts'
import { castToText } from '../../cast.ts'
import { blobAsText } from '../../convert.ts'
import { scalar } from '../function.ts'
import type {
  AggregateFunction,
  AggregateState,
  FunctionContext,
  ScalarFunction,
} from '../function.ts'
import { JsonText, unmarked } from './json-text.ts'

type Marked = Value | JsonText

/** A text that its function knows to be JSON, marked. */
export const jsonMark: ScalarFunction = scalar(
  'json',
  1,
  (value: Value) => (typeof value === 'string' ? new JsonText(value) : value),
  { takesBlobs: 'all', marksJson: true },
)

/** A text that is JSON if its type, which `json_each` tells beside it, is that of an array or object. */
export const jsonMarkByType: ScalarFunction = scalar(
  'json',
  2,
  (value: Value, type: Value) =>
    typeof value === 'string' && (type === 'array' || type === 'object')
      ? new JsonText(value)
      : value,
  { takesBlobs: 'all', marksJson: true },
)

/** A text that is JSON where what it is computed by is marked. */
export const jsonMarkLike: ScalarFunction = scalar(
  'json',
  2,
  (value: Value, like: Marked) =>
    typeof value === 'string' && like instanceof JsonText ? new JsonText(value) : value,
  { takesBlobs: 'all', marksJson: true },
)

/** A value that has lost its mark. */
export const jsonUnmark: ScalarFunction = scalar('json', 1, unmarked, {
  takesBlobs: 'all',
  marksJson: true,
})

/** CAST AS TEXT, which leaves a text as it is, and its mark. */
export const markedText: ScalarFunction = scalar(
  'cast',
  1,
  ({ encoding }: FunctionContext, value: Marked) =>
    value instanceof JsonText ? value : castToText(blobAsText(value, encoding)),
  { needsContext: true, takesBlobs: 'all', marksJson: true },
)

function nullif(collation: Collation, a: Marked, b: Marked): Marked {
  const left = unmarked(a)
  const right = unmarked(b)
  if (left === null || right === null) return a
  return compareValues(left, right, collation) === 0 ? null : a
}

/** As `min` and `max` have it: the last of the least, the first of the greatest. */
function extreme(isBetter: (order: number) => boolean): (...args: never[]) => Marked {
  return (collation: Collation, ...values: Marked[]) => {
    let best: Marked = values[0] ?? null
    for (const value of values.slice(1)) {
      const left = unmarked(best)
      const right = unmarked(value)
      if (left === null || right === null) return null
      if (isBetter(compareValues(left, right, collation))) best = value
    }
    return best
  }
}

const options = { needsCollation: true, takesBlobs: 'all', marksJson: true } as const

const forms: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    scalar('nullif', 2, nullif, options),
    scalar(
      'min',
      [2, -1],
      extreme((order) => order >= 0),
      options,
    ),
    scalar(
      'max',
      [2, -1],
      extreme((order) => order < 0),
      options,
    ),
  ].map((form) => [form.name, form]),
)

/** Of a built-in function that answers one of its arguments: the form that takes them marked. */
export function markedForm({ name, isUsers }: ScalarFunction): ScalarFunction | null {
  return isUsers ? null : (forms.get(name) ?? null)
}

/** min() or max() over rows, whose answer keeps the mark that it came with. */
class MarkedExtremeState implements AggregateState {
  #best: Marked = null
  readonly #collation: Collation
  readonly #sign: number

  constructor(collation: Collation, sign: number) {
    this.#collation = collation
    this.#sign = sign
  }

  step(value: Marked): void {
    const right = unmarked(value)
    if (right === null) return
    const left = unmarked(this.#best)
    if (left === null || this.#sign * compareValues(right, left, this.#collation) > 0) {
      this.#best = value
    }
  }

  final(): Value {
    return this.#best as Value
  }
}

function markedAggregate(name: 'min' | 'max'): AggregateFunction {
  return {
    name: `marked ${name}`,
    minArgs: 1,
    maxArgs: 1,
    needsCollation: true,
    returns: null,
    extreme: null,
    isJson: true,
    keepsMarks: true,
    create: (collation) => new MarkedExtremeState(collation, name === 'max' ? 1 : -1),
  }
}

const markedExtremes = { min: markedAggregate('min'), max: markedAggregate('max') }

/** Of min() and max() over rows: the form that takes its argument marked; null: it is another function. */
export function markedExtreme({
  extreme: which,
  isUsers,
}: AggregateFunction): AggregateFunction | null {
  return which === null || isUsers === true ? null : markedExtremes[which]
}
