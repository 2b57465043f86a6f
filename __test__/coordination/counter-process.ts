/**
 * A process that increments a counter in a shared database and prints each number that was committed.
 * Arguments: path, mode ('single' or 'multi'), increments (0: until killed), checkpoint every so many (0: never).
 */
import { writeSync } from 'node:fs'
import { openFile } from './open-file.ts'

const [path, mode, increments, checkpointEvery] = process.argv.slice(2)
const pager = openFile(path!, mode === 'multi', 60_000)
const limit = Number(increments) === 0 ? Infinity : Number(increments)
for (let count = 1; count <= limit; count++) {
  pager.beginWrite()
  const next = pager.header.userVersion + 1
  pager.header.userVersion = next
  // Page 2 repeats the number: a reader that finds them different has seen half a commit.
  const page = pager.pageCount < 2 ? pager.create(2) : pager.get(2)
  pager.beginOperation()
  pager.write(page)
  Buffer.from(page.data.buffer, page.data.byteOffset, 8).writeDoubleBE(next)
  pager.endOperation()
  pager.commit()
  writeSync(1, `${next}\n`)
  if (Number(checkpointEvery) > 0 && count % Number(checkpointEvery) === 0) {
    pager.busyTimeoutMs = 0
    pager.checkpoint(count % 2 === 0 ? 'truncate' : 'passive')
    pager.busyTimeoutMs = 60_000
  }
}
pager.close()
