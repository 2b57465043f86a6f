/** What opening and closing costs, leaves behind and waits for. */
import test from 'ava'
import { copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Database } from '../../packages/engine/src/index.ts'
import { openHere, Peer, defaults, refusal } from '../coordination/native-session.ts'
import { canMount, runInFolder, runWithMounts } from '../support/elsewhere.ts'
import { multiprocess } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('opening and closing: thousands of times without a turn of the event loop, neither threads nor memory pile up', (t) => {
  const script = `
    const threads = () => (fs.existsSync('/proc/self/task') ? fs.readdirSync('/proc/self/task').length : 0)
    ;(await import('node:v8')).setFlagsFromString('--expose-gc')
    const gc = (await import('node:vm')).runInNewContext('gc')
    const buffers = () => {
      // What one collection finds unused is counted off when the next begins.
      for (let i = 0; i < 5; i++) gc()
      return process.memoryUsage().arrayBuffers
    }
    const rounds = (count) => {
      let most = 0
      for (let i = 0; i < count; i++) {
        const db = new Database('a.db', shared)
        db.exec('PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1)')
        db.pragma('wal_checkpoint(RESTART)')
        db.exec('INSERT INTO t VALUES (1)')
        db.close()
        most = Math.max(most, threads())
      }
      return most
    }
    rounds(20)
    const [had, held] = [threads(), buffers()]
    const most = rounds(100)
    say([most - had, (buffers() - held) / 100])`
  const [threads, bytes] = runInFolder(temporaryFolder(), script) as [number, number]
  t.true(threads <= 3, `${threads} more threads`)
  t.true(bytes < 8000, `${bytes} bytes for each connection`)
})

for (const [title, options] of [
  ['one process', {}],
  ['several processes', multiprocess],
] as const) {
  test(`opening, ${title}: what is no database is left as it is, and nothing stands beside it`, (t) => {
    const folder = temporaryFolder()
    const header = Buffer.alloc(4096)
    header.write('SQLite format 3\0', 'latin1')
    const contents = ['x', 'no database at all'.repeat(300), Buffer.alloc(5000), header]
    contents.forEach((content, i) => {
      const path = join(folder, `${i}.db`)
      writeFileSync(path, content)
      t.throws(
        () => {
          const db = new Database(path, options)
          db.prepare('SELECT * FROM sqlite_schema').all()
        },
        { code: 'SQLITE_NOTADB', message: 'file is not a database' },
      )
    })
    t.deepEqual(
      readdirSync(folder),
      contents.map((_, i) => `${i}.db`),
    )
  })
}

test.serial(
  'opening: the timeout is kept beside a process that stopped while it was alone',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const peer = new Peer()
    // It is alone, and never says what it has recovered.
    await peer.call('open', { ...defaults, path })
    for (const timeoutMs of [300, 600]) {
      const start = performance.now()
      t.is(refusal(() => openHere({ path, timeoutMs })).code, 'SQLITE_BUSY')
      const took = performance.now() - start
      t.true(took >= timeoutMs && took < timeoutMs + 600, `${took} ms`)
    }
    await peer.kill()
    openHere({ path, timeoutMs: 300 }).coordinator.close()
  },
)

if (canMount) {
  test('opening: a -tshm with holes on a full disk is SQLITE_FULL', (t) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'at'))
    const script = `
      const { execFileSync } = await import('node:child_process')
      const make = new Database(path, shared)
      make.exec('CREATE TABLE t(a)')
      make.close()
      fs.renameSync(path + '-tshm', path + '-old')
      execFileSync('cp', ['--sparse=always', path + '-old', path + '-tshm'])
      const rest = fs.openSync(path + '-rest', 'w')
      tryTo(() => { for (;;) fs.writeSync(rest, Buffer.alloc(4096)) })
      fs.rmSync(path + '-old')
      tryTo(() => { for (let i = 0; i < 18; i++) fs.writeSync(rest, Buffer.alloc(4096)) })
      tryTo(() => { for (;;) fs.writeSync(rest, Buffer.alloc(4096)) })
      const full = tryTo(() => new Database(path, shared))
      fs.ftruncateSync(rest, 0)
      const db = new Database(path, shared)
      db.exec('INSERT INTO t VALUES (1)')
      db.close()
      say(full)`
    const mount = `mount -t tmpfs -o size=1m none ${folder}/at`
    t.deepEqual(runWithMounts(mount, `${folder}/at/a.db`, script), [
      'SQLITE_FULL',
      'database or disk is full',
    ])
  })
}

const root = fileURLToPath(new URL('../..', import.meta.url))

test('opening: where locks do not hold within a process, another copy of the package is refused', (t) => {
  const folder = temporaryFolder()
  const copy = join(folder, 'copy')
  for (const part of ['dist', 'build'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  copyFileSync(join(root, 'package.json'), join(copy, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const other = pathToFileURL(join(copy, 'dist/chorusdb.js')).href
  const script = `
    const { Database: Other } = await import(${JSON.stringify(other)})
    const said = []
    for (const options of [{}, shared]) {
      const db = new Database('a.db', options)
      db.exec('CREATE TABLE IF NOT EXISTS t(a)')
      said.push(tryTo(() => new Other('a.db', options)))
      // The refusal has taken no lock away, and a second connection of this copy is welcome.
      const second = new Database('a.db', options)
      second.exec('INSERT INTO t VALUES (1)')
      second.close()
      db.exec('INSERT INTO t VALUES (1)')
      db.close()
      new Other('a.db', options).close()
    }
    const db = new Database('a.db')
    said.push(db.prepare('SELECT count(*) FROM t').pluck().get())
    say(said)`
  process.env['CHORUSDB_LOCKS'] = 'classic'
  const answer = runInFolder(folder, script)
  delete process.env['CHORUSDB_LOCKS']
  const refused = [
    'SQLITE_MISUSE',
    "'a.db' is already open in this process, by another copy of this package or another library; " +
      'on this platform locks do not hold between the two',
  ]
  t.deepEqual(answer, [refused, refused, 4])
})
