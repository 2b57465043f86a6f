/**
 * Date and time functions. (Date And Time Functions.) A moment that cannot be read, a modifier that does not
 * apply, a NULL anywhere: the answer is NULL.
 *
 * `now` is the statement's, so that it is the same in every row.
 */
import { Real, realValue } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { untilNul } from '../characters.ts'
import { toReal, toText } from '../convert.ts'
import { applyModifier } from './date-modifier.ts'
import { DateTime, parseMoment, unixEpochMs } from './date-time.ts'
import type { FunctionContext, ResultClass, ScalarFunction } from './function.ts'
import { scalar } from './function.ts'
import { format } from './printf.ts'

const dayMs = 86400000

/** The moment that the arguments describe; `null` if there is none. */
function momentOf(context: FunctionContext, args: readonly Value[]): DateTime | null {
  const moment = new DateTime()
  if (args.length === 0) {
    moment.setNow(context.now())
    return moment
  }
  const first = args[0]!
  if (typeof first === 'number' || typeof first === 'bigint' || first instanceof Real)
    moment.setRaw(toReal(first))
  else {
    const text = toText(first)
    if (text === null || !parseMoment(text, moment, () => context.now())) return null
  }
  for (let i = 1; i < args.length; i++) {
    const modifier = toText(args[i]!)
    if (modifier === null || !applyModifier(modifier, moment, i, context)) return null
  }
  moment.computeJulian()
  if (moment.failed || !moment.isInRange()) return null
  // The 31st of a shorter month is written as the day that it falls on.
  if (args.length === 1 && moment.hasDate && moment.day > 28) moment.hasDate = false
  return moment
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function dateText(moment: DateTime): string {
  const { year, month, day } = moment
  const sign = year < 0 ? '-' : ''
  return `${sign}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

function timeText(moment: DateTime): string {
  const minutes = `${pad(moment.hour, 2)}:${pad(moment.minute, 2)}:`
  if (!moment.subsecond) return minutes + pad(Math.trunc(moment.seconds), 2)
  const ms = Math.trunc(moment.seconds * 1000 + 0.5)
  return `${minutes}${pad(Math.trunc(ms / 1000), 2)}.${pad(ms % 1000, 3)}`
}

function julianday(context: FunctionContext, ...args: Value[]): number | Real | null {
  const moment = momentOf(context, args)
  return moment === null ? null : realValue(moment.julianMs / dayMs)
}

function unixepoch(context: FunctionContext, ...args: Value[]): number | Real | null {
  const moment = momentOf(context, args)
  if (moment === null) return null
  if (moment.subsecond) return realValue((moment.julianMs - unixEpochMs) / 1000)
  return unixSeconds(moment)
}

function unixSeconds(moment: DateTime): number {
  return Math.trunc(moment.julianMs / 1000) - unixEpochMs / 1000
}

function datetime(context: FunctionContext, ...args: Value[]): string | null {
  const moment = momentOf(context, args)
  if (moment === null) return null
  moment.computeCalendar()
  return `${dateText(moment)} ${timeText(moment)}`
}

function date(context: FunctionContext, ...args: Value[]): string | null {
  const moment = momentOf(context, args)
  if (moment === null) return null
  moment.computeDate()
  return dateText(moment)
}

function time(context: FunctionContext, ...args: Value[]): string | null {
  const moment = momentOf(context, args)
  if (moment === null) return null
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

function strftime(context: FunctionContext, pattern?: Value, ...args: Value[]): string | null {
  const wholeText = pattern === undefined ? null : toText(pattern)
  if (wholeText === null) return null
  const text = untilNul(wholeText)
  const moment = momentOf(context, args)
  if (moment === null) return null
  moment.computeJulian()
  moment.computeCalendar()
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

/** What has to be added to the second moment to arrive at the first, as a modifier. */
function timediff(context: FunctionContext, a: Value, b: Value): string | null {
  const first = momentOf(context, [a])
  const second = momentOf(context, [b])
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
  return datetime(context)!
}

/** CURRENT_DATE. */
export function currentDate(context: FunctionContext): string {
  return date(context)!
}

/** CURRENT_TIME. */
export function currentTime(context: FunctionContext): string {
  return time(context)!
}

/**
 * They may stand in an index as long as they are not asked for the present or the local time; because they ask
 * their context for `now`, nobody computes them before a statement runs.
 */
function dateFunction(
  name: string,
  args: number | readonly [number, number],
  invoke: (...args: never[]) => Value,
  returns?: ResultClass,
): ScalarFunction {
  const options = { needsContext: true, stored: 'timeless' } as const
  return scalar(name, args, invoke, { ...options, ...(returns && { returns }) })
}

/** CURRENT_TIME and its kin always ask for the present. */
function presentFunction(name: string, invoke: (...args: never[]) => Value): ScalarFunction {
  return scalar(name, 0, invoke, { needsContext: true, stored: 'never', returns: 'text' })
}

export const dateFunctions: readonly ScalarFunction[] = [
  dateFunction('date', [0, -1], date, 'text'),
  dateFunction('datetime', [0, -1], datetime, 'text'),
  dateFunction('julianday', [0, -1], julianday, 'real'),
  dateFunction('strftime', [0, -1], strftime, 'text'),
  dateFunction('time', [0, -1], time, 'text'),
  dateFunction('timediff', 2, timediff, 'text'),
  dateFunction('unixepoch', [0, -1], unixepoch),
  presentFunction('current_date', currentDate),
  presentFunction('current_time', currentTime),
  presentFunction('current_timestamp', currentTimestamp),
]
