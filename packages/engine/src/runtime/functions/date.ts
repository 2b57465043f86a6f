/**
 * Date and time functions. (Date And Time Functions.) A moment that cannot be read, a modifier that does not
 * apply, a NULL anywhere: the answer is NULL.
 *
 * `now` is the statement's, so that it is the same in every row.
 */
import { Real, decodeUtf8, realValue } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { untilNul } from '../characters.ts'
import { toReal, toText } from '../convert.ts'
import { applyModifier } from './date-modifier.ts'
import { DateTime, parseMoment, parsePlainMoment, unixEpochMs } from './date-time.ts'
import type { FunctionContext, ResultClass, ScalarFunction } from './function.ts'
import { scalar } from './function.ts'
import { format } from './printf.ts'

const dayMs = 86400000

/** The moment of the call that is running: a function is through with it before another asks. */
const scratch = new DateTime()

/** The moment that the arguments from `start` on describe, in `moment`; `null` if there is none. */
function momentOf(
  context: FunctionContext,
  args: readonly Value[],
  start = 0,
  moment: DateTime = scratch,
): DateTime | null {
  moment.reset()
  if (args.length === start) {
    moment.setNow(context.now())
    return moment
  }
  const first = args[start]!
  if (typeof first === 'number' || typeof first === 'bigint' || first instanceof Real)
    moment.setRaw(toReal(first))
  else {
    const text = toText(first)
    if (text === null || !parseMoment(text, moment, () => context.now())) return null
  }
  return modified(context, moment, args, start + 1)
}

/** The moment that the bytes of a text describe, and the arguments from `start` on. */
function momentOfBytes(
  context: FunctionContext,
  data: Uint8Array,
  offset: number,
  size: number,
  args: readonly Value[],
): DateTime | null {
  const moment = scratch
  moment.reset()
  if (parsePlainMoment(data, offset, size, moment)) {
    // Nothing has to be computed of a day that every month has.
    if (args.length === 0 && moment.day <= 28 && moment.hour < 24) return moment
  } else {
    const text = decodeUtf8(data, offset, size)
    if (!parseMoment(text, moment, () => context.now())) return null
  }
  return modified(context, moment, args, 0)
}

