/** Date and time functions with every modifier, right and wrong. None of them asks for the present. */
import type { Writer } from './writer.ts'

const moments = [
  "'2024-02-29'",
  "'2024-02-29 12:34:56.789'",
  "'1999-12-31T23:59:59Z'",
  "'2000-01-01 00:00:00+05:30'",
  "'0000-01-01'",
  "'9999-12-31 23:59:59.999'",
  "'-4713-11-24 12:00:00'",
  "'12:34'",
  "'12:34:56.7'",
  "'2024-13-01'",
  "'2024-02-30'",
  "'2024-1-1'",
  "'2023-01-31'",
  "' 2024-01-01'",
  "'2024-01-01 24:00:00'",
  "'2024-01-01 23:59:60'",
  "''",
  "'x'",
  'NULL',
  '0',
  '2451545',
  '2451545.5',
  '2460000.123456',
  '-1',
  '1e9',
  '1700000000',
  '1700000000.5',
  '5373484.5',
  '5373485',
  '253402300800',
  "'1700000000'",
  "'2451545.25'",
  "x'32303234'",
]

const fixed = [
  'start of day',
  'start of month',
  'start of year',
  'start of week',
  'unixepoch',
  'julianday',
  'auto',
  'ceiling',
  'floor',
  'subsec',
  'subsecond',
  'utc',
  'weekday 0',
  'weekday 3',
  'weekday 6.5',
  'weekday 7',
  'WEEKDAY 1',
  '+1 day',
  '-1 day',
  '+1 month',
  '-1 month',
  '+12 months',
  '+1 year',
  '-4 years',
  '+1.5 days',
  '+0.25 month',
  '-1.5 years',
  '+36 hours',
  '-90 minutes',
  '+0.001 seconds',
  '+1e5 seconds',
  '1 day',
  '+1day',
  '+ 1 day',
  '+1 fortnight',
  '+12:30',
  '-01:02:03.004',
  '+25:00',
  '0001-01-01',
  '+0001-02-03',
  '-0000-00-01 12:00',
  '+0000-13-00',
  '+0001-02-03 04:05:06.789',
  '+99999999 days',
  '-2451545 days',
  '',
  ' ',
  'nonsense',
]

const letters = 'dfefgGHIjJkKlmMpPqRsSTuUvVwWxXyYZ%FaAbBcCDehnrtzNO'.split('')
const texts = [
  '%Y-%m-%d',
  '%H:%M:%f',
  '%s',
  '%J',
  '%j/%U/%W/%V/%G/%g',
  '%p %P %I %l %k',
  '%',
  '%%',
  '',
  'x%dY',
  '%e|%u|%w',
  '%F %T %R',
]

function format(w: Writer): string {
  if (w.oneIn(3)) return `'${w.random.pick(texts)}'`
  return `'${w.list(1 + w.random.below(4), () => `%${w.random.pick(letters)}`).join(w.random.pick(['', '-', ' ']))}'`
}

export function dateCall(w: Writer): string {
  const modifiers = w
    .list(w.random.below(4), () =>
      w.oneIn(20) ? w.random.pick(['NULL', '5', "x''"]) : `'${w.random.pick(fixed)}'`,
    )
    .map((text) => `, ${text}`)
    .join('')
  const moment = w.random.pick(moments)
  const name = w.random.pick([
    'date',
    'time',
    'datetime',
    'julianday',
    'unixepoch',
    'strftime',
    'strftime',
    'timediff',
  ])
  if (name === 'timediff') return `timediff(${moment}, ${w.random.pick(moments)})`
  return `${name}(${name === 'strftime' ? `${format(w)}, ` : ''}${moment}${modifiers})`
}
