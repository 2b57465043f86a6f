/** npm's own programs, so that they can be run by any Node and found by a PATH that has nothing else. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder with `npm-cli.js` and `npx-cli.js`. */
function npmFolder() {
  const named = process.env.npm_execpath
  if (named !== undefined && named.endsWith('npm-cli.js')) return dirname(named)
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin')
  if (existsSync(beside)) return beside
  for (const folder of process.env.PATH.split(':')) {
    const path = join(folder, 'npm')
    if (existsSync(path) && realpathSync(path).endsWith('npm-cli.js')) {
      return dirname(realpathSync(path))
    }
  }
  throw new Error('npm is not found')
}

export const npmCli = () => join(npmFolder(), 'npm-cli.js')
export const npxCli = () => join(npmFolder(), 'npx-cli.js')
