/** The words of `.archive`: those of tar, with one dash, two, or none. */

export type ArchiveAction = 'create' | 'extract' | 'insert' | 'list' | 'remove' | 'update' | 'help'

export interface ArchiveRequest {
  action: ArchiveAction
  verbose: boolean
  glob: boolean
  dryRun: boolean
  file: string | null
  directory: string | null
  names: readonly string[]
}

/** Long name, letter, and whether a word belongs to it. */
const switches: readonly (readonly [string, string, boolean])[] = [
  ['create', 'c', false],
  ['extract', 'x', false],
  ['insert', 'i', false],
  ['list', 't', false],
  ['remove', 'r', false],
  ['update', 'u', false],
  ['help', 'h', false],
  ['verbose', 'v', false],
  ['file', 'f', true],
  ['append', 'a', true],
  ['directory', 'C', true],
  ['dryrun', 'n', false],
  ['glob', 'g', false],
]
const actions: ReadonlySet<string> = new Set([
  'create',
  'extract',
  'insert',
  'list',
  'remove',
  'update',
  'help',
])

/** @throws Error with a sentence for the user */
export function readArchiveArguments(words: readonly string[]): ArchiveRequest {
  const request: Omit<ArchiveRequest, 'action'> & { action: ArchiveAction | null } = {
    action: null,
    verbose: false,
    glob: false,
    dryRun: false,
    file: null,
    directory: null,
    names: [],
  }
  const apply = (name: string, value: string): void => {
    if (actions.has(name)) {
      if (request.action !== null) throw new Error('multiple command options')
      request.action = name as ArchiveAction
    } else if (name === 'verbose') request.verbose = true
    else if (name === 'glob') request.glob = true
    else if (name === 'dryrun') request.dryRun = true
    else if (name === 'file') request.file = value
    else if (name === 'directory') request.directory = value
    else throw new Error('--append is not supported: databases are not appended to other files')
  }
  const first = words[0] ?? ''
  let at = 0
  const take = (shown: string): string => {
    if (at >= words.length) throw new Error(`option requires an argument: ${shown}`)
    return words[at++]!
  }
  const letters = (text: string, isTraditional: boolean): void => {
    for (let i = 0; i < text.length; i++) {
      const letter = text[i]!
      const found = switches.find(([, short]) => short === letter)
      if (found === undefined) throw new Error(`unrecognized option: ${letter}`)
      let value = ''
      if (found[2]) {
        const rest = isTraditional ? '' : text.slice(i + 1)
        value = rest === '' ? take(letter) : rest
        if (rest !== '') i = text.length
      }
      apply(found[0], value)
    }
  }
  if (!first.startsWith('-')) {
    at = 1
    letters(first, true)
  } else {
    while (at < words.length && words[at]!.startsWith('-')) {
      const word = words[at++]!
      if (word === '--') break
      if (!word.startsWith('--')) {
        letters(word.slice(1), false)
        continue
      }
      const found = switches.filter(([long]) => long.startsWith(word.slice(2)))
      if (found.length > 1) throw new Error(`ambiguous option: ${word}`)
      if (found.length === 0) throw new Error(`unrecognized option: ${word}`)
      const [name, , hasValue] = found[0]!
      apply(name, hasValue ? take(word) : '')
    }
  }
  if (request.action === null) throw new Error('Required argument is missing')
  return { ...request, action: request.action, names: words.slice(at) }
}
