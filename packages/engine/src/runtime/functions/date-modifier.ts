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

/** What a modifier does to a moment: false if it is none, or not at this place (`index` counts from 1). */
type Modifier = (moment: DateTime, index: number, context: FunctionContext) => boolean

/** Modifiers by their texts: mostly constants of a statement, asked for in every row. */
const known = new Map<string, Modifier>()
const mostKnown = 256
/** The last one at each of the first places. */
const lastTexts = ['', '', '', '']
const lastModifiers: Modifier[] = [none, none, none, none]

/** Applies one modifier; false if it is none, or not at this place (`index` counts from 1). */
export function applyModifier(
  modifier: string,
  moment: DateTime,
  index: number,
  context: FunctionContext,
): boolean {
  const place = index & 3
  if (lastTexts[place] !== modifier) {
    lastTexts[place] = modifier
    lastModifiers[place] = modifierOf(modifier)
  }
  return lastModifiers[place]!(moment, index, context)
}

function modifierOf(text: string): Modifier {
  let modifier = known.get(text)
  if (modifier === undefined) {
    modifier = read(text.toLowerCase())
    if (known.size === mostKnown) known.clear()
    // What is long is better let go.
    if (text.length <= 64) known.set(text, modifier)
  }
  return modifier
}

function none(): boolean {
  return false
}

/** The modifier that a text in lower case is. */
function read(word: string): Modifier {
  switch (word) {
    case 'auto':
      return (moment, index) => index === 1 && applyAuto(moment)
    case 'ceiling':
      return (moment) => {
        moment.computeJulian()
        moment.forgetCalendar()
        return true
      }
    case 'floor':
      return (moment) => {
        moment.computeJulian()
        moment.julianMs -= moment.excessDays * dayMs
        moment.forgetCalendar()
        return true
      }
    case 'julianday':
      return (moment, index) => {
        if (index > 1 || !moment.hasJulian || !moment.raw) return false
        moment.raw = false
        return true
      }
    case 'unixepoch':
      return (moment, index) => index === 1 && applyUnixEpoch(moment)
    case 'localtime':
      return (moment, _, context) => {
        context.localTime?.()
        if (!moment.isLocal) moment.toLocal()
        moment.isUtc = false
        moment.isLocal = true
        return true
      }
    case 'utc':
      return (moment, _, context) => {
        context.localTime?.()
        if (!moment.isUtc) moment.toUtc()
        return true
      }
    case 'subsec':
    case 'subsecond':
      return (moment) => {
        moment.subsecond = true
        return true
      }
    default:
  }
  if (word.startsWith('weekday ')) return readWeekday(word.slice(8))
  if (word.startsWith('start of ')) {
    const unit = word.slice(9)
    return (moment) => applyStartOf(unit, moment)
  }
  return /^[-+0-9]/.test(word) ? readOffset(word) : none
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

function readWeekday(number: string): Modifier {
  if (!isNumericText(number)) return none
  const day = textToReal(number)
  if (!(day >= 0 && day < 7 && Number.isInteger(day))) return none
  return (moment) => applyWeekday(day, moment)
}

/** Forward to the next such day of the week, 0 being Sunday; not at all if it is one. */
function applyWeekday(day: number, moment: DateTime): boolean {
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
function readOffset(text: string): Modifier {
  const end = numberEnd(text)
  if (!isNumericText(text.slice(0, end))) return none
  const amount = textToReal(text.slice(0, end))
  const negative = text[0] === '-'
  if (text[end] === '-') {
    const yearDigits = end - 1
    const rest = yearDigits + 7
    return (moment) => {
      if (!addCalendar(text, yearDigits, negative, moment)) return false
      if (rest === text.length) return true
      return isSpaceAt(text, rest) && addTime(text, rest + 1, negative, moment)
    }
  }
  if (text[end] === ':') {
    const at = /\d/.test(text[0]!) ? 0 : 1
    return (moment) => addTime(text, at, negative, moment)
  }
  let start = end
  while (isSpaceAt(text, start)) start++
  return readUnits(text.slice(start), amount)
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

function readUnits(name: string, amount: number): Modifier {
  if (name.length < 3 || name.length > 10) return none
  const singular = name.endsWith('s') ? name.slice(0, -1) : name
  const unit = units.find(([one, limit]) => one === singular && Math.abs(amount) < limit)
  if (unit === undefined) return none
  const [one, , seconds] = unit
  return (moment) => {
    moment.computeJulian()
    moment.excessDays = 0
    addUnit(one, seconds, amount, moment)
    moment.forgetCalendar()
    return true
  }
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
