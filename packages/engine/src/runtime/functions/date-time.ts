/**
 * A moment as the date and time functions compute with it. (Date And Time Functions §2 to §4.)
 *
 * A moment is a Julian day in whole milliseconds (`julianMs`, from noon of -4713-11-24), or a calendar date, or a
 * time of day, or several of these; what is missing is computed when it is asked for, and flags say what is
 * there. A bare number is kept in `seconds` with `raw` set until a modifier says what it counts.
 *
 * The calendar is the proleptic Gregorian one. Arithmetic is that of 64-bit integers in SQLite; every number
 * here is a safe integer, so truncation after division is all that has to be written out.
 */
import { isNumericText, textToReal } from '../../record/index.ts'

/** 1970-01-01 00:00:00 in Julian milliseconds. */
export const unixEpochMs = 210866760000000
/** 9999-12-31 23:59:59.999. */
const lastMs = 464269060799999
const dayMs = 86400000

export class DateTime {
  julianMs = 0
  year = 0
  month = 0
  day = 0
  hour = 0
  minute = 0
  /** Minutes east of UTC. */
  zone = 0
  seconds = 0
  hasJulian = false
  hasDate = false
  hasTime = false
  raw = false
  failed = false
  subsecond = false
  isUtc = false
  isLocal = false
  /** Days by which the day exceeds its month, for the `floor` modifier. */
  excessDays = 0

  /** As a new one. */
  reset(): void {
    this.julianMs = 0
    this.year = 0
    this.month = 0
    this.day = 0
    this.hour = 0
    this.minute = 0
    this.zone = 0
    this.seconds = 0
    this.hasJulian = false
    this.hasDate = false
    this.hasTime = false
    this.raw = false
    this.failed = false
    this.subsecond = false
    this.isUtc = false
    this.isLocal = false
    this.excessDays = 0
  }

  fail(): void {
    this.reset()
    this.failed = true
  }

  copy(): DateTime {
    return Object.assign(new DateTime(), this)
  }

  forgetCalendar(): void {
    this.hasDate = false
    this.hasTime = false
    this.zone = 0
  }

  isInRange(): boolean {
    return this.julianMs >= 0 && this.julianMs <= lastMs
  }

  setNow(unixMs: number): void {
    this.julianMs = Math.trunc(unixMs) + unixEpochMs
    this.hasJulian = true
    this.isUtc = true
    this.isLocal = false
    this.forgetCalendar()
  }

  /** A number without a unit: a Julian day if it can be one. */
  setRaw(x: number): void {
    this.seconds = x
    this.raw = true
    if (x >= 0 && x < 5373484.5) {
      this.julianMs = Math.trunc(x * dayMs + 0.5)
      this.hasJulian = true
    }
  }

  computeJulian(): void {
    if (this.hasJulian) return
    let year = 2000
    let month = 1
    let day = 1
    if (this.hasDate) ({ year, month, day } = this)
    if (year < -4713 || year > 9999 || this.raw) return this.fail()
    if (month <= 2) {
      year--
      month += 12
    }
    const century = Math.trunc((year + 4800) / 100)
    const leap = 38 - century + Math.trunc(century / 4)
    const yearDays = Math.trunc((36525 * (year + 4716)) / 100)
    const monthDays = Math.trunc((306001 * (month + 1)) / 10000)
    this.julianMs = Math.trunc((yearDays + monthDays + day + leap - 1524.5) * dayMs)
    this.hasJulian = true
    if (!this.hasTime) return
    this.julianMs +=
      this.hour * 3600000 + this.minute * 60000 + Math.trunc(this.seconds * 1000 + 0.5)
    if (this.zone === 0) return
    this.julianMs -= this.zone * 60000
    this.forgetCalendar()
    this.isUtc = true
    this.isLocal = false
  }

  computeDate(): void {
    if (this.hasDate) return
    if (!this.hasJulian) {
      this.year = 2000
      this.month = 1
      this.day = 1
    } else if (!this.isInRange()) return this.fail()
    else {
      const z = Math.trunc((this.julianMs + 43200000) / dayMs)
      const alpha = Math.trunc((z + 32044.75) / 36524.25) - 52
      const a = z + 1 + alpha - Math.trunc((alpha + 100) / 4) + 25
      const b = a + 1524
      const c = Math.trunc((b - 122.1) / 365.25)
      const d = Math.trunc((36525 * (c & 32767)) / 100)
      const e = Math.trunc((b - d) / 30.6001)
      this.day = b - d - Math.trunc(30.6001 * e)
      this.month = e < 14 ? e - 1 : e - 13
      this.year = this.month > 2 ? c - 4716 : c - 4715
    }
    this.hasDate = true
  }

