/** Leads the name `better-sqlite3` to better-sqlite3 itself, in a process that is started with `--import` of this file (Node 22.15 or later). */
import { createRequire, registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(import.meta.dirname, '..', '..', 'package.json'))
const url = pathToFileURL(require.resolve('better-sqlite3')).href

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== 'better-sqlite3') return next(specifier, context)
    return { url, format: 'commonjs', shortCircuit: true }
  },
})
