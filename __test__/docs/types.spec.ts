/** What README and guides show compiles, strictly, against the public types, and so do the examples. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import ts from 'typescript'
import { blocksOf } from './blocks.ts'
import { isCode, stepsOf } from './page.ts'
import { pages, textOf } from './pages.ts'
import { readersFolder } from './run-page.ts'

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
}

/** What only TypeScript asks for: types of parameters. */
const notOfJavaScript = new Set([7005, 7006, 7019, 7031, 7034])

function complaints(files: string[], folder: string): string[] {
  const program = ts.createProgram(files, {
    ...options,
    typeRoots: [join(folder, 'node_modules/@types')],
  })
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file, code }) => !(notOfJavaScript.has(code) && file?.fileName.endsWith('js')))
    .map(({ file, start, messageText }) => {
      const place =
        file === undefined
          ? ''
          : `${file.fileName}:${file.getLineAndCharacterOfPosition(start!).line + 1}: `
      return place + ts.flattenDiagnosticMessageText(messageText, '\n')
    })
}

test('documents: what they show compiles', (t) => {
  t.timeout(120_000)
  const folder = readersFolder()
  const files = pages.flatMap((page, i) => {
    const own = join(folder, `${i}-${page.replaceAll(/\W/g, '-')}`)
    mkdirSync(own)
    return stepsOf(textOf(page)).flatMap((step) => {
      if ((step.kind !== 'program' && step.kind !== 'file') || !isCode(step.name)) return []
      const path = join(own, step.name)
      // A script without imports is a module all the same.
      writeFileSync(path, /\.[m]?ts$/.test(step.name) ? `${step.text}\nexport {}\n` : step.text)
      return [path]
    })
  })
  t.true(files.length > 10)
  t.deepEqual(complaints(files, folder), [])
})

/** What examples in comments rest on without saying so. */
const known = `import { Builder, connect, Database, LocalConnection, rowsInSlices, status, type Statement } from 'chorusdb'
import { DatabaseSync, backup } from 'chorusdb/node-sqlite'
declare const insert: Statement
`

test('documents: examples in the comments of the public types compile', (t) => {
  t.timeout(120_000)
  const folder = readersFolder()
  const files = [
    ['index.d.ts', 'const db: Database = new Database()'],
    ['node-sqlite.d.ts', "const db: DatabaseSync = new DatabaseSync('a.db')"],
  ].flatMap(([name, db]) => {
    const comments = textOf(name!).replaceAll(/^ *\*(?: |$)/gm, '')
    return blocksOf(comments).map(({ text, line }) => {
      const path = join(folder, `${name}-${line}.mts`)
      const body = text.replaceAll(/^import .*$/gm, '')
      writeFileSync(
        path,
        `${known}export ${db}\nvoid [Builder, connect, LocalConnection, rowsInSlices, status, backup, insert, DatabaseSync, Database]\n{${body}\n}`,
      )
      return path
    })
  })
  t.true(files.length > 10)
  t.deepEqual(complaints(files, folder), [])
})

test('examples: they compile', (t) => {
  t.timeout(120_000)
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const examples = join(root, 'examples')
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.mjs'))
    .map((path) => join(examples, path))
  t.true(files.length > 2)
  t.deepEqual(complaints(files, root), [])
})
