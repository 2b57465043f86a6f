/**
 * `__test__/` to `.tests/`, a mirror of it in JavaScript: types become blanks, so that lines and columns stay what they are, and modules are
 * named where they then are, those of `packages/` in `dist/`. What is newer than its source is left alone.
 *
 * `.tests/` is as deep as `__test__/`: a path that begins at `import.meta.url` leads to the same place from both.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import tsBlankSpace from 'ts-blank-space'
import { root } from './setup.mjs'

const sources = join(root, '__test__')
const results = join(root, '.tests')

/** What names a module: `from '…'`, `import '…'`, `import('…')`, `new URL('…', import.meta.url)`. */
const specifier =
  /(\bfrom |\bimport |\bimport\(|\bnew URL\()'([\w./-]+)(?<!\.d)\.ts'(?=\s*$|\)|;|, import\.meta\.url)/gm

function rename(_text, before, path) {
  return `${before}'${path.replace(/^((?:\.\.\/)+)packages\//, '$1dist/')}.js'`
}

/** Suites that run as they are, on packages of their own (`__test__/drivers/run.mjs`, `__test__/package/run.mjs`). */
const notBuilt = new Set(['drivers', 'package'])

const files = readdirSync(sources, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !notBuilt.has(entry.name))
  .flatMap(({ name }) =>
    readdirSync(join(sources, name), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(name, path),
    ),
  )
  .filter((path) => /\.(?:ts|mjs)$/.test(path) && statSync(join(sources, path)).isFile())
const expected = new Set(['.built'])
const ownTime = statSync(join(root, 'scripts', 'build-tests.mjs')).mtimeMs
for (const path of files) {
  const source = join(sources, path)
  const name = path.replace(/\.ts$/, '.js')
  const result = join(results, name)
  expected.add(name)
  const time = Math.max(statSync(source).mtimeMs, ownTime)
  if (existsSync(result) && statSync(result).mtimeMs > time) continue
  const text = readFileSync(source, 'utf8')
  const plain = path.endsWith('.ts')
    ? tsBlankSpace(text, (node) => {
        throw new Error(`${source}: '${node.getText()}' is more than a type`)
      })
    : text
  mkdirSync(dirname(result), { recursive: true })
  writeFileSync(result, plain.replace(specifier, rename))
}
for (const path of readdirSync(results, { recursive: true, encoding: 'utf8' })) {
  const result = join(results, path)
  if (!expected.has(path) && !statSync(result).isDirectory()) rmSync(result)
}
