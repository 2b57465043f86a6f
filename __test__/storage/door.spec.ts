/** Nothing of the engine writes to a file of a database but through `wal/door.ts`, which asks first. */
import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const engine = fileURLToPath(new URL('../../packages/engine/src', import.meta.url))

/** Where `File`s are made of what the system offers, the door itself, and the copies of VACUUM and of a backup, which nobody else has open. */
const allowed = /^(storage\/file\/|storage\/wal\/door\.ts$|storage\/pager\/(paged-)?copy\.ts$)/
// What is written to a file is a list of buffers; what changes in memory is a page.
const writes =
  /\.write\(\[|\.(truncate|sync)\(|\b(write|writev|ftruncate|truncate|fsync|fdatasync|writeFile)Sync\b/

test('door: no other file writes, cuts or syncs', (t) => {
  const found: string[] = []
  for (const name of readdirSync(join(engine, 'storage'), { recursive: true, encoding: 'utf8' })) {
    const file = `storage/${name}`
    if (!file.endsWith('.ts') || allowed.test(file)) continue
    const lines = readFileSync(join(engine, file), 'utf8').split('\n')
    lines.forEach((line, index) => {
      const isComment = /^\s*(\*|\/\/|\/\*)/.test(line)
      if (!isComment && writes.test(line)) found.push(`${file}:${index + 1}: ${line.trim()}`)
    })
  }
  t.deepEqual(found, [])
})
