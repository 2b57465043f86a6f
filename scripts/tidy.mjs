/**
 * What no other tool checks: paths that documents name exist, tracked files name no registry host and
 * no absolute path of somebody's machine, and source files stay readable in length.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './setup.mjs'

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))

const problems = []

/** A document may name a path from the root, from its own folder, or from the engine's sources. */
function resolves(path, document) {
  const bases = ['', dirname(document), 'packages/engine/src', 'packages', 'crates/tshm/src']
  return bases.some((base) => existsSync(join(root, base, path)))
}

for (const document of tracked.filter((path) => path.endsWith('.md'))) {
  const text = readFileSync(join(root, document), 'utf8')
  for (const [, link] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(link)) continue
    if (!existsSync(join(root, dirname(document), link))) problems.push(`${document}: no ${link}`)
  }
  for (const [, path] of text.matchAll(
    /`([\w.@-]+(?:\/[\w.@-]+)+\.(?:ts|mjs|cjs|rs|md|json|txt))`/g,
  )) {
    if (!resolves(path, document)) problems.push(`${document}: no ${path}`)
  }
}

for (const path of tracked.filter((path) => /(?:^|\/)package-lock\.json$/.test(path))) {
  const lock = readFileSync(join(root, path), 'utf8')
  if (/"resolved": "[a-z+]+:/.test(lock)) problems.push(`${path}: names a registry host`)
}

const mostLines = 600
const generated = new Set([
  'better-sqlite3.d.cts',
  'better-sqlite3.d.ts',
  'index.d.cts',
  'index.d.ts',
  'node-sqlite.d.ts',
  'node-sqlite.d.cts',
  'packages/engine/src/coordination/native-addon.d.ts',
])

for (const source of tracked.filter((path) => /\.(?:[cm]?[jt]s|tsx|rs)$/.test(path))) {
  if (generated.has(source)) continue
  const lines = readFileSync(join(root, source), 'utf8').trimEnd().split('\n').length
  if (lines > mostLines) problems.push(`${source}: ${lines} lines; look for the second idea`)
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
