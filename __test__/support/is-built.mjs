/** Whether `dist/`, as `npm run build` left it, is what the sources say. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = new URL('../../', import.meta.url)

export function isBuilt() {
  const built = new URL('dist/.built', root)
  if (!existsSync(built)) return false
  const { mtimeMs } = statSync(built)
  const packages = new URL('packages/', root)
  const sources = readdirSync(fileURLToPath(packages), { recursive: true, encoding: 'utf8' })
  return sources.every((name) => statSync(new URL(name, packages)).mtimeMs <= mtimeMs)
}
