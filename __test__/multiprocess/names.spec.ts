/**
 * Where the files of an open database are: found once, at the opening, and followed from there, whatever becomes of the names that led
 * to them. And whose they are: who may open the database may open what stands beside it.
 */
import test from 'ava'
import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { canBecomeNobody, canMount, runInFolder, runWithMounts } from '../support/elsewhere.ts'
import { temporaryFolder } from '../support/temporary.ts'

const modes = ['one process', 'several processes'] as const

/** Opens `a` and, attached, `b`, by the names that are given, and writes rows before and after something happens. Then `a` is `file`. */
const session = (
  mode: string,
  names: readonly [string, string],
  between: string,
  file: string,
): string => `
  const options = ${mode === modes[0] ? '{}' : 'shared'}
  const db = new Database(${JSON.stringify(names[0])}, options)
  db.prepare('ATTACH ? AS b').run(${JSON.stringify(names[1])})
  db.exec('CREATE TABLE t(a); CREATE TABLE b.u(a); INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)')
  ${between}
  db.exec('INSERT INTO t VALUES (2); BEGIN; INSERT INTO t VALUES (3); INSERT INTO u VALUES (2); COMMIT')
  db.pragma('wal_checkpoint(PASSIVE)')
  db.exec('INSERT INTO u VALUES (3)')
  const [t, u] = db.prepare('SELECT (SELECT group_concat(a) FROM t), (SELECT group_concat(a) FROM u)').raw().get()
  db.close()
  const again = new Database(process.env.FOLDER + '/${file}')
  say([t, u, again.prepare('SELECT count(*) FROM t').pluck().get()])
  again.close()
`
const rows = ['1,2,3', '1,2,3', 3]

for (const mode of modes) {
  test(`names, ${mode}: a process that changes its directory goes on`, (t) => {
    const folder = temporaryFolder()
    const script = session(mode, ['a.db', './b.db'], "process.chdir('/')", 'a.db')
    t.deepEqual(runInFolder(folder, script), rows)
    t.deepEqual(
      readdirSync(folder).filter((name) => /-(shm|tproc|journal)$/.test(name)),
      [],
    )
  })

  test(`names, ${mode}: a link to the folder that is turned changes nothing`, (t) => {
    const folder = temporaryFolder()
    for (const name of ['one', 'two']) mkdirSync(join(folder, name))
    symlinkSync('one', join(folder, 'link'))
    const between = "fs.unlinkSync('link'); fs.symlinkSync('two', 'link')"
    t.deepEqual(
      runInFolder(folder, session(mode, ['link/a.db', 'link/b.db'], between, 'one/a.db')),
      rows,
    )
    t.deepEqual(readdirSync(join(folder, 'two')), [])
  })

  test(`names, ${mode}: a folder that is renamed takes its databases along`, (t) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'one'))
    // In the old place comes another database, which nobody touches.
    const between = `
      fs.renameSync('one', 'two')
      fs.mkdirSync('one')
      for (const name of ['a.db', 'a.db-wal', 'a.db-tshm']) fs.writeFileSync('one/' + name, 'precious')`
    t.deepEqual(
      runInFolder(folder, session(mode, ['one/a.db', 'one/b.db'], between, 'two/a.db')),
      rows,
    )
    for (const name of ['a.db', 'a.db-wal', 'a.db-tshm'])
      t.is(statSync(join(folder, 'one', name)).size, 8)
    t.deepEqual(readdirSync(join(folder, 'one')).length, 3)
  })
}

test('names: who opens a folder by its new name meets those who opened it by the old', (t) => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'one'))
  const script = `
    const first = new Database('one/a.db', shared)
    first.exec('CREATE TABLE t(a)')
    fs.renameSync('one', 'two')
    const second = new Database('two/a.db', shared)
    second.exec('INSERT INTO t VALUES (1)')
    const { spawnSync } = await import('node:child_process')
    const other = spawnSync(process.execPath, [...process.execArgv, '-e', \`
      const { Database } = await import(process.env.ENGINE)
      const db = new Database(process.argv[1], { experimental: ['multiprocess_wal'], timeout: 2000 })
      db.exec('INSERT INTO t VALUES (2)')
      db.close()\`, fs.realpathSync('two/a.db')], { cwd: process.env.ROOT, encoding: 'utf8' })
    if (other.status !== 0) throw new Error(other.stderr)
    first.exec('INSERT INTO t VALUES (3)')
    say([first, second].map((db) => db.prepare('SELECT group_concat(a) FROM t').pluck().get()))`
  t.deepEqual(runInFolder(folder, script), ['1,2,3', '1,2,3'])
})

// ── Whose they are ───────────────────────────────────────────────────────────────────────────────

