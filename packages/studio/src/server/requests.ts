/** What the page sends, looked at before anybody relies on it: each call has a shape, and what has another is refused by the name of the part that is wrong. */
import { badRequest } from './failures.ts'

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isBoolean: Check = (value) => typeof value === 'boolean'

/** `WireValue` of the protocol. */
const isValue: Check = (value) => {
  if (!Array.isArray(value)) return value === null || isNumber(value) || isText(value)
  const [kind, text, size] = value as unknown[]
  if (!isText(text)) return false
  return kind === 'i' || kind === 'r'
    ? value.length === 2
    : (kind === 't' || kind === 'b') && isNumber(size) && value.length === 3
}

const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string)

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

const recordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check)

const shaped =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && wrongPart(shape, value) === null

type Shape = Readonly<Record<string, Check>>

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** null: none. */
function wrongPart(shape: Shape, value: object): string | null {
  const parts = value as Readonly<Record<string, unknown>>
  for (const [name, check] of Object.entries(shape)) {
    if (!check(Object.hasOwn(parts, name) ? parts[name] : undefined)) return name
  }
  return null
}

const filters = listOf(shaped({ column: isText, operator: isText, value: isText }))
const place = shaped({ key: listOf(isValue), print: isText })

const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['table', { table: isText }],
  [
    'rows',
    {
      table: isText,
      order: orNull(shaped({ column: isText, isDescending: isBoolean })),
      filters,
      direction: oneOf('after', 'before'),
      anchor: orNull(shaped({ sort: isValue, key: listOf(isValue) })),
      skip: isNumber,
      limit: isNumber,
    },
  ],
  ['count', { table: isText, filters }],
  ['value', { table: isText, column: isText, key: listOf(isValue) }],
  ['edit', { table: isText, action: oneOf('update', 'insert', 'delete') }],
  ['plan', { session: isText, sql: isText }],
  ['cancel', { session: isText }],
  ['end', { session: isText }],
  ['sql', { session: isText, sql: isText, limit: isNumber }],
])

const edits: ReadonlyMap<unknown, Shape> = new Map<unknown, Shape>([
  ['update', { row: place, column: isText, value: isValue, valuePrint: orNull(isText) }],
  ['insert', { values: recordOf(isValue) }],
  ['delete', { rows: listOf(place) }],
])

/** @throws Refusal where the call cannot be understood */
export function checkRequest(name: string, body: object): void {
  const shape = shapes.get(name)
  if (shape === undefined) return
  let wrong = wrongPart(shape, body)
  if (wrong === null && name === 'edit') {
    wrong = wrongPart(edits.get((body as { readonly action: unknown }).action)!, body)
  }
  if (wrong !== null) throw badRequest(`"${wrong}" of "${name}" is not what it has to be`)
}