  computeTime(): void {
    if (this.hasTime) return
    this.computeJulian()
    const ms = (this.julianMs + 43200000) % dayMs
    this.seconds = (ms % 60000) / 1000
    const minutes = Math.trunc(ms / 60000)
    this.minute = minutes % 60
    this.hour = Math.trunc(minutes / 60)
    this.raw = false
    this.hasTime = true
  }

  computeCalendar(): void {
    this.computeDate()
    this.computeTime()
  }

  computeExcess(): void {
    const { year, month, day } = this
    if (day <= 28 || (1 << month) & 0x15aa) this.excessDays = 0
    else if (month !== 2) this.excessDays = day === 31 ? 1 : 0
    else if (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0)) this.excessDays = day - 28
    else this.excessDays = day - 29
  }

  /** Moves months beyond 1 … 12 into years. */
  carryMonths(): void {
    const years = Math.trunc(this.month > 0 ? (this.month - 1) / 12 : (this.month - 12) / 12)
    this.year += years
    this.month -= years * 12
  }

  /** From UTC to the time zone of the process. */
  toLocal(): void {
    this.computeJulian()
    let yearShift = 0
    let unixMs = this.julianMs - unixEpochMs
    if (unixMs < 0 || this.julianMs > 213014145600000) {
      // Time zones are known from 1970 to 2037: other years borrow one of the same kind.
      const like = this.copy()
      like.computeCalendar()
      yearShift = 2000 + (like.year % 4) - like.year
      like.year += yearShift
      like.hasJulian = false
      like.computeJulian()
      unixMs = like.julianMs - unixEpochMs
    }
    const local = new Date(Math.floor(unixMs / 1000) * 1000)
    this.year = local.getFullYear() - yearShift
    this.month = local.getMonth() + 1
    this.day = local.getDate()
    this.hour = local.getHours()
    this.minute = local.getMinutes()
    this.seconds = local.getSeconds() + (this.julianMs % 1000) * 0.001
    this.hasDate = true
    this.hasTime = true
    this.hasJulian = false
    this.raw = false
    this.zone = 0
    this.failed = false
  }

  /** From the time zone of the process to UTC: looks for the moment whose local time this is. */
  toUtc(): void {
    this.computeJulian()
    const wanted = this.julianMs
    let guess = wanted
    let error = 0
    let rounds = 0
    do {
      guess -= error
      const local = new DateTime()
      local.julianMs = guess
      local.hasJulian = true
      local.toLocal()
      local.computeJulian()
      error = local.julianMs - wanted
    } while (error !== 0 && rounds++ < 3)
    // As in SQLite this forgets a `subsec` that came before.
    this.reset()
    this.julianMs = guess
    this.hasJulian = true
    this.isUtc = true
  }
}

function isSpace(text: string, i: number): boolean {
  const code = text.charCodeAt(i)
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** Exactly `count` digits at `at` that make a number from `min` to `max`; else -1. */
export function digitsAt(
  text: string,
  at: number,
  count: number,
  min: number,
  max: number,
): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value >= min && value <= max ? value : -1
}

/** `Z`, `+HH:MM` or `-HH:MM`, spaces around, or nothing, up to the end. */
function parseZone(text: string, start: number, into: DateTime): boolean {
  let at = start
  while (isSpace(text, at)) at++
  into.zone = 0
  const sign = text[at]
  if (sign === undefined) return true
  if (sign === 'Z' || sign === 'z') {
    at++
    into.isLocal = false
    into.isUtc = true
  } else {
    if (sign !== '-' && sign !== '+') return false
    const hours = digitsAt(text, at + 1, 2, 0, 14)
    const minutes = digitsAt(text, at + 4, 2, 0, 59)
    if (hours < 0 || minutes < 0 || text[at + 3] !== ':') return false
    at += 6
    into.zone = (sign === '-' ? -1 : 1) * (minutes + hours * 60)
    if (into.zone === 0) {
      into.isLocal = false
      into.isUtc = true
    }
  }
  while (isSpace(text, at)) at++
  return at === text.length
}

