/**
 * Modifiers of the date and time functions: `+1 month`, `start of day`, `localtime` … (Date And Time Functions §3.)
 * Each is applied to the moment as the ones before it have left it.
 */
import type { FunctionContext } from './function.ts'
import { isNumericText, textToReal } from '../../record/index.ts'
import { DateTime, digitsAt, parseTime, unixEpochMs } from './date-time.ts'

const dayMs = 86400000

/** Units of `NNN unit`: the limit of NNN and how many seconds one has. */
const units: readonly (readonly [name: string, limit: number, seconds: number])[] = [
  ['second', 4.6427e14, 1],
  ['minute', 7.7379e12, 60],
  ['hour', 1.2897e11, 3600],
  ['day', 5373485, 86400],
  ['month', 176546, 2592000],
  ['year', 14713, 31536000],
]

/** Applies one modifier; false if it is none, or not at this place (`index` counts from 1). */
export function applyModifier(
  modifier: string,
  moment: DateTime,
  index: number,
  context: FunctionContext,
): boolean {
  const word = modifier.toLowerCase()
  switch (word) {
    case 'auto':
      return index === 1 && applyAuto(moment)
    case 'ceiling':
      moment.computeJulian()
      moment.forgetCalendar()
      return true
    case 'floor':
      moment.computeJulian()
      moment.julianMs -= moment.excessDays * dayMs
      moment.forgetCalendar()
      return true
    case 'julianday':
      if (index > 1 || !moment.hasJulian || !moment.raw) return false
      moment.raw = false
      return true
    case 'unixepoch':
      return index === 1 && applyUnixEpoch(moment)
    case 'localtime':
      context.localTime?.()
      if (!moment.isLocal) moment.toLocal()
      moment.isUtc = false
      moment.isLocal = true
      return true
    case 'utc':
      context.localTime?.()
      if (!moment.isUtc) moment.toUtc()
      return true
    case 'subsec':
    case 'subsecond':
      moment.subsecond = true
      return true
  }
  if (word.startsWith('weekday ')) return applyWeekday(word.slice(8), moment)
  if (word.startsWith('start of ')) return applyStartOf(word.slice(9), moment)
  return /^[-+0-9]/.test(word) && applyOffset(word, moment)
}

/** A raw number that is no Julian day counts seconds since 1970. */
function applyAuto(moment: DateTime): boolean {
  if (!moment.raw || moment.hasJulian) {
    moment.raw = false
    return true
  }
  if (moment.seconds < -210866760000 || moment.seconds > 253402300799) return true
  setUnixSeconds(moment)
  return true
}

function applyUnixEpoch(moment: DateTime): boolean {
  if (!moment.raw) return false
  const ms = moment.seconds * 1000 + unixEpochMs
  if (!(ms >= 0 && ms < 464269060800000)) return false
  setUnixSeconds(moment)
  return true
}

function setUnixSeconds(moment: DateTime): void {
  moment.forgetCalendar()
  moment.julianMs = Math.trunc(moment.seconds * 1000 + unixEpochMs + 0.5)
  moment.hasJulian = true
  moment.raw = false
}

/** Forward to the next such day of the week, 0 being Sunday; not at all if it is one. */
function applyWeekday(number: string, moment: DateTime): boolean {
  if (!isNumericText(number)) return false
  const day = textToReal(number)
  if (!(day >= 0 && day < 7 && Number.isInteger(day))) return false
  moment.computeCalendar()
  moment.zone = 0
  moment.hasJulian = false
  moment.computeJulian()
  let today = Math.trunc((moment.julianMs + 129600000) / dayMs) % 7
  if (today > day) today -= 7
  moment.julianMs += (day - today) * dayMs
  moment.forgetCalendar()
  return true
}

function applyStartOf(unit: string, moment: DateTime): boolean {
  if (!moment.hasJulian && !moment.hasDate && !moment.hasTime) return false
  moment.computeDate()
  moment.hasTime = true
  moment.hour = 0
  moment.minute = 0
  moment.seconds = 0
  moment.raw = false
  moment.zone = 0
  moment.hasJulian = false
  if (unit === 'month' || unit === 'year') moment.day = 1
  if (unit === 'year') moment.month = 1
  return unit === 'day' || unit === 'month' || unit === 'year'
}