/** The moment with the modifiers from `start` on; `null` if one does not apply, or leads out of all years. */
function modified(
  context: FunctionContext,
  moment: DateTime,
  args: readonly Value[],
  start: number,
): DateTime | null {
  const count = args.length
  for (let i = start; i < count; i++) {
    const modifier = toText(args[i]!)
    if (modifier === null || !applyModifier(modifier, moment, 1 + i - start, context)) return null
  }
  moment.computeJulian()
  if (moment.failed || !moment.isInRange()) return null
  // The 31st of a shorter month is written as the day that it falls on.
  if (count === start && moment.hasDate && moment.day > 28) moment.hasDate = false
  return moment
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

/** Where answers are put together, digit by digit. */
const out = Buffer.alloc(256)

/** Writes two digits at `at`; answers where they end. */
function putTwo(at: number, value: number): number {
  const tens = Math.trunc(value / 10)
  out[at] = 0x30 + tens
  out[at + 1] = 0x30 + value - tens * 10
  return at + 2
}

/** A year from 0 to 9999. */
function putYear(at: number, year: number): number {
  const century = Math.trunc(year / 100)
  return putTwo(putTwo(at, century), year - century * 100)
}

function putDate(at: number, { year, month, day }: DateTime): number {
  at = putYear(at, year)
  out[at] = 0x2d
  at = putTwo(at + 1, month)
  out[at] = 0x2d
  return putTwo(at + 1, day)
}

function putTime(at: number, { hour, minute, seconds }: DateTime): number {
  at = putTwo(at, hour)
  out[at] = 0x3a
  at = putTwo(at + 1, minute)
  out[at] = 0x3a
  return putTwo(at + 1, Math.trunc(seconds))
}

/** Dates that were written lately, each at the place that its day has among 16,384: some 40 years. */
const knownDates: string[] = []
const knownDays = new Int32Array(1 << 14)

function dateText(moment: DateTime): string {
  const { year, month, day } = moment
  if (year >= 0) {
    const number = (year * 12 + month) * 31 + day
    const place = number & (knownDays.length - 1)
    if (knownDays[place] !== number) {
      knownDays[place] = number
      if (knownDates.length === 0)
        knownDates.push(...Array.from({ length: knownDays.length }, () => ''))
      knownDates[place] = decodeUtf8(out, 0, putDate(0, moment))
    }
    return knownDates[place]!
  }
  return `-${pad(-year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

function timeText(moment: DateTime): string {
  if (!moment.subsecond) return decodeUtf8(out, 0, putTime(0, moment))
  const minutes = `${pad(moment.hour, 2)}:${pad(moment.minute, 2)}:`
  const ms = Math.trunc(moment.seconds * 1000 + 0.5)
  return `${minutes}${pad(Math.trunc(ms / 1000), 2)}.${pad(ms % 1000, 3)}`
}

function datetimeText(moment: DateTime): string {
  if (moment.subsecond || moment.year < 0) return `${dateText(moment)} ${timeText(moment)}`
  const at = putDate(0, moment)
  out[at] = 0x20
  return decodeUtf8(out, 0, putTime(at + 1, moment))
}

/** What a function makes of a moment. */
type Show = (moment: DateTime) => Value

function julianday(moment: DateTime): Value {
  moment.computeJulian()
  return realValue(moment.julianMs / dayMs)
}

function unixepoch(moment: DateTime): Value {
  moment.computeJulian()
  if (moment.subsecond) return realValue((moment.julianMs - unixEpochMs) / 1000)
  return unixSeconds(moment)
}

function unixSeconds(moment: DateTime): number {
  return Math.trunc(moment.julianMs / 1000) - unixEpochMs / 1000
}

function datetime(moment: DateTime): string {
  moment.computeCalendar()
  return datetimeText(moment)
}

function date(moment: DateTime): string {
  moment.computeDate()
  return dateText(moment)
}

function time(moment: DateTime): string {
  moment.computeTime()
  return timeText(moment)
}

function daysAfterNewYear(moment: DateTime): number {
  const newYear = moment.copy()
  newYear.hasJulian = false
  newYear.month = 1
  newYear.day = 1
  newYear.computeJulian()
  return Math.trunc((moment.julianMs - newYear.julianMs + 43200000) / dayMs)
}

function daysAfterMonday(moment: DateTime): number {
  return Math.trunc((moment.julianMs + 43200000) / dayMs) % 7
}

function daysAfterSunday(moment: DateTime): number {
  return Math.trunc((moment.julianMs + 129600000) / dayMs) % 7
}

/** The Thursday of the same week, whose year and week are those of ISO 8601. */
function isoThursday(moment: DateTime): DateTime {
  const thursday = moment.copy()
  thursday.julianMs += (3 - daysAfterMonday(moment)) * dayMs
  thursday.hasDate = false
  thursday.computeDate()
  return thursday
}

/** One conversion of strftime; `null` if there is none of that letter. */
function convert(letter: string, moment: DateTime): string | null {
  const { year, month, day, hour, minute } = moment
  const hour12 = hour > 12 ? hour - 12 : hour === 0 ? 12 : hour
  switch (letter) {
    case 'd':
      return pad(day, 2)
    case 'e':
      return String(day).padStart(2)
    case 'f':
      return format('%06.3f', realValue(Math.min(moment.seconds, 59.999)))
    case 'F':
      return `${signedYear(year)}-${pad(month, 2)}-${pad(day, 2)}`
    case 'G':
      return signedYear(isoThursday(moment).year)
    case 'g':
      return format('%02d', isoThursday(moment).year % 100)
    case 'H':
      return pad(hour, 2)
    case 'k':
      return String(hour).padStart(2)
    case 'I':
      return pad(hour12, 2)
    case 'l':
      return String(hour12).padStart(2)
    case 'j':
      return pad(daysAfterNewYear(moment) + 1, 3)
    case 'J':
      return format('%.16g', realValue(moment.julianMs / dayMs))
    case 'm':
      return pad(month, 2)
    case 'M':
      return pad(minute, 2)
    case 'p':
      return hour >= 12 ? 'PM' : 'AM'
    case 'P':
      return hour >= 12 ? 'pm' : 'am'
    case 'R':
      return `${pad(hour, 2)}:${pad(minute, 2)}`
    case 's':
      return moment.subsecond
        ? format('%.3f', realValue((moment.julianMs - unixEpochMs) / 1000))
        : String(unixSeconds(moment))
    case 'S':
      return pad(Math.trunc(moment.seconds), 2)
    case 'T':
      return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(Math.trunc(moment.seconds), 2)}`
    case 'u':
      return String(daysAfterSunday(moment) || 7)
    case 'w':
      return String(daysAfterSunday(moment))
    case 'U':
      return pad(Math.trunc((daysAfterNewYear(moment) - daysAfterSunday(moment) + 7) / 7), 2)
    case 'V':
      return pad(Math.trunc(daysAfterNewYear(isoThursday(moment)) / 7) + 1, 2)
    case 'W':
      return pad(Math.trunc((daysAfterNewYear(moment) - daysAfterMonday(moment) + 7) / 7), 2)
    case 'Y':
      return signedYear(year)
    case '%':
      return '%'
    default:
      return null
  }
}

