/** Hooks of Node's module loader: `packages/…/src/name.ts` is `dist/…/src/name.js`, which needs no other hook. */
import { readFile } from 'node:fs/promises'

let packages = ''
let dist = ''

export function initialize(root) {
  packages = `${root}packages/`
  dist = `${root}dist/`
}

export function resolve(specifier, context, next) {
  if (!/^(?:\.|file:)/.test(specifier)) return next(specifier, context)
  const { href } = new URL(specifier, context.parentURL)
  const isSource = href.startsWith(packages) && href.endsWith('.ts')
  const url = isSource ? `${dist}${href.slice(packages.length, -3)}.js` : href
  if (!url.startsWith(dist)) return next(specifier, context)
  return { url, format: 'module', shortCircuit: true }
}

export async function load(url, context, next) {
  if (!url.startsWith(dist)) return next(url, context)
  return { format: 'module', source: await readFile(new URL(url)), shortCircuit: true }
}
