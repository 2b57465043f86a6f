/**
 * Makes the statement at which a round differs shorter: parts of it are left out, or replaced by something plain, as long as the two sides still differ in
 * the same way. The steps before it have run; they are not run again.
 */
import { comparable, mistakeMark } from './query/comparison.ts'
import type { Side } from './sides.ts'

/** Of which kind a difference is: the sentences of errors, or that there are rows. */
export function signatureOf(ours: string, theirs: string): string {
  const kind = (answer: string): string => {
    if (/^SQLITE_|^Error|^TypeError|^RangeError/.test(answer))
      return answer.split('\n')[0]!.replace(/near .*/, '')
    return 'rows'
  }
  return `${kind(ours)} / ${kind(theirs)}`
}

const token =
  /"(?:[^"]|"")*"|[xX]?'(?:[^']|'')*'|`[^`]*`|\[[^\]]*\]|[A-Za-z_][A-Za-z0-9_$]*|0x[0-9a-fA-F]+|[0-9.]+(?:[eE][+-]?[0-9]+)?|<>|<=|>=|==|!=|\|\||<<|>>|->>?|\S/gu

const tokensOf = (sql: string): string[] => sql.match(token) ?? []

/** Where the balanced part that begins at a token ends; the token itself where it opens nothing. */
function endOf(tokens: readonly string[], start: number): number {
  let depth = 0
  for (let i = start; i < tokens.length; i++) {
    if (tokens[i] === '(') depth++
    if (tokens[i] === ')') depth--
    if (depth <= 0) return i
  }
  return tokens.length
}

const plain = ['', '1', "'a'", 'NULL', '*']

/** @param onShorter gets each statement that is shorter and still differs, the last one in the end */
export function reduceStatement(
  sides: readonly Side[],
  sql: string,
  onShorter: (statement: string) => void,
): void {
  const mark = / \/\* \w+ \*\/$/.exec(sql)?.[0] ?? ''
  const head = sql.startsWith(mistakeMark) ? mistakeMark : ''
  const body = sql.slice(head.length, sql.length - mark.length)
  // Where rows differ however they are sorted, their order is of no interest.
  const differs = (text: string, how: string): string | null => {
    const whole = `${head}${text}${how}`
    const changes = !/rows|order/.test(how) && head === ''
    if (changes) for (const side of sides) side.run('SAVEPOINT reduces')
    const answers = sides.map((side) => side.run(whole))
    if (changes) {
      for (const side of sides) {
        side.run('ROLLBACK TO reduces')
        side.run('RELEASE reduces')
      }
    }
    const [ours, theirs] = comparable(whole, answers[0]!, answers[1]!)
    return ours === theirs ? null : signatureOf(ours, theirs)
  }
  const how = mark.includes('order') && differs(body, ' /* rows */') !== null ? ' /* rows */' : mark
  const wanted = differs(body, how)
  if (wanted === null) return
  let tokens = tokensOf(body)
  const join = (parts: readonly string[]): string =>
    parts
      .join(' ')
      .replaceAll(/ ?\. ?(?=\D)/g, '.')
      .replaceAll(/(\w) \(/g, '$1(')
      .replaceAll(/\( /g, '(')
      .replaceAll(/ ([),])/g, '$1')
  const isSame = (parts: readonly string[]): boolean => differs(join(parts), how) === wanted
  if (!isSame(tokens)) return
  const tell = (): void => onShorter(`${head}${join(tokens)}${how}`)
  tell()
  for (let again = true, round = 0; again && round < 4; round++) {
    again = false
    for (let i = 0; i < tokens.length; i++) {
      const end = endOf(tokens, i)
      // A name of a function with its arguments, then lists behind it of growing length.
      const lengths = [
        ...new Set([
          end - i + 1,
          i + 1 < tokens.length ? endOf(tokens, i + 1) - i + 1 : 1,
          32,
          16,
          8,
          6,
          5,
          4,
          3,
          2,
          1,
        ]),
      ]
      let done = false
      for (const length of lengths) {
        if (i + length > tokens.length) continue
        const part = tokens.slice(i, i + length)
        const replacements = length > 1 || !plain.includes(part[0]!) ? plain : ['']
        for (const by of replacements) {
          const tried = [
            ...tokens.slice(0, i),
            ...(by === '' ? [] : [by]),
            ...tokens.slice(i + length),
          ]
          if (tried.length >= tokens.length && tokens[i]!.length <= by.length) continue
          if (!isSame(tried)) continue
          tokens = tried
          tell()
          done = true
          again = true
          break
        }
        if (done) break
      }
      if (done) i--
      else if (tokens[i] === '(') {
        // The parentheses alone.
        const tried = tokens.filter((_, place) => place !== i && place !== end)
        if (isSame(tried)) {
          tokens = tried
          tell()
          again = true
          i--
        }
      }
    }
  }
}
