/**
 * The form of `*.sqltest` files: directives, setups and cases, blocks in braces. What the parts mean is decided elsewhere
 * (`sqltest-cases.ts`). (The corpus' README, *sqltest: Form*.)
 */

/** A decorator or directive: its word without the `@`, and what follows it. */
export interface Decorator {
  readonly word: string
  readonly args: readonly string[]
}

export interface Expectation {
  /** `cli`, `js` …; null: for everybody. */
  readonly backend: string | null
  readonly kind: 'rows' | 'error' | 'pattern' | 'unordered' | 'raw'
  readonly text: string
}

export interface SqltestCase {
  readonly kind: 'test' | 'matrix' | 'snapshot' | 'snapshot-eqp'
  readonly name: string
  readonly sql: string
  readonly decorators: readonly Decorator[]
  readonly expectations: readonly Expectation[]
}

export interface SqltestFile {
  readonly directives: readonly Decorator[]
  readonly setups: ReadonlyMap<string, string>
  readonly cases: readonly SqltestCase[]
}

const directives = new Set(['database', 'skip-file', 'skip-file-if', 'requires-file'])
const caseKinds = new Set(['test', 'matrix', 'snapshot', 'snapshot-eqp'])
const expectationKinds = new Set(['error', 'pattern', 'unordered', 'raw'])

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  #skipBlank(): void {
    for (;;) {
      const found = /\s*(?:#[^\n]*)?/y
      found.lastIndex = this.#at
      found.exec(this.#text)
      if (found.lastIndex === this.#at) return
      this.#at = found.lastIndex
    }
  }

  /** The next word, and nothing is taken. */
  peek(): string | null {
    this.#skipBlank()
    const word = /[^\s{"]+|[{"]/y
    word.lastIndex = this.#at
    return word.exec(this.#text)?.[0] ?? null
  }

  word(): string {
    const word = this.peek()
    if (word === null) throw this.mistake('a word was expected')
    this.#at += word.length
    return word
  }

  string(): string {
    this.#skipBlank()
    const found = /"((?:[^"\\]|\\.)*)"/sy
    found.lastIndex = this.#at
    const match = found.exec(this.#text)
    if (match === null) throw this.mistake('a string was expected')
    this.#at = found.lastIndex
    return match[1]!.replace(/\\(.)/gs, '$1')
  }

  /** What stands between braces that belong together, as it was meant. */
  block(): string {
    if (this.word() !== '{') throw this.mistake('a block was expected')
    const start = this.#at
    let depth = 1
    for (; depth > 0; this.#at++) {
      const c = this.#text[this.#at]
      if (c === undefined) throw this.mistake('a block does not end')
      if (c === '\\' && /[{}\\]/.test(this.#text[this.#at + 1] ?? '')) this.#at++
      else if (c === '{') depth++
      else if (c === '}') depth--
    }
    const content = this.#text.slice(start, this.#at - 1)
    return content
      .replace(/^\n/, '')
      .replace(/\n$/, '')
      .replace(/\{\{repeat:(\d+):(.*?)\}\}/gs, (_all, count: string, text: string) =>
        text.repeat(Number(count)),
      )
      .replace(/\\([{}\\])/g, '$1')
  }

  mistake(what: string): Error {
    const line = this.#text.slice(0, this.#at).split('\n').length
    return new Error(`line ${line}: ${what}`)
  }
}

function readDecorator(reader: Reader): Decorator {
  const word = reader.word().slice(1)
  switch (word) {
    case 'cross-check-integrity':
      return { word, args: [] }
    case 'setup':
    case 'backend':
      return { word, args: [reader.word()] }
    case 'database': {
      const args = [reader.word()]
      if (reader.peek() === 'readonly') args.push(reader.word())
      return { word, args }
    }
    case 'skip':
    case 'skip-file':
      return { word, args: [reader.string()] }
    case 'skip-if':
    case 'skip-file-if':
    case 'requires':
    case 'requires-file':
      return { word, args: [reader.word(), reader.string()] }
    case 'var':
      return { word, args: [reader.word(), reader.block()] }
    default:
      throw reader.mistake(`@${word} is not known`)
  }
}

function readExpectation(reader: Reader): Expectation {
  reader.word()
  let backend: string | null = null
  let kind: Expectation['kind'] = 'rows'
  for (let next = reader.peek(); next !== null && next !== '{'; next = reader.peek()) {
    reader.word()
    if (next.startsWith('@')) backend = next.slice(1)
    else if (expectationKinds.has(next)) kind = next as Expectation['kind']
    else throw reader.mistake(`expect ${next} is not known`)
  }
  return { backend, kind, text: reader.block() }
}

/** @throws Error that names the line where the text is not of this form */
export function readSqltest(text: string): SqltestFile {
  const reader = new Reader(text)
  const head: Decorator[] = []
  const setups = new Map<string, string>()
  const cases: SqltestCase[] = []
  let decorators: Decorator[] = []
  for (let next = reader.peek(); next !== null; next = reader.peek()) {
    if (next.startsWith('@')) {
      const decorator = readDecorator(reader)
      if (directives.has(decorator.word)) head.push(decorator)
      else decorators.push(decorator)
    } else if (next === 'setup') {
      reader.word()
      setups.set(reader.word(), reader.block())
    } else if (caseKinds.has(next)) {
      const kind = reader.word() as SqltestCase['kind']
      const name = reader.word()
      const sql = reader.block()
      const expectations: Expectation[] = []
      while (reader.peek() === 'expect') expectations.push(readExpectation(reader))
      cases.push({ kind, name, sql, decorators, expectations })
      decorators = []
    } else throw reader.mistake(`'${next}' was not expected`)
  }
  return { directives: head, setups, cases }
}
