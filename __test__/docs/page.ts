/**
 * A page of the documents as steps, in its order.
 *
 * | block | is |
 * |---|---|
 * | `ts`, `js`, `mjs`, `cjs` | a program. One that imports nothing goes on with the program before it, unless a step of another kind lies between |
 * | any, with `file=NAME` | a file that is there from then on |
 * | `sh` | commands; a `text` block behind it is what they print |
 * | `sql` | a script for the shell, on a database in memory |
 * | `json` | a file like `package.json`: only read |
 *
 * Programs have the line numbers of their page.
 */
import { blocksOf, type Block } from './blocks.ts'

export type Step =
  | {
      readonly kind: 'program' | 'file'
      readonly name: string
      text: string
      readonly line: number
    }
  | {
      readonly kind: 'shell'
      readonly text: string
      readonly line: number
      readonly output: string | null
    }
  | { readonly kind: 'sql' | 'json'; readonly text: string; readonly line: number }

const endings: Readonly<Record<string, string>> = { ts: 'mts', js: 'mjs', mjs: 'mjs', cjs: 'cjs' }

/** What its file must be called: `js` is a module, unless it requires. */
function endingOf({ language, text }: Block): string | undefined {
  const ending = endings[language]
  return language === 'js' && requiring.test(text) && !/^import\b/m.test(text) ? 'cjs' : ending
}

const requiring = /\brequire\(/
const importing = /^import\b|\brequire\(/m

/** Programs and files that a compiler can look at, by their names. */
export function isCode(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name)
}

/**
 * @param isChosen which blocks are to be run. Default: those that no driver and no note keeps from it
 * @throws Error on a block whose language nobody runs, and which does not say why it is not
 */
export function stepsOf(
  page: string,
  isChosen: (block: Block) => boolean = ({ driver, notRun }) => driver === null && notRun === null,
): Step[] {
  const steps: Step[] = []
  const blocks = blocksOf(page)
  for (const [i, block] of blocks.entries()) {
    const { language, text, line, file } = block
    const before = blocks[i - 1]
    if (!isChosen(block)) continue
    const last = steps.at(-1)
    const ending = endingOf(block)
    if (file !== null) {
      steps.push({ kind: 'file', name: file, text: atLine(line, text), line })
    } else if (ending !== undefined) {
      const goesOn = last?.kind === 'program' && !importing.test(text)
      if (goesOn) {
        const lines = last.text.split('\n').length
        last.text += `${'\n'.repeat(line - lines)}${text}`
      } else {
        steps.push({
          kind: 'program',
          name: `line-${line}.${ending}`,
          text: atLine(line, text),
          line,
        })
      }
    } else if (language === 'sh') steps.push({ kind: 'shell', text, line, output: null })
    else if (language === 'sql' || language === 'json') steps.push({ kind: language, text, line })
    else if (language === 'text' && before?.language === 'sh' && last?.kind === 'shell') {
      if (isChosen(before)) steps[steps.length - 1] = { ...last, output: text }
    } else throw new Error(`line ${line}: what is "${language}", and why is it not run?`)
  }
  return steps
}

function atLine(line: number, text: string): string {
  return '\n'.repeat(line - 1) + text
}
