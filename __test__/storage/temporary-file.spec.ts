/** Temporary files: in the folder that SQLite would choose, for their owner alone, and without a name, so that nothing of them remains. */
import * as fs from 'node:fs'
import * as path from 'node:path'
import test from 'ava'
import {
  openTemporaryFile,
  temporaryFolder,
} from '../../packages/engine/src/storage/file/temporary-file.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder as newFolder } from '../support/temporary.ts'

function withVariables(variables: Record<string, string>, body: () => void): void {
  const { SQLITE_TMPDIR, TMPDIR } = process.env
  delete process.env['SQLITE_TMPDIR']
  delete process.env['TMPDIR']
  Object.assign(process.env, variables)
  try {
    body()
  } finally {
    delete process.env['SQLITE_TMPDIR']
    delete process.env['TMPDIR']
    if (SQLITE_TMPDIR !== undefined) process.env['SQLITE_TMPDIR'] = SQLITE_TMPDIR
    if (TMPDIR !== undefined) process.env['TMPDIR'] = TMPDIR
  }
}

test.serial(
  'temporary file: the folder is the first that can be written to, in the order of SQLite',
  (t) => {
    const first = newFolder()
    const second = newFolder()
    const file = path.join(first, 'file')
    fs.writeFileSync(file, '')
    const chosen = (variables: Record<string, string>): string => {
      let folder = ''
      withVariables(variables, () => (folder = temporaryFolder()))
      return folder
    }
    t.is(chosen({ SQLITE_TMPDIR: first, TMPDIR: second }), first)
    t.is(chosen({ TMPDIR: second }), second)
    t.is(chosen({ SQLITE_TMPDIR: file, TMPDIR: second }), second)
    t.is(chosen({ SQLITE_TMPDIR: path.join(first, 'no'), TMPDIR: '' }), chosen({}))
    t.is(chosen({}), fs.existsSync('/var/tmp') ? '/var/tmp' : chosen({}))
  },
)

test.serial(
  'temporary file: it is for its owner alone, has no name, and keeps what is written',
  (t) => {
    const folder = newFolder()
    withVariables({ SQLITE_TMPDIR: folder }, () => {
      const file = openTemporaryFile()
      t.deepEqual(fs.readdirSync(folder), [])
      const { mode, nlink } = fs.fstatSync(file.descriptor)
      t.is(mode & 0o777, 0o600)
      t.is(nlink, 0)
      file.write([Buffer.from('kept')], 100)
      const bytes = Buffer.alloc(4)
      t.is(file.read(bytes, 0, 4, 100), 4)
      t.is(bytes.toString(), 'kept')
      const { descriptor } = file
      file.close()
      t.throws(() => fs.fstatSync(descriptor), { code: 'EBADF' })
    })
  },
)

test.serial(
  'temporary file: after a SIGKILL in the middle of a sort nothing of it remains',
  async (t) => {
    const folder = newFolder()
    const worker = new Worker('spills', [], undefined, { SQLITE_TMPDIR: folder })
    t.is(await worker.next(), 0)
    t.deepEqual(fs.readdirSync(folder), [])
    if (process.platform === 'linux') {
      const descriptors = `/proc/${worker.child.pid}/fd`
      const open = fs.readdirSync(descriptors).filter((one) => {
        const target = fs.readlinkSync(path.join(descriptors, one))
        return target.startsWith(folder) && target.endsWith('(deleted)')
      })
      t.is(open.length, 1)
    }
    t.is((await worker.kill()).signal, 'SIGKILL')
    t.deepEqual(fs.readdirSync(folder), [])
  },
)
