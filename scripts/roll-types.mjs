/**
 * The public types as one file for each entry of the package: what `dist/engine/src/index.d.ts` exports, and every type of ours that those
 * declarations name, rolled up into `index.d.ts` at the root; and `node-sqlite.d.ts` likewise. Nothing else of the engine is in them.
 *
 *   node scripts/roll-types.mjs [dist]
 *
 * Declarations are copied as the compiler wrote them, each with the comment right above it. Two of them must not
 * share a name: the file has one scope.
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
  const packageComment = /\/\*\*[\s\S]*?\*\//.exec(readFileSync(entry, 'utf8'))?.[0] ?? ''
  const head = `${packageComment}\n/// <reference types="node" />\n`
  const tail = defaultName === null ? '' : `\nexport default ${defaultName}\n`
  // Without an import or export of its own kind a declaration file would export everything in it.
  const text = [head, ...parts, tail, 'export {}\n'].join('\n\n')
  for (const target of targets) {
    const { code, errors } = await format(target, text, options)
    if (errors.length > 0) throw new Error(errors[0].message)
    writeFileSync(target, code)
  }
}

for (const [entry, targets] of entries) await roll(entry, targets)
