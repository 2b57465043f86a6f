/**
 * The fenced blocks of a page. The first word behind the fence is the language; the others, which renderers do not show, say what is to be done
 * with the block: `file=NAME`, `driver=NAME`, `not-run="why"`. (CommonMark §4.5 Fenced code blocks)
 */

export interface Block {
  readonly language: string
  readonly text: string
  /** Of the page, from 1: that of the first line of the text. */
  readonly line: number
  /** Written to a file of this name, for blocks behind it. */
  readonly file: string | null
  /** A recipe for a driver: it is run with the real package, by `npm run test:drivers`. */
  readonly driver: string | null
  /** Why it is not run at all. */
  readonly notRun: string | null
}

const fence = /^( *)(`{3,})([^`]*)$/
const word = /([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g
const known = new Set(['file', 'driver', 'not-run'])

/** @throws Error on a block that does not end, or on words that mean nothing */
export function blocksOf(page: string): Block[] {
  const lines = page.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, indent, ticks, info] = fence.exec(lines[i]!) ?? []
    if (ticks === undefined) continue
    const begin = i + 1
    const isEnd = (line: string): boolean => line.trim() === ticks
    for (i = begin; i < lines.length && !isEnd(lines[i]!); i++);
    if (i === lines.length) throw new Error(`line ${begin}: the block does not end`)
    const text = lines.slice(begin, i).map((line) => withoutIndent(line, indent!.length))
    blocks.push({ ...readInfo(info!.trim(), begin), text: text.join('\n'), line: begin + 1 })
  }
  return blocks
}

function withoutIndent(line: string, width: number): string {
  const blank = line.length - line.trimStart().length
  return line.slice(Math.min(width, blank))
}

function readInfo(info: string, line: number): Omit<Block, 'text' | 'line'> {
  const language = /^\S*/.exec(info)![0]
  const said = new Map<string, string>()
  for (const [, name, quoted, plain] of info.slice(language.length).matchAll(word)) {
    const value = quoted ?? plain
    if (!known.has(name!) || value === undefined || value.trim() === '') {
      throw new Error(`line ${line}: "${name}" says nothing`)
    }
    said.set(name!, value)
  }
  return {
    language,
    file: said.get('file') ?? null,
    driver: said.get('driver') ?? null,
    notRun: said.get('not-run') ?? null,
  }
}
