/**
 * What processes beside the tests load: engine and shell as `npm run build` left them, for that takes a quarter of the time, or the sources
 * where the build is missing or older than one of them.
 */
import { fileURLToPath } from 'node:url'
import { isBuilt, root } from './is-built.mjs'

const [folder, ending] = isBuilt() ? ['dist', 'js'] : ['packages', 'ts']

/** The engine's module, as a URL. */
export const engine: string = new URL(`${folder}/engine/src/index.${ending}`, root).href

/** The engine's module with what loads TypeScript: for workers that import parts of the tests. */
export const sources: string = new URL('packages/engine/src/index.ts', root).href

/** The shell's program, as a path. */
export const shell: string = fileURLToPath(new URL(`${folder}/cli/src/main.${ending}`, root))

/** What Node, or a thread of it, needs to be told in order to load `module`. */
export function loaderOf(module: string = engine): string[] {
  return module.endsWith('.ts') ? ['--import=@oxc-node/core/register'] : []
}
