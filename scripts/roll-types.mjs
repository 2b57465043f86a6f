/**
 * The public types as one file for each entry of the package: what `dist/engine/src/index.d.ts` exports, and every type of ours that those
 * declarations name, rolled up into `index.d.ts` at the root; and `node-sqlite.d.ts` likewise. Nothing else of the engine is in them.
 *
 *   node scripts/roll-types.mjs [dist]
 *
 * Declarations are copied as the compiler wrote them, each with the comment right above it. Two of them must not
 * share a name: the file has one scope.
 *
 * For CommonJS the constructor is the module: `index.d.cts` says so, and takes all types from `index.d.ts`. The types under better-sqlite3's name are
 * written by hand for CommonJS (`packages/better-sqlite3/index.d.ts`); for ES modules their names are exported one by one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { format } from 'oxfmt'
import ts from 'typescript'
import { root } from './setup.mjs'

const dist = resolve(root, process.argv[2] ?? 'dist')
/** Entries, and where their types go. */
const entries = [
  ['index.d.ts', ['index.d.ts']],
  ['node-sqlite.d.ts', ['node-sqlite.d.ts', 'node-sqlite.d.cts']],
].map(([entry, targets]) => [
  join(dist, 'engine', 'src', entry),
  targets.map((name) => join(root, name)),
])

const names = entries.map(([entry]) => entry)
const program = ts.createProgram(names, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2024.d.ts'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
})
const checker = program.getTypeChecker()

const declared = (symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** Declarations of ours to be written, by name; the order is that of the first mention. */
const written = new Map()

function isOurs(node) {
  const { fileName } = node.getSourceFile()
  return resolve(fileName).startsWith(dist)
}

/** The statement that declares: of a variable that is two levels up. */
function statementOf(node) {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node
}

/** A mere second name: `type Database = Face`, where `Face` stands for another file's `Database`. */
function otherNameOf(node) {
  if (!ts.isTypeAliasDeclaration(node) || !ts.isTypeReferenceNode(node.type)) return null
  const symbol = checker.getSymbolAtLocation(node.type.typeName)
  const meant = symbol && declared(symbol)
  return meant !== undefined && meant.name === node.name.text ? meant : null
}

function add(symbol, isPublic) {
  for (const node of symbol.declarations ?? []) {
    if (!isOurs(node) || ts.isTypeParameterDeclaration(node)) continue
    if (!ts.isSourceFile(node.parent) && !ts.isVariableDeclaration(node)) continue
    const meant = otherNameOf(node)
    if (meant !== null) {
      add(meant, isPublic)
      continue
    }
    const statement = statementOf(node)
    const known = written.get(statement)
    if (known !== undefined) {
      known.isPublic ||= isPublic
      continue
    }
    for (const [other, { name, space }] of written) {
      const isSame = name === symbol.name && space === spaceOf(statement)
      if (isSame && other.getSourceFile() !== statement.getSourceFile()) {
        throw new Error(`two public types are called ${symbol.name}`)
      }
    }
    written.set(statement, { name: symbol.name, space: spaceOf(statement), isPublic })
    follow(statement)
  }
}

/** A variable and an interface may share a name. */
function spaceOf(statement) {
  return ts.isVariableStatement(statement) ? 'value' : 'type'
}

/** Adds what a declaration names. */
function follow(node) {
  if (ts.isIdentifier(node)) {
    const symbol = checker.getSymbolAtLocation(node)
    if (symbol !== undefined) {
      const meant = declared(symbol)
      if (meant.declarations?.some(isOurs)) {
        const isTop = meant.declarations.some((d) => ts.isSourceFile(statementOf(d).parent))
        if (isTop) {
          if (meant.name !== node.text) throw new Error(`${node.text} is ${meant.name} elsewhere`)
          add(meant, false)
        }
      }
    }
  }
  ts.forEachChild(node, follow)
}

/** The comment that stands right above, without an empty line between. */
function commentOf(statement) {
  const text = statement.getSourceFile().text
  const last = ts.getLeadingCommentRanges(text, statement.getFullStart())?.at(-1)
  if (last === undefined || !text.startsWith('/**', last.pos)) return ''
  const between = text.slice(last.end, statement.getStart())
  return /\n\s*\n/.test(between) ? '' : `${text.slice(last.pos, last.end)}\n`
}

const { ignorePatterns: _, ...options } = JSON.parse(
  readFileSync(join(root, '.oxfmtrc.json'), 'utf8'),
)

async function roll(entry, targets) {
  const file = program.getSourceFile(entry)
  if (file === undefined) throw new Error(`${entry} is not there: build first`)
  written.clear()
  let defaultName = null
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) {
    const meant = declared(symbol)
    if (symbol.name === 'default') defaultName = meant.name
    add(meant, symbol.name !== 'default')
  }
  const parts = [...written].map(([statement, { isPublic }]) => {
    const body = statement.getText().replace(/^(export\s+)?(declare\s+)?/, '')
    const declare = /^(class|const|function|enum|abstract)/.test(body) ? 'declare ' : ''
    return `${commentOf(statement)}${isPublic ? 'export ' : ''}${declare}${body}`
  })
  if (targets.includes(join(root, 'index.d.ts'))) await write('index.d.cts', forCommonJs())
  const packageComment = /\/\*\*[\s\S]*?\*\//.exec(readFileSync(entry, 'utf8'))?.[0] ?? ''
  const head = `${packageComment}\n/// <reference types="node" />\n`
  const tail = defaultName === null ? '' : `\nexport default ${defaultName}\n`
  for (const target of targets) {
    // What `require` answers is the default itself.
    const last = target.endsWith('.d.cts') ? '' : tail
    // Without an import or export of its own kind a declaration file would export everything in it.
    await write(target, [head, ...parts, last, 'export {}\n'].join('\n\n'))
  }
}