/** `HH:MM[:SS[.FFF]]` and a time zone, up to the end. */
export function parseTime(text: string, start: number, into: DateTime): boolean {
  let at = start
  const hour = digitsAt(text, at, 2, 0, 24)
  const minute = digitsAt(text, at + 3, 2, 0, 59)
  if (hour < 0 || minute < 0 || text[at + 2] !== ':') return false
  at += 5
  let second = 0
  let fraction = 0
  if (text[at] === ':') {
    second = digitsAt(text, at + 1, 2, 0, 59)
    if (second < 0) return false
    at += 3
    if (text[at] === '.' && digitsAt(text, at + 1, 1, 0, 9) >= 0) {
      let scale = 1
      for (at++; digitsAt(text, at, 1, 0, 9) >= 0; at++) {
        fraction = fraction * 10 + text.charCodeAt(at) - 0x30
        scale *= 10
      }
      // No rounding up into the next second.
      fraction = Math.min(fraction / scale, 0.999)
    }
  }
  into.hasJulian = false
  into.raw = false
  into.hasTime = true
  into.hour = hour
  into.minute = minute
  into.seconds = second + fraction
  return parseZone(text, at, into)
}

/** `[-]YYYY-MM-DD`, then perhaps a `T` or spaces and a time. */
function parseDate(text: string, into: DateTime): boolean {
  const negative = text[0] === '-'
  let at = negative ? 1 : 0
  const year = digitsAt(text, at, 4, 0, 14712)
  const month = digitsAt(text, at + 5, 2, 1, 12)
  const day = digitsAt(text, at + 8, 2, 1, 31)
  if (year < 0 || month < 0 || day < 0 || text[at + 4] !== '-' || text[at + 7] !== '-') return false
  at += 10
  while (isSpace(text, at) || text[at] === 'T') at++
  if (!parseTime(text, at, into)) {
    if (at !== text.length) return false
    into.hasTime = false
  }
  into.hasJulian = false
  into.hasDate = true
  into.year = negative ? -year : year
  into.month = month
  into.day = day
  into.computeExcess()
  if (into.zone !== 0) into.computeJulian()
  return true
}

/** Two digits at `i`, of bytes that are there; else more than 99. */
function twoDigits(data: Uint8Array, i: number): number {
  const tens = data[i]! - 0x30
  const ones = data[i + 1]! - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 100
}

/** `YYYY-MM-DD`, perhaps with ` HH:MM`, ` HH:MM:SS` or ` HH:MM:SS.SSS`, in bytes, as nearly all moments are; false: it is not one of these. */
export function parsePlainMoment(
  data: Uint8Array,
  offset: number,
  size: number,
  into: DateTime,
): boolean {
  if (size !== 10 && size !== 16 && size !== 19 && size !== 23) return false
  const century = twoDigits(data, offset)
  const year = twoDigits(data, offset + 2)
  const month = twoDigits(data, offset + 5)
  const day = twoDigits(data, offset + 8)
  if (century > 99 || year > 99 || month < 1 || month > 12 || day < 1 || day > 31) return false
  if (data[offset + 4] !== 0x2d || data[offset + 7] !== 0x2d) return false
  if (size > 10) {
    const between = data[offset + 10]
    const hour = twoDigits(data, offset + 11)
    const minute = twoDigits(data, offset + 14)
    const second = size === 16 ? 0 : twoDigits(data, offset + 17)
    if ((between !== 0x20 && between !== 0x54) || hour > 24 || minute > 59 || second > 59)
      return false
    if (data[offset + 13] !== 0x3a || (size > 16 && data[offset + 16] !== 0x3a)) return false
    let fraction = 0
    if (size === 23) {
      const hundredths = twoDigits(data, offset + 20)
      const last = data[offset + 22]! - 0x30
      if (data[offset + 19] !== 0x2e || hundredths > 99 || last < 0 || last > 9) return false
      // No rounding up into the next second, as in SQLite.
      fraction = Math.min((hundredths * 10 + last) / 1000, 0.999)
    }
    into.hour = hour
    into.minute = minute
    into.seconds = second + fraction
    into.hasTime = true
  }
  into.year = century * 100 + year
  into.month = month
  into.day = day
  into.hasDate = true
  into.computeExcess()
  return true
}

/** The first argument of a date function, as text. `now` is asked only when it is needed. */
export function parseMoment(text: string, into: DateTime, now: () => number): boolean {
  if (parseDate(text, into)) return true
  if (parseTime(text, 0, into)) return true
  const word = text.toLowerCase()
  if (word === 'now') {
    into.setNow(now())
    return true
  }
  if (isNumericText(text)) {
    into.setRaw(textToReal(text))
    return true
  }
  if (word !== 'subsec' && word !== 'subsecond') return false
  into.subsecond = true
  into.setNow(now())
  return true
}
