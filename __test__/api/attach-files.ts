/** The folder of a scenario: the working directory, with a file that is no database and one in UTF-16. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary.ts'

export function scenarioFolder(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'broken.db'), 'this is no database '.repeat(500))
  writeFileSync(join(folder, 'utf16le.db'), emptyUtf16Database())
  process.chdir(folder)
  return folder
}

/** One page: the header, and the leaf of a schema without rows. (Database File Format §1.3, §1.6) */
function emptyUtf16Database(): Buffer {
  const page = Buffer.alloc(4096)
  page.write('SQLite format 3\0')
  page.writeUInt16BE(4096, 16)
  page.set([2, 2, 0, 64, 32, 32], 18)
  page.writeUInt32BE(1, 24)
  page.writeUInt32BE(1, 28)
  page.writeUInt32BE(1, 40)
  page.writeUInt32BE(4, 44)
  page.writeUInt32BE(2, 56)
  page.writeUInt32BE(1, 92)
  page[100] = 13
  page.writeUInt16BE(4096, 105)
  return page
}
