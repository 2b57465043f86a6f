/** Where the conformance corpora are: `CORPUS_DIR`, else beside the project. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export const corpusDirectory: string = process.env['CORPUS_DIR'] ?? join(root, '../shared/corpus')

/** A file or folder of the corpora; null when it is not here. */
export function corpusPath(...parts: string[]): string | null {
  const path = join(corpusDirectory, ...parts)
  return existsSync(path) ? path : null
}
