/** Scenarios of `db.table`: what is refused, tables of generators, arguments, factories, errors carried through. */
import { type Loose, type Scenarios } from './scenario.ts'

const rows = function* (): Generator {
  yield [1]
}

function generator(...values: readonly Loose[]): Loose {
  return {
    columns: ['a'],
    *rows() {
      yield* values
    },
  }
}

const span: Loose = {
  columns: ['n', 'of'],
  parameters: ['first', 'last'],
  *rows(first: number, last: number = first + 2) {
    for (let n = first; n <= last; n++) yield [n, typeof first]
  },
}

export const tableScenarios: Scenarios = {
  'table definitions that are refused': ({ db, step }) => {
    step(() => db.table())
    step(() => db.table(1, {}))
    step(() => db.table('', {}))
    step(() => db.table('x'))
    step(() => db.table('x', null))
    step(() => db.table('x', 'y'))
    step(() => db.table('x', {}))
    step(() => db.table('x', { columns: ['a'] }))
    step(() => db.table('x', { rows: 1 }))
    step(() => db.table('x', { rows: 1, columns: ['a'] }))
    step(() => db.table('x', { rows: () => 1, columns: ['a'] }))
    step(() => db.table('x', { rows, columns: 'a' }))
    step(() => db.table('x', { rows, columns: ['a', 1] }))
    step(() => db.table('x', { rows, columns: ['a', 'a'] }))
    step(() => db.table('x', { rows, columns: [] }))
    step(() => db.table('x', { rows, columns: ['a'], parameters: 1 }))
    step(() => db.table('x', { rows, columns: ['a'], parameters: ['b', 'b'] }))
    step(() => db.table('x', { rows, columns: ['a'], parameters: ['a'] }))
    step(() =>
      db.table('x', { rows, columns: ['a'], parameters: [...'abcdefghijklmnopqrstuvwxyz0123456'] }),
    )
    step(() => db.table('x', { rows, columns: ['a'], safeIntegers: 1 }))
    step(() => db.table('x', { rows, columns: ['a'], directOnly: 1 }))
    step(() => db.table('x', { rows, columns: ['a'] }) === db)
    step(() => db.table('dup', { rows, columns: ['a', 'A'] }) === db)
    step(() => db.prepare('SELECT * FROM dup'))
  },

  'tables of generators': ({ db, step }) => {
    db.table('span', span)
    const all = (sql: string, ...values: readonly Loose[]): Loose => db.prepare(sql).all(...values)
    step(() => all('SELECT * FROM span(1, 3)'))
    step(() => all('SELECT *, first, last, rowid FROM span(1, 3)'))
    step(() => all('SELECT n FROM span(7)'))
    step(() => all('SELECT n FROM span(?, ?)', 1, 2))
    step(() => all('SELECT n FROM span(1, NULL)'))
    step(() => all('SELECT n FROM span WHERE last = 2 AND first = 1'))
    step(() => all('SELECT n FROM span WHERE first IN (1, 5)'))
    step(() => all('SELECT n FROM span WHERE first > 1'))
    step(() => all('SELECT n FROM span(1) WHERE first = 2'))
    step(() => all('SELECT * FROM span(1, 2, 3)'))
    step(() => all('SELECT a.n, b.n AS m FROM span(1, 3) a LEFT JOIN span(a.n, 2) b'))
    step(() => all('SELECT n FROM span(1, 9) ORDER BY n DESC LIMIT 2'))
    step(() => all('SELECT 2 IN (SELECT n FROM span(1, 3))'))
    step(() => all('PRAGMA table_xinfo(span)'))
    step(() => db.prepare('SELECT n, rowid FROM span(1)').columns())
    step(() => db.prepare('INSERT INTO span VALUES (1, 2)'))
    step(() => db.exec('DROP TABLE span'))
    db.table('inferred', {
      columns: ['x'],
      *rows(a: Loose, b: Loose) {
        yield [`${a} ${b}`]
      },
    })
    step(() => all('SELECT *, "$1", "$2" FROM inferred(5)'))
    db.table('safe', {
      columns: ['x'],
      safeIntegers: true,
      *rows(a: Loose) {
        yield [typeof a]
      },
    })
    step(() => all('SELECT * FROM safe(5)'))
    step(() => all('SELECT * FROM safe(5.5)'))
    db.defaultSafeIntegers(true).table('later', {
      columns: ['x'],
      *rows(a: Loose) {
        yield [typeof a]
      },
    })
    step(() => all('SELECT x FROM later(5)'))
  },

  'rows of generators': ({ db, step }) => {
    const all = (...values: readonly Loose[]): Loose =>
      db
        .table('g', generator(...values))
        .prepare('SELECT a, typeof(a) AS t FROM g')
        .all()
    step(() => all([1], [2.5], ['x'], [null], [undefined], [3n], [Buffer.from('y')]))
    step(() => all({ a: 1 }, [2]))
    step(() => all([true]))
    step(() => all([{}]))
    step(() => all([2n ** 64n]))
    step(() => all([1, 2]))
    step(() => all([]))
    step(() => all({ b: 1 }))
    step(() => all({}))
    step(() => all(5))
    step(() => all(null))
    db.table('thrower', {
      columns: ['a'],
      *rows() {
        yield [1]
        throw new RangeError('mine')
      },
    })
    step(() => db.prepare('SELECT * FROM thrower').all())
    step(() => db.prepare('SELECT * FROM thrower').get())
    step(() => db.exec('CREATE TABLE t(a); INSERT INTO t SELECT a FROM thrower'))
    step(() => db.prepare('SELECT count(*) FROM t').get())
    db.table('busy', {
      columns: ['a'],
      *rows() {
        yield [db.prepare('SELECT 1').get()]
      },
    })
    step(() => db.prepare('SELECT * FROM busy').all())
    db.table('direct', { ...generator([1]), directOnly: true })
    step(() => db.prepare('SELECT * FROM direct').all())
    step(() => db.exec('CREATE VIEW v AS SELECT * FROM direct').prepare('SELECT * FROM v'))
    step(() => {
      for (const row of db.prepare('SELECT * FROM g').iterate())
        return db.table('h', generator(row))
    })
  },

  'factories of tables': ({ db, step }) => {
    const factory = function (this: Loose, ...args: readonly Loose[]): Loose {
      return generator([`${this.module} ${this.database} ${this.table} ${args.join('|')}`])
    }
    db.table('made', factory)
    step(() => db.prepare('SELECT * FROM made'))
    step(() =>
      db
        .exec("CREATE VIRTUAL TABLE m USING made(x, 'y z', w = (1, 2), )")
        .prepare('SELECT * FROM m')
        .all(),
    )
    step(() => db.exec('CREATE VIRTUAL TABLE IF NOT EXISTS m USING made') === db)
    step(() => db.exec('CREATE VIRTUAL TABLE m USING made'))
    step(() => db.exec('CREATE VIRTUAL TABLE temp.n USING made').prepare('SELECT * FROM n').all())
    step(() => db.prepare('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema').all())
    step(() => db.prepare('INSERT INTO m VALUES (1)'))
    step(() => db.exec('CREATE INDEX i ON m(a)'))
    step(() => db.prepare('SELECT * FROM m(1)'))
    step(() => db.exec('DROP TABLE m').prepare('SELECT * FROM m'))
    db.table('wrong', () => 5)
    step(() => db.exec('CREATE VIRTUAL TABLE w USING wrong'))
    db.table('partial', () => ({ columns: ['a'] }))
    step(() => db.exec('CREATE VIRTUAL TABLE p USING partial'))
    db.table('failing', () => {
      throw new RangeError('mine')
    })
    step(() => db.exec('CREATE VIRTUAL TABLE f USING failing'))
    step(() => db.exec('CREATE VIRTUAL TABLE q USING nosuch(1)'))
    step(() => typeof db.prepare('CREATE VIRTUAL TABLE q USING nosuch(1)'))
    step(() => db.prepare('SELECT name FROM sqlite_schema').all())
  },
}
