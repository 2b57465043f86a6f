/** SQL and dot commands in colours. */
import { keywords } from '../format/keywords.ts'
import { wordsOf, type WordKind } from '../statements.ts'

/** A part of a text and how it begins to look; nothing: as usual. */
export interface Span {
  readonly text: string
  readonly style: string
}

const styles: Readonly<Partial<Record<WordKind, string>>> = {
  comment: '\u001b[2m',
  text: '\u001b[32m',
  number: '\u001b[35m',
  parameter: '\u001b[36m',
}
const keywordStyle = '\u001b[1;34m'
const commandStyle = '\u001b[33m'

/** Ends every style. */
export const plainStyle = '\u001b[0m'

/** A text in parts, each with its style. */
export function* spansOf(text: string): Generator<Span> {
  const command = /^\.\S*/.exec(text)?.[0]
  if (command !== undefined) {
    yield { text: command, style: commandStyle }
    yield { text: text.slice(command.length), style: '' }
    return
  }
  for (const { kind, start, end } of wordsOf(text)) {
    const word = text.slice(start, end)
    const isKeyword = kind === 'word' && keywords.has(word.toUpperCase())
    yield { text: word, style: isKeyword ? keywordStyle : (styles[kind] ?? '') }
  }
}
