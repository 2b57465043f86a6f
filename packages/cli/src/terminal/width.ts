/** How wide text is on a terminal: combining marks take no cell, East Asian wide characters and emoji two. */
import stringWidth from 'string-width'

export function displayWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text)
}

/** A character as people see it. */
export interface Grapheme {
  readonly text: string
  readonly width: number
}

const segmenter = new Intl.Segmenter()

export function* graphemesOf(text: string): Generator<Grapheme> {
  if (/^[ -~]*$/.test(text)) for (const character of text) yield { text: character, width: 1 }
  else
    for (const { segment } of segmenter.segment(text))
      yield { text: segment, width: displayWidth(segment) }
}