if (canBecomeNobody) {
  const member = (uid: number): string =>
    `process.setgroups([]); process.setgid(60000); process.setuid(${uid}); process.umask(0o027);`

  for (const mode of modes) {
    const options = mode === modes[0] ? '{}' : 'shared'
    for (const permissions of [0o660, 0o664]) {
      test(`side files, ${mode}: they have the permissions of the database, ${permissions.toString(8)}`, (t) => {
        const folder = temporaryFolder()
        const script = `
          fs.writeFileSync('a.db', '')
          fs.chmodSync('a.db', ${permissions})
          const db = new Database('a.db', ${options})
          db.exec('CREATE TABLE t(a)')
          say(fs.readdirSync('.').map((name) => [name, fs.statSync(name).mode & 0o777]))
          process.kill(process.pid, 'SIGKILL')`
        const found = runInFolder(folder, script, member(60001), true) as [string, number][]
        t.deepEqual(
          found.map(([name]) => name).sort(),
          mode === modes[0]
            ? ['a.db', 'a.db-wal']
            : ['a.db', 'a.db-shm', 'a.db-tproc', 'a.db-tshm', 'a.db-wal'],
        )
        for (const [name, there] of found) t.is(there, permissions, name)
        // The other of the group goes on where the first was killed.
        const other = `
          const db = new Database('a.db', ${options})
          db.exec('INSERT INTO t VALUES (1)')
          say(db.prepare('SELECT count(*) FROM t').pluck().get())
          db.close()`
        if (permissions === 0o660) t.is(runInFolder(folder, other, member(60002)), 1)
      })
    }

    test(`side files, ${mode}: those that root makes belong to the owner of the database`, (t) => {
      const folder = temporaryFolder()
      const script = `
        fs.writeFileSync('a.db', '')
        fs.chmodSync('a.db', 0o640)
        fs.chownSync('a.db', 60001, 60000)
        const db = new Database('a.db', ${options})
        db.exec('CREATE TABLE t(a)')
        const look = () => fs.readdirSync('.').map((name) => { const { uid, gid, mode } = fs.statSync(name); return [uid, gid, mode & 0o777].join() })
        const open = look()
        ${mode === modes[0] ? '' : 'db.close()'}
        say([...open, ...look()])
        process.kill(process.pid, 'SIGKILL')`
      const found = runInFolder(folder, script, 'process.umask(0o077);', true) as string[]
      t.deepEqual([...new Set(found)], ['60001,60000,416'])
      const owner = `
        const db = new Database('a.db', ${options})
        db.exec('INSERT INTO t VALUES (1)')
        say(db.prepare('SELECT count(*) FROM t').pluck().get())
        db.close()`
      t.is(runInFolder(folder, owner, member(60001)), 1)
    })
  }
} else {
  test('side files: that they belong to whom the database belongs', (t) => {
    t.pass('only root can become several users')
  })
}

// ── Clocks ───────────────────────────────────────────────────────────────────────────────────────

if (canMount) {
  test('readonly: where files have times in whole seconds a reader without -tshm sees one state', (t) => {
    t.timeout(60_000)
    const folder = temporaryFolder()
    const mount = `
      dd if=/dev/zero of=${folder}/image bs=1M count=8 2> /dev/null
      mkfs.ext4 -q -I 128 ${folder}/image > /dev/null 2>&1
      mkdir ${folder}/at
      mount -o loop ${folder}/image ${folder}/at`
    const script = `
      const values = 'SELECT max(a), min(a), count(*) FROM t'
      const open = (options) => new Database(path, { ...shared, timeout: 5000, ...options })
      const make = new Database(path)
      make.exec("CREATE TABLE t(a, b); INSERT INTO t SELECT 0, zeroblob(3000) FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8))")
      make.close()
      const reader = open({ readonly: true })
      const writer = open({})
      const write = (a) => { writer.exec('UPDATE t SET a = ' + a); writer.pragma('wal_checkpoint(TRUNCATE)') }
      reader.exec('PRAGMA cache_size = 1')
      while (Date.now() % 1000 > 100);
      write(1)
      const seen = []
      reader.exec('BEGIN')
      seen.push(tryTo(() => reader.prepare('SELECT a FROM t WHERE rowid = 1').raw().get()))
      write(2)
      seen.push(tryTo(() => reader.prepare(values).raw().get()))
      tryTo(() => reader.exec('COMMIT'))
      writer.exec('UPDATE t SET a = 3')
      seen.push(tryTo(() => reader.prepare(values).raw().get()))
      writer.exec('UPDATE t SET a = 4')
      seen.push(tryTo(() => reader.prepare(values).raw().get()))
      say([Number(fs.statSync(path, { bigint: true }).mtimeNs % 1000000000n), ...seen])
      writer.close()
      reader.close()`
    const answer = runWithMounts(mount, `${folder}/at/a.db`, script) as unknown[][]
    const [fraction, first, second, ...later] = answer
    t.is(fraction as unknown, 0)
    t.deepEqual(first, [1])
    t.true(`${second}` === '1,1,8' || second![0] === 'SQLITE_BUSY_SNAPSHOT', `${second}`)
    t.deepEqual(later, [
      [3, 3, 8],
      [4, 4, 8],
    ])
  })
} else {
  test('readonly: where files have times in whole seconds', (t) => {
    t.pass('only root can mount such a file system')
  })
}
