/** What processes beside the tests load. */
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

/** The engine's module, as a URL. */
export const engine: string = new URL('dist/chorusdb.js', root).href

/** The layer that it gets its locks from, of which it shows nothing, as a URL. */
export const coordination: string = new URL('dist/engine/src/coordination/index.js', root).href

/** The shell's program, as a path. */
export const shell: string = fileURLToPath(new URL('dist/cli/src/main.js', root))
