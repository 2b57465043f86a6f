/** Scenarios of tag stores, backups and serialized databases. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { people, type Loose, type Scenarios } from './scenario.ts'

export const moduleScenarios: Scenarios = {
  'tag stores': ({ sqlite, db, step }) => {
    db.exec(people)
    for (const size of [0, -1, 1.5, 'x', null, 2 ** 31, 1, 10, Infinity]) {
      step(() => db.createTagStore(size).capacity)
    }
    step(() => db.createTagStore().capacity)
    step(() => db.createTagStore(undefined).capacity)
    const sql: Loose = db.createTagStore(2)
    step(() => sql.db === db)
    step(() => sql.size)
    step(() => sql.get`SELECT * FROM person WHERE id = ${1}`)
    step(() => sql.get`SELECT * FROM person WHERE id = ${2}`)
    step(() => sql.size)
    step(() => sql.all`SELECT name FROM person WHERE id > ${1} AND name <> ${'x'}`)
    step(() => sql.size)
    step(() => sql.run`INSERT INTO person(name) VALUES (${'New'})`)
    step(() => sql.size)
    step(() => [...sql.iterate`SELECT id FROM person`])
    step(() => sql.get`SELECT ? AS a`)
    step(() => sql.get`SELECT :a AS a, ${1} AS b`)
    step(() => sql.get`SELECT ${{ a: 1 }} AS a`)
    step(() => sql.get`SELECT ${[]} AS a`)
    step(() => sql.get`SELECT ${undefined} AS a`)
    step(() => sql.get`SELECT ${new Uint8Array([1])} AS a, ${2n ** 60n} AS b`)
    step(() => sql.get`SELEC`)
    step(() => sql.get``)
    step(() => sql.get())
    step(() => sql.get('SELECT 1'))
    step(() => sql.get(['SELECT 1']))
    step(() => sql.get(['SELECT ', ''], 5))
    step(() => sql.get([5]))
    step(() => sql.get(['SELECT 1'], 5))
    step(() => sql.clear())
    step(() => sql.size)
    step(() => new sql.constructor())
    const rows = sql.iterate`SELECT id FROM person`
    step(() => rows.next())
    step(() => sql.all`SELECT id FROM person`)
    step(() => rows.next())
    const other = new sqlite.DatabaseSync(':memory:', { returnArrays: true, readBigInts: true })
    const store = other.createTagStore()
    step(() => store.get`SELECT ${1} AS a, 2 AS b`)
    other.close()
    step(() => store.get`SELECT ${1} AS a, 2 AS b`)
    step(() => store.size)
    step(() => store.clear())
    other.open()
    step(() => store.get`SELECT ${1} AS a, 2 AS b`)
  },
  backups: async ({ sqlite, db, folder, step, promised }) => {
    db.exec(people)
    const target = join(folder, 'copy.db')
    step(() => sqlite.backup())
    step(() => sqlite.backup(db))
    step(() => sqlite.backup(db, 5))
    step(() => sqlite.backup(db, target, 5))
    step(() => sqlite.backup(db, target, null))
    step(() => sqlite.backup(db, target, { rate: 'x' }))
    step(() => sqlite.backup(db, target, { rate: 0 }))
    step(() => sqlite.backup(db, target, { rate: 1.5 }))
    step(() => sqlite.backup(db, target, { source: 5 }))
    step(() => sqlite.backup(db, target, { target: 5 }))
    step(() => sqlite.backup(db, target, { progress: 5 }))
    await promised(() => sqlite.backup(db, target))
    const read = (path: string): unknown => {
      const copy = new sqlite.DatabaseSync(path)
      const rows = copy.prepare('SELECT name FROM person').all()
      const [check] = copy.prepare('PRAGMA integrity_check').all()
      copy.close()
      return [rows, check]
    }
    step(() => read(target))
    db.exec("INSERT INTO person(name) VALUES ('Later')")
    await promised(() => sqlite.backup(db, Buffer.from(target)))
    step(() => read(target))
    await promised(() => sqlite.backup(db, pathToFileURL(join(folder, 'url.db'))))
    step(() => read(join(folder, 'url.db')))
    const seen: unknown[] = []
    await promised(() =>
      sqlite.backup(db, join(folder, 'b.db'), {
        rate: 2,
        progress: (...args: unknown[]) => void seen.push(...args),
      }),
    )
    step(() => seen)
    step(() => read(join(folder, 'b.db')))
    await promised(() =>
      sqlite.backup(db, join(folder, 'c.db'), {
        rate: 1,
        progress: () => {
          throw new Error('mine')
        },
      }),
    )
    await promised(() => sqlite.backup(db, join(folder, 'no', 'folder.db')))
    await promised(() => sqlite.backup(db, folder))
    await promised(() => sqlite.backup(db, join(folder, 'd.db'), { source: 'nothing' }))
    await promised(() => sqlite.backup(db, join(folder, 'd.db'), { target: 'nothing' }))
    db.exec(`ATTACH '${join(folder, 'attached.db')}' AS other; CREATE TABLE other.person(name)`)
    db.exec("INSERT INTO other.person VALUES ('Other')")
    await promised(() => sqlite.backup(db, join(folder, 'e.db'), { source: 'other' }))
    step(() => read(join(folder, 'e.db')))
    const file = new sqlite.DatabaseSync(target)
    const running = sqlite.backup(file, join(folder, 'f.db'), { rate: 1 })
    file.close()
    await promised(() => running)
    step(() => sqlite.backup(file, target))
  },
  'serialized databases': ({ sqlite, db, folder, step }) => {
    step(() => db.serialize(5))
    step(() => db.serialize().length)
    db.exec(people)
    const bytes: Uint8Array = db.serialize()
    step(() => bytes.constructor.name)
    step(() => bytes.length % 4096)
    step(() => Buffer.from(bytes.subarray(0, 16)).toString())
    step(() => db.serialize('main').length === bytes.length)
    step(() => db.serialize('nothing'))
    const other = new sqlite.DatabaseSync(':memory:')
    step(() => other.deserialize())
    step(() => other.deserialize('x'))
    step(() => other.deserialize(new Uint8Array(0)))
    step(() => other.deserialize(bytes, 5))
    step(() => other.deserialize(bytes, { dbName: 5 }))
    const before = other.prepare('SELECT 1')
    step(() => other.deserialize(bytes))
    step(() => before.get())
    step(() => other.prepare('SELECT * FROM person').all())
    step(() => other.exec("INSERT INTO person(name) VALUES ('More')"))
    step(() => other.prepare('SELECT count(*) AS n FROM person').get())
    step(() => db.prepare('SELECT count(*) AS n FROM person').get())
    step(() => other.prepare('PRAGMA integrity_check').get())
    step(() => other.deserialize(bytes, { dbName: 'main' }))
    step(() => other.prepare('SELECT count(*) AS n FROM person').get())
    const small = new sqlite.DatabaseSync(':memory:')
    small.exec('PRAGMA page_size = 512; CREATE TABLE t(a); INSERT INTO t VALUES (7)')
    step(() => other.deserialize(small.serialize()))
    step(() => other.prepare('SELECT * FROM t').all())
    step(() => other.prepare('PRAGMA page_size').get())
    const file = new sqlite.DatabaseSync(join(folder, 'a.db'))
    file.exec('CREATE TABLE t(a); INSERT INTO t VALUES (8)')
    step(() => {
      other.deserialize(file.serialize())
      return other.prepare('SELECT * FROM t').all()
    })
  },
}
