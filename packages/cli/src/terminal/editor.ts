/**
 * A text of one or several lines, edited on a terminal. Keys are read, and the text is changed, by Node's readline, which draws nothing here:
 * this draws, in colours, all lines of the text, and sees to what readline has not: lines below each other, the history of whole texts,
 * lists of completions.
 */
import { createInterface, emitKeypressEvents, type Interface, type Key } from 'node:readline'
import { PassThrough, Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Completion } from './completion.ts'
import { plainStyle, spansOf } from './highlight.ts'
import type { History } from './history.ts'
import { displayWidth, graphemesOf } from './width.ts'

export interface EditorNeeds {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly history: History
  readonly hasColours: boolean
  /** Whether a text may be handed on, or goes on with another line. */
  readonly isWhole: (text: string) => boolean
  readonly complete: (text: string, cursor: number) => Completion
}

/** How editing has ended: with a text, given up, or because there is no more to come. */
export type Edited =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'end' }

/** readline's buffer, whose text and cursor may be set. */
interface Buffer {
  line: string
  cursor: number
}

export class LineEditor {
  readonly #needs: EditorNeeds
  readonly #keys = new PassThrough()
  readonly #readline: Interface
  #prompt = ''
  #continuation = ''
  #done: ((edited: Edited) => void) | null = null
  /** Rows from the first one drawn to the one where the cursor is. */
  #cursorRow = 0
  #isPasting = false
  /** How far back in the history; -1: not at all, and then what was being typed. */
  #age = -1
  #draft = ''
  /** Text that is looked for in the history; null: none is. */
  #search: string | null = null
  #lastKey = ''
  /** Keys that came while nobody was asked. */
  readonly #typed: [string | undefined, Key][] = []
  #willDraw = false

