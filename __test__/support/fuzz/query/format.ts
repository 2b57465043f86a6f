/** printf() and format() with all flags, widths and precisions, and values of every class. */
import type { Writer } from './writer.ts'

const values = [
  'NULL',
  '0',
  '-0.0',
  '1',
  '-1',
  '42',
  '-12345',
  '1234567',
  '9223372036854775807',
  '-9223372036854775808',
  '0.5',
  '2.5',
  '-1.005',
  '123.456',
  '1e15',
  '1.0e16',
  '123456789012345678',
  '1e-5',
  '1e100',
  '1e308',
  '9e999',
  '-9e999',
  '5e-324',
  '0.1',
  '1.7976931348623157e308',
  "'text'",
  "'it''s'",
  "'é😀'",
  "''",
  "'12.5x'",
  "x'616263'",
  "x'00'",
  "'a' || char(0) || 'b'",
  '65',
  '128512',
]
const flags = [
  '',
  '',
  '',
  '-',
  '+',
  ' ',
  '0',
  '#',
  '!',
  ',',
  '-0',
  '+,',
  '!0',
  '#!',
  '+0',
  ',0',
  '!#,',
]
const sizes = ['', '', '', '1', '5', '12', '20', '*', '30']
const precisions = ['', '', '', '.0', '.1', '.2', '.5', '.10', '.17', '.20', '.*', '.', '.40']
const lengths = ['', '', '', '', 'l', 'll', 'h']
const letters = 'ddifeEgGsqQwcxXouzpnrSTi%'.split('')

export function formatCall(w: Writer): string {
  const count = 1 + w.random.below(2)
  const args: string[] = []
  let text = ''
  for (let i = 0; i < count; i++) {
    const size = w.random.pick(sizes)
    const precision = w.random.pick(precisions)
    text += `${w.random.pick(['', ':', 'a'])}%${w.random.pick(flags)}${size}${precision}${w.random.pick(lengths)}${w.random.pick(letters)}`
    if (size === '*') args.push(w.random.pick(['0', '7', '-7', 'NULL', "'5'", '3.7']))
    if (precision === '.*') args.push(w.random.pick(['0', '3', '-2', 'NULL', '25']))
    args.push(w.random.pick(values))
  }
  if (w.oneIn(10)) args.pop()
  return `${w.random.pick(['printf', 'format'])}('${text}'${args.map((one) => `, ${one}`).join('')})`
}
