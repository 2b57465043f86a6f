/** The pages whose blocks are run: what users read, and those of the other documents that show how things are called. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

const guides = readdirSync(new URL('docs/guides/', root))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/guides/${name}`)

/** Paths from the root of the repository. */
export const pages: readonly string[] = [
  'README.md',
  'packages/better-sqlite3/README.md',
  'docs/api.md',
  'docs/cli.md',
  'docs/drivers.md',
  ...guides,
]

export function textOf(page: string): string {
  return readFileSync(fileURLToPath(new URL(page, root)), 'utf8')
}