  constructor(needs: EditorNeeds) {
    this.#needs = needs
    const sink = Object.assign(new Writable({ write: (_piece, _encoding, done) => done() }), {
      columns: 1_000_000,
    })
    this.#readline = createInterface({
      input: this.#keys,
      output: sink,
      terminal: true,
      historySize: 0,
      escapeCodeTimeout: 50,
    })
    emitKeypressEvents(needs.input)
    needs.input.on('keypress', (text: string | undefined, key: Key) => {
      if (this.#done === null) this.#typed.push([text, key])
      else this.#press(text, key)
    })
    needs.output.on('resize', () => {
      if (this.#done !== null) this.#draw()
    })
  }

  get #buffer(): Buffer {
    return this.#readline as unknown as Buffer
  }

  /** Lets somebody edit a text. */
  read(prompt: string, continuation: string): Promise<Edited> {
    const { input, output } = this.#needs
    this.#prompt = prompt
    this.#continuation = continuation
    this.#set('', 0)
    this.#age = -1
    this.#cursorRow = 0
    this.#search = null
    input.setRawMode(true)
    input.resume()
    // Text that is pasted comes between marks.
    output.write('\u001b[?2004h')
    return new Promise((resolve) => {
      this.#done = resolve
      this.#draw()
      while (this.#typed.length > 0 && this.#isAsking) this.#press(...this.#typed.shift()!)
    })
  }

  get #isAsking(): boolean {
    return this.#done !== null
  }

  close(): void {
    this.#readline.close()
    this.#needs.input.pause()
  }

  #set(text: string, cursor: number): void {
    this.#buffer.line = text
    this.#buffer.cursor = cursor
  }

  #finish(edited: Edited, mark = ''): void {
    const { input, output } = this.#needs
    this.#search = null
    this.#buffer.cursor = this.#buffer.line.length
    this.#draw()
    output.write(`${mark}\r\n\u001b[?2004l`)
    input.setRawMode(false)
    input.pause()
    const done = this.#done
    this.#done = null
    done?.(edited)
  }

  #press(text: string | undefined, key: Key): void {
    const name = `${key.ctrl === true ? 'ctrl-' : ''}${key.meta === true ? 'meta-' : ''}${key.name ?? ''}`
    if (this.#search !== null && this.#searchOn(name, text)) return
    const own = this.#ownKeys[name]
    if (own === undefined || !own(name)) this.#keys.emit('keypress', text, key)
    this.#lastKey = name
    this.#drawSoon()
  }

  /** Draws when all keys that have come are dealt with. */
  #drawSoon(): void {
    if (this.#willDraw) return
    this.#willDraw = true
    setImmediate(() => {
      this.#willDraw = false
      if (this.#done !== null) this.#draw()
    })
  }

  /** What readline is not asked for. Each answers whether the key has been dealt with. */
  readonly #ownKeys: Readonly<Record<string, (name: string) => boolean>> = {
    'paste-start': () => (this.#isPasting = true),
    'paste-end': () => {
      this.#isPasting = false
      return true
    },
    return: () => this.#enter(),
    enter: () => this.#enter(),
    'meta-return': () => this.#insert('\n'),
    'meta-enter': () => this.#insert('\n'),
    tab: () => (this.#isPasting ? this.#insert('\t') : this.#complete()),
    up: () => this.#up(),
    down: () => this.#down(),
    'ctrl-p': () => this.#recall(this.#age + 1),
    'ctrl-n': () => this.#recall(this.#age - 1),
    'ctrl-r': () => {
      this.#search = ''
      return true
    },
    home: () => this.#moveTo(this.#lineStart()),
    end: () => this.#moveTo(this.#lineEnd()),
    'ctrl-a': () => this.#moveTo(this.#lineStart()),
    'ctrl-e': () => this.#moveTo(this.#lineEnd()),
    'ctrl-l': () => {
      this.#needs.output.write('\u001b[H\u001b[2J')
      this.#cursorRow = 0
      return true
    },
    'ctrl-c': () => {
      this.#finish({ kind: 'cancelled' }, '^C')
      return true
    },
    'ctrl-d': () => {
      if (this.#buffer.line !== '') return false
      this.#finish({ kind: 'end' })
      return true
    },
    'ctrl-z': () => {
      const { input, output } = this.#needs
      if (process.platform === 'win32') return true
      input.setRawMode(false)
      output.write('\u001b[?2004l\r\n')
      process.once('SIGCONT', () => {
        input.setRawMode(true)
        output.write('\u001b[?2004h')
        this.#cursorRow = 0
        this.#draw()
      })
      process.kill(process.pid, 'SIGTSTP')
      return true
    },
  }

  #insert(text: string): boolean {
    const { line, cursor } = this.#buffer
    this.#set(line.slice(0, cursor) + text + line.slice(cursor), cursor + text.length)
    return true
  }

  #enter(): boolean {
    const { line } = this.#buffer
    if (this.#isPasting || !(line.trim() === '' || this.#needs.isWhole(line))) {
      return this.#insert('\n')
    }
    this.#needs.history.add(line)
    this.#finish({ kind: 'text', text: line })
    return true
  }

  #moveTo(cursor: number): boolean {
    this.#buffer.cursor = cursor
    return true
  }

  #lineStart(): number {
    const { line, cursor } = this.#buffer
    return line.lastIndexOf('\n', cursor - 1) + 1
  }

  #lineEnd(): number {
    const { line, cursor } = this.#buffer
    const end = line.indexOf('\n', cursor)
    return end < 0 ? line.length : end
  }

  #up(): boolean {
    const start = this.#lineStart()
    if (start === 0) return this.#recall(this.#age + 1)
    const column = this.#buffer.cursor - start
    const before = this.#buffer.line.lastIndexOf('\n', start - 2) + 1
    return this.#moveTo(Math.min(before + column, start - 1))
  }

  #down(): boolean {
    const end = this.#lineEnd()
    const { line, cursor } = this.#buffer
    if (end === line.length) return this.#recall(this.#age - 1)
    const next = line.indexOf('\n', end + 1)
    const column = cursor - this.#lineStart()
    return this.#moveTo(Math.min(end + 1 + column, next < 0 ? line.length : next))
  }

  /** Shows an entry of the history; -1: what was being typed. */
  #recall(age: number): boolean {
    const { history } = this.#needs
    if (age < -1 || age >= history.length) return true
    if (this.#age === -1) this.#draft = this.#buffer.line
    this.#age = age
    const text = age === -1 ? this.#draft : history.at(age)
    this.#set(text, text.length)
    return true
  }

  /** A key while the history is searched. @returns whether the search goes on */
  #searchOn(name: string, text: string | undefined): boolean {
    const { history } = this.#needs
    let search = this.#search!
    let from = Math.max(0, this.#age)
    if (name === 'ctrl-r') from = this.#age + 1
    else if (name === 'backspace') search = search.slice(0, -1)
    else if (text !== undefined && text >= ' ' && text.length === 1 && !name.includes('-'))
      search += text
    else {
      this.#search = null
      if (name !== 'escape' && name !== 'ctrl-g') return false
      this.#drawSoon()
      return true
    }
    this.#search = search
    const found = search === '' ? -1 : history.find(search, from)
    if (found >= 0) this.#recall(found)
    this.#drawSoon()
    return true
  }

  #complete(): boolean {
    const { line, cursor } = this.#buffer
    const { start, candidates } = this.#needs.complete(line, cursor)
    if (candidates.length === 0) return true
    const typed = line.slice(start, cursor)
    const common = commonBeginning(candidates)
    if (candidates.length === 1 || common.length > typed.length) {
      const text = candidates.length === 1 ? candidates[0]! : common
      this.#set(line.slice(0, start) + text + line.slice(cursor), start + text.length)
      return true
    }
    if (this.#lastKey === 'tab') this.#list(candidates)
    return true
  }

  /** Candidates below the text, in columns. */
  #list(candidates: readonly string[]): void {
    const { output } = this.#needs
    const shown = candidates.slice(0, 200)
    const width = Math.max(...shown.map(displayWidth)) + 2
    const columns = Math.max(1, Math.floor(this.#columns / width))
    const rows = Math.ceil(shown.length / columns)
    const { cursor } = this.#buffer
    this.#buffer.cursor = this.#buffer.line.length
    this.#draw()
    this.#buffer.cursor = cursor
    for (let row = 0; row < rows; row++) {
      const line = shown.filter((_, i) => i % rows === row)
      const text = line.map((name) => name + ' '.repeat(width - displayWidth(name))).join('')
      output.write(`\r\n${text.trimEnd()}`)
    }
    if (shown.length < candidates.length) {
      output.write(`\r\n… and ${candidates.length - shown.length} more`)
    }
    output.write('\r\n')
    this.#cursorRow = 0
  }

  get #columns(): number {
    return this.#needs.output.columns || 80
  }

  /** Draws the prompt and the text anew, and puts the cursor where it belongs. */
  #draw(): void {
    const { output, hasColours } = this.#needs
    const columns = this.#columns
    const { line, cursor } = this.#buffer
    const prompt = this.#search === null ? this.#prompt : `(reverse-search)'${this.#search}': `
    let text = this.#cursorRow > 0 ? `\r\u001b[${this.#cursorRow}A\u001b[J` : '\r\u001b[J'
    let row = 0
    let column = 0
    let cursorRow = 0
    let cursorColumn = 0
    let at = 0
    const put = (part: string, width: number): void => {
      if (column + width > columns) {
        text += '\r\n'
        row++
        column = 0
      }
      text += part
      column += width
    }
    const mark = (): void => {
      if (at !== cursor) return
      const isFull = column === columns
      cursorRow = isFull ? row + 1 : row
      cursorColumn = isFull ? 0 : column
    }
    for (const grapheme of graphemesOf(prompt)) put(grapheme.text, grapheme.width)
    mark()
    for (const span of spansOf(line)) {
      const style = hasColours ? span.style : ''
      text += style
      for (const [i, piece] of span.text.split('\n').entries()) {
        if (i > 0) {
          if (style !== '') text += plainStyle
          text += '\r\n'
          row++
          column = 0
          for (const grapheme of graphemesOf(this.#continuation)) put(grapheme.text, grapheme.width)
          text += style
          at++
          mark()
        }
        for (const grapheme of graphemesOf(piece)) {
          put(
            visible(grapheme.text),
            Math.max(grapheme.width, visible(grapheme.text).length > 1 ? 2 : 0),
          )
          // The cursor may be inside of what is one character to people.
          for (let k = 0; k < grapheme.text.length; k++) {
            at++
            mark()
          }
        }
      }
      if (style !== '') text += plainStyle
    }
    if (column === columns) {
      text += '\r\n'
      row++
      column = 0
    }
    if (row !== cursorRow || column !== cursorColumn) {
      const up = row - cursorRow
      if (up > 0) text += `\u001b[${up}A`
      text += cursorColumn === 0 ? '\r' : `\r\u001b[${cursorColumn}C`
    }
    output.write(text)
    this.#cursorRow = cursorRow
  }
}

/** A control character as `^X`; a tab as a space. */
function visible(text: string): string {
  const code = text.charCodeAt(0)
  if (text === '\t') return ' '
  if (code < 32) return `^${String.fromCharCode(code + 64)}`
  return code === 127 ? '^?' : text
}

function commonBeginning(texts: readonly string[]): string {
  let common = texts[0]!
  for (const text of texts) {
    let size = 0
    while (size < common.length && common[size] === text[size]) size++
    common = common.slice(0, size)
  }
  return common
}