async function write(target, text) {
  const path = resolve(root, target)
  const { code, errors } = await format(path, text, options)
  if (errors.length > 0) throw new Error(errors[0].message)
  writeFileSync(path, code)
}

/** The module that is the constructor, with all exports as properties, and all types under its name. */
function forCommonJs() {
  const types = [...written]
    .filter(([statement, { isPublic }]) => isPublic && isType(statement))
    .map(([{ name, typeParameters = [] }]) => {
      const given = typeParameters.map((parameter) => parameter.name.text)
      return { name: name.text, taken: listOf(typeParameters.map(textOf)), given: listOf(given) }
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const values = [...written]
    .filter(([statement, { isPublic }]) => isPublic && isValue(statement))
    .map(([, { name }]) => name)
    .toSorted()
  return [
    '/** The package for CommonJS: the constructor, with every other export as a property. */',
    '/// <reference types="node" />',
    "import type * as chorusdb from './index.js' with { 'resolution-mode': 'import' }",
    // Spelled out: of an intersection with the type of the module the compiler makes no named imports.
    'interface Exports extends chorusdb.DatabaseConstructor {',
    'readonly default: typeof chorusdb.Database',
    ...values.map((name) => `readonly ${name}: typeof chorusdb.${name}`),
    '}',
    'declare const Database: Exports',
    'interface Database extends chorusdb.Database {}',
    'declare namespace Database {',
    ...types.map(
      ({ name, taken, given }) => `export type ${name}${taken} = chorusdb.${name}${given}`,
    ),
    '}',
    'export = Database',
  ].join('\n')
}

const isType = (statement) =>
  ts.isClassDeclaration(statement) ||
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement)

const isValue = (statement) =>
  ts.isClassDeclaration(statement) ||
  ts.isFunctionDeclaration(statement) ||
  ts.isVariableStatement(statement)

const textOf = (node) => node.getText()
const listOf = (names) => (names.length === 0 ? '' : `<${names.join(', ')}>`)

/** The types under better-sqlite3's name, for `require` and for `import`. */
async function betterSqlite3() {
  const path = join(root, 'packages', 'better-sqlite3', 'index.d.ts')
  const text = readFileSync(path, 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const space = file.statements.find(
    (node) => ts.isModuleDeclaration(node) && node.name.text === 'Database',
  )
  const names = space.body.statements.map(({ name }) => name.text)
  const door = "from './better-sqlite3.cjs'"
  const types = names.filter((name) => name !== 'SqliteError').toSorted()
  await write('better-sqlite3.d.cts', text)
  await write(
    'better-sqlite3.d.ts',
    [
      "/** ChorusDB under better-sqlite3's name, for ES modules. */",
      `export { default, SqliteError } ${door}`,
      `export type { ${types.join(', ')} } ${door}`,
    ].join('\n'),
  )
}

for (const [entry, targets] of entries) await roll(entry, targets)
await betterSqlite3()