function isSpaceAt(text: string, i: number): boolean {
  return /\s/.test(text[i] ?? '') && text.charCodeAt(i) <= 0x20
}

/** `±NNN units`, `±HH:MM[:SS[.FFF]]`, `±YYYY-MM-DD[ HH:MM[:SS[.FFF]]]`. */
function applyOffset(text: string, moment: DateTime): boolean {
  const end = numberEnd(text)
  if (!isNumericText(text.slice(0, end))) return false
  const amount = textToReal(text.slice(0, end))
  const negative = text[0] === '-'
  if (text[end] === '-') {
    const yearDigits = end - 1
    if (!addCalendar(text, yearDigits, negative, moment)) return false
    const rest = yearDigits + 7
    if (rest === text.length) return true
    if (!isSpaceAt(text, rest)) return false
    return addTime(text, rest + 1, negative, moment)
  }
  if (text[end] === ':') return addTime(text, /\d/.test(text[0]!) ? 0 : 1, negative, moment)
  let start = end
  while (isSpaceAt(text, start)) start++
  return addUnits(text.slice(start), amount, moment)
}

/** Where the leading number stops: at a colon, a space, or the dash behind a year of 4 or 5 digits. */
function numberEnd(text: string): number {
  let end = 1
  for (; end < text.length; end++) {
    if (text[end] === ':' || isSpaceAt(text, end)) break
    if (text[end] !== '-') continue
    if (end === 5 && digitsAt(text, 1, 4, 0, 14712) >= 0) break
    if (end === 6 && digitsAt(text, 1, 5, 0, 14712) >= 0) break
  }
  return end
}

function addCalendar(
  text: string,
  yearDigits: number,
  negative: boolean,
  moment: DateTime,
): boolean {
  if (text[0] !== '-' && text[0] !== '+') return false
  const years = digitsAt(text, 1, yearDigits, 0, 14712)
  const months = digitsAt(text, yearDigits + 2, 2, 0, 11)
  const days = digitsAt(text, yearDigits + 5, 2, 0, 30)
  if (years < 0 || months < 0 || days < 0 || text[yearDigits + 4] !== '-') return false
  moment.computeCalendar()
  moment.hasJulian = false
  moment.year += negative ? -years : years
  moment.month += negative ? -months : months
  moment.carryMonths()
  moment.computeExcess()
  moment.computeJulian()
  moment.hasTime = false
  moment.hasDate = false
  moment.julianMs += (negative ? -days : days) * dayMs
  return true
}

function addTime(text: string, at: number, negative: boolean, moment: DateTime): boolean {
  const time = new DateTime()
  if (!parseTime(text, at, time)) return false
  time.computeJulian()
  let ms = time.julianMs - 43200000
  ms -= Math.trunc(ms / dayMs) * dayMs
  moment.computeJulian()
  moment.forgetCalendar()
  moment.julianMs += negative ? -ms : ms
  return true
}

function addUnits(name: string, amount: number, moment: DateTime): boolean {
  if (name.length < 3 || name.length > 10) return false
  const singular = name.endsWith('s') ? name.slice(0, -1) : name
  moment.computeJulian()
  moment.excessDays = 0
  const unit = units.find(([known, limit]) => known === singular && Math.abs(amount) < limit)
  if (unit !== undefined) addUnit(unit[0], unit[2], amount, moment)
  moment.forgetCalendar()
  return unit !== undefined
}

function addUnit(name: string, seconds: number, amount: number, moment: DateTime): void {
  let rest = amount
  if (name === 'month' || name === 'year') {
    const whole = Math.trunc(amount)
    moment.computeCalendar()
    if (name === 'month') {
      moment.month += whole
      moment.carryMonths()
    } else moment.year += whole
    moment.computeExcess()
    moment.hasJulian = false
    rest -= whole
  }
  moment.computeJulian()
  moment.julianMs += Math.trunc(rest * 1000 * seconds + (amount < 0 ? -0.5 : 0.5))
}