/** C's `%04d`: the sign takes one of the four places. */
function signedYear(year: number): string {
  return year < 0 ? '-' + pad(-year, 3) : pad(year, 4)
}

/** A pattern that has been looked at. */
interface Pattern {
  /** Of ASCII and short: bytes, and letters of conversions as negative numbers; null: not so. */
  readonly steps: readonly number[] | null
}

const patterns = new Map<string, Pattern>()
let lastText = ''
let lastPattern: Pattern = { steps: [] }

function patternOf(text: string): Pattern {
  if (text === lastText) return lastPattern
  let pattern = patterns.get(text)
  if (pattern === undefined) {
    pattern = { steps: stepsOf(text) }
    if (patterns.size === 64) patterns.clear()
    if (text.length <= 64) patterns.set(text, pattern)
  }
  lastText = text
  lastPattern = pattern
  return pattern
}

/** Conversions that are written digit by digit. */
const plainConversions = 'dmYHMSFT%'

function stepsOf(text: string): number[] | null {
  if (text.length > 16) return null
  const steps: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0 || unit >= 0x80) return null
    if (unit !== 0x25) steps.push(unit)
    else if (plainConversions.includes(text[++i] ?? ' ')) steps.push(-text.charCodeAt(i))
    else return null
  }
  return steps
}

/** The moment by the steps of a pattern. */
function shownBySteps(moment: DateTime, steps: readonly number[]): string {
  let at = 0
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!
    switch (step) {
      case -0x64: // d
        at = putTwo(at, moment.day)
        break
      case -0x6d: // m
        at = putTwo(at, moment.month)
        break
      case -0x59: // Y
        at = putYear(at, moment.year)
        break
      case -0x48: // H
        at = putTwo(at, moment.hour)
        break
      case -0x4d: // M
        at = putTwo(at, moment.minute)
        break
      case -0x53: // S
        at = putTwo(at, Math.trunc(moment.seconds))
        break
      case -0x46: // F
        at = putDate(at, moment)
        break
      case -0x54: // T
        at = putTime(at, moment)
        break
      default:
        out[at++] = Math.abs(step)
    }
  }
  return decodeUtf8(out, 0, at)
}

/** The moment by a pattern. */
function formatted(moment: DateTime, pattern: string): string | null {
  const { steps } = patternOf(pattern)
  moment.computeCalendar()
  if (steps !== null && moment.year >= 0) return shownBySteps(moment, steps)
  moment.computeJulian()
  const text = untilNul(pattern)
  let result = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      result += text[i]
      continue
    }
    const part = convert(text[++i] ?? '', moment)
    if (part === null) return null
    result += part
  }
  return result
}

function strftime(context: FunctionContext, ...args: Value[]): string | null {
  const pattern = args.length === 0 ? null : toText(args[0]!)
  if (pattern === null) return null
  const moment = momentOf(context, args, 1)
  return moment === null ? null : formatted(moment, pattern)
}

function strftimeOfBytes(
  context: FunctionContext,
  pattern: Value,
  data: Uint8Array,
  offset: number,
  size: number,
  ...modifiers: Value[]
): string | null {
  const text = toText(pattern)
  if (text === null) return null
  const moment = momentOfBytes(context, data, offset, size, modifiers)
  return moment === null ? null : formatted(moment, text)
}

