/** Whether two answers to one question are alike: in their order, or in any. */

/** In front of a statement of which only the error is compared, if it has one. */
export const mistakeMark = '/* wrong */ '

/** A question ends with how far its answer is determined: its rows in their order, its rows, whether it fails. */
const mark = / \/\* (rows|order|fails|changed) \*\/$/

/** What is written in two ways, for us and for SQLite, whose library lacks the first: `generate_series`, LIMIT of UPDATE and DELETE. */
const twoWays = /⟦(.*?)¦(.*?)⟧/g

export function inTwoWays(ours: string, theirs: string): string {
  return `⟦${writtenFor('ours', ours)}¦${writtenFor('theirs', theirs)}⟧`
}

/** The statement as one of the two sides gets it. */
export function writtenFor(side: 'ours' | 'theirs', sql: string): string {
  return sql.includes('⟦') ? sql.replaceAll(twoWays, side === 'ours' ? '$1' : '$2') : sql
}

/** It asks, and changes nothing. */
export function isMarked(sql: string): boolean {
  return mark.test(sql) && !sql.endsWith('changed */')
}

/** Of values that are equal and differ these may show any. */
const chooses = /DISTINCT|UNION|INTERSECT|EXCEPT|GROUP BY|MAX|MIN|NATURAL|USING|PARTITION/i

/** 1 and 1.0, `a` and `A` and `a ` are one. */
function levelled(line: string): string {
  return line
    .replaceAll(/(^|\|)r/g, '$1i')
    .replaceAll(/ +"/g, '"')
    .toLowerCase()
}

/** Where an alias is gone many names mean nothing, and either engine may say which. */
const mayBeAnother = /no such column|circular reference/

/** A constant that a column of JSON must be, which SQLite puts in its place wherever it stands. It is none. (COMPATIBILITY) */
const equalsJson = /\.j (?:=|==|IS) '|' (?:=|==|IS) \w+\.j\b/

/** The SQLite that is asked has no ORDER BY and LIMIT in these. */
const lacksLimit = /\b(?:UPDATE|DELETE)\b/i

/** Each side's answer, brought into one form: equal texts say that both answered the same. */
export function comparable(sql: string, ours: string, theirs: string): [string, string] {
  const haveFailed = outcomeOf(ours) === ours && outcomeOf(theirs) === theirs
  const isLacking = lacksLimit.test(sql) && /near "(?:ORDER|LIMIT)"/i.test(theirs)
  if (haveFailed && sql.startsWith(mistakeMark) && (isLacking || mayBeAnother.test(ours))) {
    return [theirs, theirs]
  }
  if (theirs === 'SQLITE_ERROR: malformed JSON' && equalsJson.test(sql)) return [theirs, theirs]
  const order = mark.exec(sql)?.[1]
  if (order === undefined || ours === theirs) return [ours, theirs]
  if (order === 'fails') return [outcomeOf(ours), outcomeOf(theirs)]
  const form = (answer: string): string =>
    order !== 'order' ? answer.split('\n').sort().join('\n') : answer
  const [left, right] = [form(ours), form(theirs)]
  if (left === right || !chooses.test(sql)) return [left, right]
  const loose = (answer: string): string => form(answer.split('\n').map(levelled).join('\n'))
  if (loose(ours) !== loose(theirs)) return [left, right]
  levelledCount++
  return [left, left]
}

/** What an answer comes to when only its error counts. */
export function outcomeOf(answer: string): string {
  return answer.startsWith('SQLITE_') ? answer : 'no error'
}

/** How many answers were alike only when levelled. */
export let levelledCount = 0
