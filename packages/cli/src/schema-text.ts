/** CREATE statements as `.schema` and `.dump` write them. */
import { isComplete } from '../../engine/src/index.ts'
import { isSpace } from './format/text.ts'

/**
 * A statement with what ends it. A comment that goes on to its end is ended first. The tables that belong to a virtual table have quoted
 * names, and may be there already when the text is read.
 */
export function schemaLine(sql: string, tail: string): string {
  let text = sql
  if (tail.startsWith(';') && (sql.includes('/*') || sql.includes('--'))) {
    const ending = ['', '*/', '\n'].find((end) => isComplete(`${sql}${end};`))
    if (ending !== undefined) text = sql + ending
  }
  if (/^CREATE TABLE ['"]/.test(text)) return `CREATE TABLE IF NOT EXISTS ${text.slice(13)}${tail}`
  return text + tail
}

/** Long statements are laid out in lines; shorter ones are not. */
const longest = 79

/** `--indent`: one column a line. */
export function indented(sql: string): string {
  if (/^CREATE (?:VIEW|TRIG)/i.test(sql)) return `${sql};\n`
  const text = withSingleSpaces(sql)
  return Buffer.byteLength(text) < longest ? schemaLine(text, ';\n') : laidOut(text)
}

function withSingleSpaces(sql: string): string {
  let text = ''
  let at = 0
  while (isSpace(sql[at])) at++
  for (; at < sql.length; at++) {
    const character = sql[at]!
    const last = text.at(-1)
    if (isSpace(character)) {
      if (last === '\r') text = `${text.slice(0, -1)}\n`
      if (isSpace(text.at(-1)) || text.at(-1) === '(') continue
    } else if ((character === '(' || character === ')') && isSpace(last)) {
      text = text.slice(0, -1)
    }
    text += character
  }
  while (isSpace(text.at(-1))) text = text.slice(0, -1)
  return text
}

function laidOut(text: string): string {
  let done = ''
  let line = ''
  let depth = 0
  let lineCount = 0
  let end = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === end) end = ''
    else if (character === '"' || character === "'" || character === '`') end = character
    else if (character === '[') end = ']'
    else if (character === '-' && text[at + 1] === '-') end = '\n'
    else if (character === '(') depth++
    else if (character === ')') {
      depth--
      if (lineCount > 0 && depth === 0 && line !== '') {
        done += schemaLine(line, '\n')
        line = ''
      }
    }
    line += character
    const isBreak =
      character === '(' ||
      character === '\n' ||
      (character === ',' && !isBlankToLineEnd(text, at + 1))
    if (depth !== 1 || end !== '' || !isBreak) continue
    if (character === '\n') line = line.slice(0, -1)
    done += schemaLine(line, '\n  ')
    line = ''
    lineCount++
    while (isSpace(text[at + 1])) at++
  }
  return done + schemaLine(line, ';\n')
}

/** Whether nothing but space and a comment stands up to the end of the line. */
function isBlankToLineEnd(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\n') return true
    if (isSpace(text[at])) continue
    return text[at] === '-' && text[at + 1] === '-'
  }
  return true
}