/** The second moment of timediff(). */
const other = new DateTime()

/** What has to be added to the second moment to arrive at the first, as a modifier. */
function timediff(context: FunctionContext, a: Value, b: Value): string | null {
  const first = momentOf(context, [a])
  const second = momentOf(context, [b], 0, other)
  if (first === null || second === null) return null
  first.computeCalendar()
  second.computeCalendar()
  const forward = first.julianMs >= second.julianMs
  const step = forward ? -1 : 1
  let years = (second.year - first.year) * step
  if (years !== 0) moveTo(second, first.year, second.month)
  let months = (second.month - first.month) * step
  if (months < 0) {
    years--
    months += 12
  }
  if (months !== 0) moveTo(second, second.year, first.month)
  while (forward ? first.julianMs < second.julianMs : first.julianMs > second.julianMs) {
    months--
    if (months < 0) {
      months = 11
      years--
    }
    const month = second.month + step
    if (month < 1) moveTo(second, second.year - 1, 12)
    else if (month > 12) moveTo(second, second.year + 1, 1)
    else moveTo(second, second.year, month)
  }
  // The rest is shown as a time after a midnight that begins a month.
  first.julianMs = Math.abs(first.julianMs - second.julianMs) + 148699540800000
  first.forgetCalendar()
  first.computeCalendar()
  const days = `${pad(years, 4)}-${pad(months, 2)}-${pad(first.day - 1, 2)}`
  const seconds = format('%06.3f', realValue(first.seconds))
  return `${forward ? '+' : '-'}${days} ${pad(first.hour, 2)}:${pad(first.minute, 2)}:${seconds}`
}

function moveTo(moment: DateTime, year: number, month: number): void {
  moment.year = year
  moment.month = month
  moment.hasJulian = false
  moment.computeJulian()
}

/** CURRENT_TIMESTAMP. */
export function currentTimestamp(context: FunctionContext): string {
  return datetime(momentOf(context, [])!)
}

/** CURRENT_DATE. */
export function currentDate(context: FunctionContext): string {
  return date(momentOf(context, [])!)
}

/** CURRENT_TIME. */
export function currentTime(context: FunctionContext): string {
  return time(momentOf(context, [])!)
}

/**
 * They may stand in an index as long as they are not asked for the present or the local time; because they ask
 * their context for `now`, nobody computes them before a statement runs.
 */
const timeless = { needsContext: true, stored: 'timeless' } as const

/** A function of a moment and modifiers. */
function momentFunction(name: string, show: Show, returns?: ResultClass): ScalarFunction {
  const invoke = (context: FunctionContext, ...args: Value[]): Value => {
    const moment = momentOf(context, args)
    return moment === null ? null : show(moment)
  }
  const ofBytes = (
    context: FunctionContext,
    data: Uint8Array,
    offset: number,
    size: number,
    ...modifiers: Value[]
  ): Value => {
    const moment = momentOfBytes(context, data, offset, size, modifiers)
    return moment === null ? null : show(moment)
  }
  const bytes = { argument: 0, invoke: ofBytes }
  return scalar(name, [0, -1], invoke, { ...timeless, ofBytes: bytes, ...(returns && { returns }) })
}

/** CURRENT_TIME and its kin always ask for the present. */
function presentFunction(name: string, invoke: (...args: never[]) => Value): ScalarFunction {
  return scalar(name, 0, invoke, { needsContext: true, stored: 'never', returns: 'text' })
}

export const dateFunctions: readonly ScalarFunction[] = [
  momentFunction('date', date, 'text'),
  momentFunction('datetime', datetime, 'text'),
  momentFunction('julianday', julianday, 'real'),
  scalar('strftime', [0, -1], strftime, {
    ...timeless,
    returns: 'text',
    ofBytes: { argument: 1, invoke: strftimeOfBytes },
  }),
  momentFunction('time', time, 'text'),
  scalar('timediff', 2, timediff, { ...timeless, returns: 'text' }),
  momentFunction('unixepoch', unixepoch),
  presentFunction('current_date', currentDate),
  presentFunction('current_time', currentTime),
  presentFunction('current_timestamp', currentTimestamp),
]
