/** Scenarios of copies: `serialize`, databases opened from their bytes, and `backup`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { people, type Loose, type Scenarios } from './scenario.ts'

const names = (db: Loose): unknown =>
  db.prepare('SELECT name FROM person ORDER BY id').pluck().all()

/** What tells of progress, and what it was told. */
function watcher(answer: (progress: Loose) => unknown): { told: Loose[]; progress: Loose } {
  const told: Loose[] = []
  const progress = (...args: Loose[]): unknown => {
    told.push(args.length === 1 ? { ...args[0] } : args)
    return answer(args[0])
  }
  return { told, progress }
}

export const copyScenarios: Scenarios = {
  serialize: ({ Database, db, folder, step }) => {
    step(() => db.serialize().length)
    db.exec(people)
    step(() => Buffer.isBuffer(db.serialize()))
    step(() => db.serialize().length === 4096 * db.pragma('page_count', { simple: true }))
    step(() => db.serialize().toString('latin1', 0, 15))
    step(() => names(new Database(db.serialize())))
    step(() => db.serialize({}).equals(db.serialize(null)))
    step(() => db.serialize({ attached: 'main' }).equals(db.serialize()))
    step(() => db.serialize({ attached: 'MAIN' }).length > 0)
    step(() => db.serialize({ attached: 'nowhere' }))
    step(() => db.serialize('main'))
    step(() => {
      db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.person(id, name)")
      db.exec("INSERT INTO other.person VALUES (1, 'Eve')")
      return names(new Database(db.serialize({ attached: 'other' })))
    })
    step(() => {
      db.exec("BEGIN; INSERT INTO person VALUES (9, 'Zoe', 1, 1, NULL)")
      const inside = names(new Database(db.serialize()))
      db.exec('ROLLBACK')
      return [inside, names(new Database(db.serialize()))]
    })
    step(() => {
      const path = join(folder, 'copy.db')
      writeFileSync(path, db.serialize())
      const copy = new Database(path)
      const answer = [names(copy), copy.pragma('integrity_check', { simple: true })]
      copy.close()
      return answer
    })
    step(() => {
      const file = new Database(join(folder, 'file.db'))
      file.exec(people)
      const copy = new Database(file.serialize())
      file.close()
      return names(copy)
    })
    step(() => db.close().serialize())
  },

  'a database from bytes': ({ Database, db, step }) => {
    db.exec(people)
    const bytes = db.serialize()
    const copy = new Database(bytes)
    step(() => [copy.name, copy.memory, copy.readonly, copy.open])
    step(() => names(copy))
    step(() => copy.exec("INSERT INTO person VALUES (5, 'Dan', 1, 1, NULL)") === copy)
    step(() => [names(copy), names(db)])
    step(() => {
      bytes.fill(0)
      return names(copy)
    })
    step(() => copy.pragma('integrity_check', { simple: true }))
    step(() => new Database(db.serialize(), { fileMustExist: true }).open)
    const fixed = new Database(db.serialize(), { readonly: true })
    step(() => [fixed.readonly, fixed.memory, names(fixed)])
    step(() => fixed.exec('DELETE FROM person'))
    step(() => fixed.prepare('CREATE TABLE x(a)').run())
    step(() => new Database(Buffer.alloc(0)).prepare('SELECT 1').pluck().get())
    step(() => new Database(Buffer.alloc(0)).exec('CREATE TABLE x(a)').open)
    step(() => new Database(Buffer.alloc(0), { readonly: true }).open)
    step(() => new Database(Buffer.from('no database, though it is a text of some length')).open)
    step(() => new Database(Buffer.alloc(4096, 'x')).exec('CREATE TABLE x(a)'))
    step(() => new Database(Buffer.alloc(4096, 'x')).prepare('SELECT * FROM x'))
    step(() => new Database(Buffer.alloc(4096, 'x')).pragma('user_version'))
    step(() => new Database(Buffer.alloc(4096, 'x')).close().open)
  },

  backup: async ({ Database, db, folder, step, wait }) => {
    db.exec(people)
    const at = (name: string): string => join(folder, name)
    const open = (name: string): Loose => new Database(at(name))
    await wait(() => db.backup())
    await wait(() => db.backup(5))
    await wait(() => db.backup(''))
    await wait(() => db.backup('  '))
    await wait(() => db.backup(':memory:'))
    await wait(() => db.backup(at('a'), 5))
    await wait(() => db.backup(at('a'), { attached: 5 }))
    await wait(() => db.backup(at('a'), { attached: '' }))
    await wait(() => db.backup(at('a'), { attached: undefined }))
    await wait(() => db.backup(at('a'), { progress: 5 }))
    await wait(() => db.backup(at('no/folder')))
    await wait(() => db.backup(folder))
    step(() => readdirSync(folder))
    step(() => db.backup(at('a')).constructor === Promise)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await wait(() => db.backup(at('b')))
    step(() => names(open('b')))
    step(() => open('b').pragma('integrity_check', { simple: true }))
    await wait(() => db.backup(` ${at('c')} `, null))
    step(() => existsSync(at('c')))
    await wait(() => db.backup(at('c'), { attached: 'nowhere' }))
    step(() => names(open('c')))
    await wait(() => db.backup(at('d'), { attached: 'nowhere' }))
    db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.person(id, name)")
    db.exec("INSERT INTO other.person VALUES (1, 'Eve')")
    await wait(() => db.backup(at('e'), { attached: 'other' }))
    step(() => names(open('e')))
    await wait(() => db.backup(at('e')))
    step(() => names(open('e')))
    writeFileSync(at('f'), 'This is no database, and long enough to be sure of it.'.repeat(40))
    await wait(() => db.backup(at('f')))
    step(() => readFileSync(at('f'), 'utf8').slice(0, 7))
    writeFileSync(at('g'), '')
    await wait(() => db.backup(at('g'), { progress: null }))
    step(() => names(open('g')))
    await wait(() => db.close().backup(at('h')))
    step(() => existsSync(at('h')))
  },

  'progress of a backup': async ({ db, folder, step, wait }) => {
    db.exec('CREATE TABLE t(a); BEGIN')
    const insert = db.prepare('INSERT INTO t VALUES (zeroblob(3000))')
    for (let i = 0; i < 260; i++) insert.run()
    db.exec('COMMIT')
    const at = (name: string): string => join(folder, name)
    for (const answer of [undefined, 50, 0.4, 1e12, 30.6]) {
      const watched = watcher(() => (watched.told.length > 3 ? 1000 : answer))
      await wait(() => db.backup(at('a'), { progress: watched.progress }))
      step(() => watched.told)
    }
    for (const answer of [NaN, 'x', null, true, {}]) {
      const watched = watcher(() => answer)
      await wait(() => db.backup(at('b'), { progress: watched.progress }))
      step(() => [watched.told, existsSync(at('b'))])
    }
    await wait(() =>
      db.backup(at('c'), {
        progress: () => {
          throw new RangeError('mine')
        },
      }),
    )
    step(() => existsSync(at('c')))
    await wait(() =>
      db.backup(at('a'), {
        progress: () => {
          throw null
        },
      }),
    )
    step(() => existsSync(at('a')))
  },

  'a backup of what is changed meanwhile': async ({ Database, db, folder, step, wait }) => {
    db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a); BEGIN')
    const insert = db.prepare('INSERT INTO t(a) VALUES (zeroblob(3000))')
    for (let i = 0; i < 100; i++) insert.run()
    db.exec('COMMIT')
    const count = 'SELECT count(*), sum(length(a)), max(id) FROM t'
    for (const [name, change] of [
      ['grows', 'INSERT INTO t(a) VALUES (zeroblob(3000)), (zeroblob(3000))'],
      ['changes', 'UPDATE t SET a = zeroblob(2999)'],
      ['shrinks', 'DELETE FROM t WHERE id > 20; VACUUM'],
      ['is rolled back', 'BEGIN; DELETE FROM t; ROLLBACK'],
    ] as const) {
      const path = join(folder, name)
      let steps = 0
      await wait(() =>
        db
          .backup(path, {
            progress: () => {
              if (++steps === 3) db.exec(change)
              return 10
            },
          })
          .then(({ remainingPages }: Loose) => remainingPages),
      )
      step(() => {
        const copy = new Database(path)
        const same = [copy, db].map((one) => one.prepare(count).raw().get())
        return [...same, copy.pragma('integrity_check', { simple: true })]
      })
    }
    await wait(() =>
      db.backup(join(folder, 'closed'), {
        progress: () => {
          db.close()
          return 10
        },
      }),
    )
    step(() => existsSync(join(folder, 'closed')))
  },
}
