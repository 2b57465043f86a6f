/** Files: real, in memory and simulated ones answer alike; descriptors that are lent stay open. */
import test from 'ava'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { MemoryFile, NodeFile } from '../../packages/engine/src/storage/index.ts'
import type { File } from '../../packages/engine/src/storage/index.ts'
import { temporaryFolder } from '../crash/sqlite-shell.ts'
import { SimulatedDisk } from '../support/faulty-file.ts'

const kinds: [string, (path: string) => File][] = [
  ['NodeFile', (path) => NodeFile.open(path, 'w+')],
  ['MemoryFile', () => new MemoryFile()],
  ['SimulatedFile', () => new SimulatedDisk().open('x')],
]

for (const [name, make] of kinds) {
  test(`file: ${name} reads what was written, zeros in gaps, and is short at the end`, (t) => {
    const file = make(join(temporaryFolder(t), 'x'))
    const pieces = Array.from({ length: 2500 }, (_, i) => Buffer.alloc(3, i & 255))
    file.write(pieces, 10)
    t.is(file.size(), 10 + 7500)
    const all = Buffer.alloc(8000, 9)
    t.is(file.read(all, 5, 7990, 0), 7510)
    t.deepEqual(all.subarray(5, 15), Buffer.alloc(10))
    t.deepEqual(all.subarray(15, 7515), Buffer.concat(pieces))
    t.is(all[7515], 9)
    t.is(file.read(all, 0, 10, 9000), 0)
    file.truncate(4)
    t.is(file.size(), 4)
    file.truncate(8)
    t.is(file.read(all, 0, 100, 0), 8)
    t.deepEqual(all.subarray(0, 8), Buffer.alloc(8))
    file.sync(true)
    file.sync(false)
    file.close()
  })
}

test('file: NodeFile leaves a descriptor open that it does not own', (t) => {
  const path = join(temporaryFolder(t), 'x')
  const descriptor = fs.openSync(path, 'w+')
  new NodeFile(descriptor).close()
  t.is(fs.writeSync(descriptor, 'abc'), 3)
  fs.closeSync(descriptor)
})

test('file: errors of the system carry SQLite codes and their cause', (t) => {
  const path = join(temporaryFolder(t), 'x')
  fs.writeFileSync(path, 'abc')
  const file = NodeFile.open(path, 'r')
  const error = t.throws(() => file.write([Buffer.from('x')], 0))
  t.is((error as { code?: string }).code, 'SQLITE_IOERR_WRITE')
  t.is((error.cause as NodeJS.ErrnoException).code, 'EBADF')
  t.is(error.message, 'disk I/O error')
  const missing = t.throws(() => NodeFile.open(join(path, 'y'), 'r'))
  t.is((missing as { code?: string }).code, 'SQLITE_CANTOPEN')
})
