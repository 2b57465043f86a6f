/**
 * The interface that all drivers call, with what they pass on from their users: values of every kind, statements at wrong moments. What *Moving from better-sqlite3*
 * lists as different is not in it, and no DataView, by which better-sqlite3 ends the process.
 */
import Database from 'better-sqlite3'
import { fileOf, say } from './transcript.mjs'

const values = {
  null: null,
  undefined: undefined,
  true: true,
  zero: 0,
  minusZero: -0,
  nan: Number.NaN,
  infinity: Infinity,
  minusInfinity: -Infinity,
  least: Number.MIN_VALUE,
  safe: Number.MAX_SAFE_INTEGER,
  unsafe: 2 ** 53,
  large: 1e300,
  bigint: 5n,
  bigLeast: -(2n ** 63n),
  bigMost: 2n ** 63n - 1n,
  bigTooLarge: 2n ** 63n,
  empty: '',
  nul: 'a\0b',
  surrogate: 'a\ud800b',
  emoji: '👩‍👩‍👧',
  buffer: Buffer.from([0, 255]),
  emptyBuffer: Buffer.alloc(0),
  bytes: new Uint8Array([1, 2]),
  words: new Uint16Array([1, 2]),
  arrayBuffer: new ArrayBuffer(3),
  date: new Date(0),
  array: [1],
  nested: [[1]],
  object: { a: 1 },
  symbol: Symbol('s'),
  function: () => 1,
  boxed: Object('x'),
  map: new Map(),
}

for (const kind of ['memory', 'file']) {
  const db = new Database(kind === 'memory' ? ':memory:' : fileOf())
  const s = (name, body) => say(`${kind}: ${name}`, body)
  await s('pragmas', () =>
    [
      'foreign_keys',
      'recursive_triggers',
      'trusted_schema',
      'encoding',
      'page_size',
      'user_version',
      'secure_delete',
      'temp_store',
    ].map((name) => db.pragma(name, { simple: true })),
  )
  db.exec('CREATE TABLE v(id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, b BLOB, n NUMERIC, x)')
  const insert = db.prepare('INSERT INTO v(i, r, t, b, n, x) VALUES (@v, @v, @v, @v, @v, @v)')
  const echo = db.prepare('SELECT v, typeof(v) AS t FROM (SELECT ? AS v)')
  for (const [name, v] of Object.entries(values)) {
    await s(`echo ${name}`, () => echo.get(v))
    await s(`store ${name}`, () => {
      const { lastInsertRowid } = insert.run({ v })
      return db
        .prepare(
          'SELECT *, typeof(i), typeof(r), typeof(t), typeof(b), typeof(n), typeof(x) FROM v WHERE id = ?',
        )
        .get(lastInsertRowid)
    })
    await s(`store safe ${name}`, () =>
      db.prepare('INSERT INTO v(i, x) VALUES (?, ?) RETURNING *').safeIntegers().all(v, v),
    )
  }
  await s('all raw', () => db.prepare('SELECT * FROM v ORDER BY id').raw().all())
  await s('columns', () =>
    db.prepare('SELECT *, i + 1, v.t AS "as", count(*) OVER () FROM v').columns(),
  )
  await s('columns of a view', () => {
    db.exec('CREATE VIEW w AS SELECT id, t || 1 AS u, b FROM v')
    return db.prepare('SELECT * FROM w').columns()
  })
  const wrong = {
    'none of a parameter': () => db.prepare('SELECT ?').get(),
    'too many': () => db.prepare('SELECT ?').get(1, 2),
    'named and given by place': () => db.prepare('SELECT @a').get(1),
    'a name that is missing': () => db.prepare('SELECT @a, @b').get({ a: 1 }),
    'names of all kinds': () => db.prepare('SELECT @a, :a, $a').get({ a: 1 }),
    'places and names': () => db.prepare('SELECT ?, @a, ?').get(1, { a: 2 }, 3),
    'two objects': () => db.prepare('SELECT @a').get({ a: 1 }, { a: 2 }),
    'bound twice': () => db.prepare('SELECT ?').bind(1).bind(2),
    'bound and given': () => db.prepare('SELECT ?').bind(1).get(2),
    'run of rows': () => db.prepare('SELECT 1').run(),
    'rows of a write': () => db.prepare('DELETE FROM v WHERE 0').all(),
    'pluck of a write': () => db.prepare('DELETE FROM v WHERE 0').pluck(),
    'no statement': () => db.prepare(' -- nothing'),
    'two statements': () => db.prepare('SELECT 1; SELECT 2'),
    'a statement and a comment': () => db.prepare('SELECT 1; -- two').get(),
    'exec of nothing': () => db.exec(''),
    'exec half wrong': () => db.exec('CREATE TABLE half(a); CREATE TABLE half(a)'),
    'what came of it': () =>
      db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get(),
    'the same name twice': () => db.prepare('SELECT 1 AS a, 2 AS a').get(),
    'the same name twice, expanded': () =>
      db.prepare('SELECT v.id, w.id FROM v, w LIMIT 1').expand().get(),
    'ATTACH of a file that cannot be': () => db.exec("ATTACH '/nowhere/at/all.db' AS x"),
    'VACUUM in a transaction': () => db.transaction(() => db.exec('VACUUM'))(),
    'pragma without a value': () => db.pragma('nothing_of_this_name'),
    'DETACH main': () => db.exec('DETACH main'),
    'COMMIT outside': () => db.exec('COMMIT'),
    'ROLLBACK TO nothing': () => db.exec('ROLLBACK TO nothing'),
    'BEGIN twice': () => db.exec('BEGIN; BEGIN'),
    'and then': () => [db.inTransaction, db.exec('ROLLBACK').inTransaction],
  }
  for (const [name, body] of Object.entries(wrong)) await s(name, body)

  // Transactions that end in every way.
  db.exec(
    'CREATE TABLE n(a UNIQUE ON CONFLICT ROLLBACK, b CHECK (b > 0), c REFERENCES n(a) DEFERRABLE INITIALLY DEFERRED)',
  )
  const add = (a, b = 1, c = null) => db.prepare('INSERT INTO n VALUES (?, ?, ?)').run(a, b, c)
  const rows = () => [db.inTransaction, db.prepare('SELECT * FROM n').raw().all()]
  const ends = {
    commits: () => add(1),
    throws: () => {
      add(2)
      throw new Error('mine')
    },
    'is rolled back by a constraint': () => {
      add(3)
      add(1)
    },
    'catches that, and goes on': () => {
      add(4)
      try {
        add(1)
      } catch {}
      return [db.inTransaction, add(5)]
    },
    'ends itself': () => {
      add(6)
      db.exec('COMMIT')
    },
    'fails a check inside a savepoint': () => {
      add(7)
      try {
        db.transaction(() => {
          add(8)
          add(9, 0)
        })()
      } catch {}
      return add(10)
    },
    'breaks a foreign key at its end': () => add(11, 1, 'nobody'),
    'mends a foreign key before its end': () => {
      add(12, 1, 'somebody')
      return add('somebody')
    },
    'is asynchronous': async () => add(13),
    'nests five deep, and throws in the third': () => {
      const nest = (depth) =>
        db.transaction(() => {
          add(`d${depth}`)
          if (depth === 3) throw new Error('third')
          try {
            if (depth < 5) nest(depth + 1)
          } catch {}
        })()
      nest(1)
    },
    'defers, and reads first': () => [rows(), add(14)],
  }
  for (const [name, body] of Object.entries(ends)) {
    for (const mode of ['deferred', 'immediate', 'exclusive']) {
      await s(`a ${mode} transaction ${name}`, () => db.transaction(body)[mode]())
      await s('rows then', rows)
      if (db.inTransaction) db.exec('ROLLBACK')
      db.exec('DELETE FROM n WHERE a <> 1')
    }
  }

  // While rows are read.
  await s('a write while rows are read', () => {
    const it = db.prepare('SELECT id FROM v').iterate()
    it.next()
    try {
      return db.exec('DELETE FROM v WHERE id > 1000')
    } finally {
      it.return()
    }
  })
  await s('a statement that is busy', () => {
    const statement = db.prepare('SELECT id FROM v')
    const it = statement.iterate()
    it.next()
    try {
      return statement.get()
    } finally {
      it.return()
    }
  })
  await s('closing while rows are read', () => {
    for (const _row of db.prepare('SELECT id FROM v').iterate()) db.close()
  })
  for (const [name, body] of Object.entries({
    returns: () => 1,
    'returns a bigint': () => 2n ** 62n,
    'returns too large a bigint': () => 2n ** 64n,
    'returns a Date': () => new Date(0),
    'returns a promise': async () => 1,
    'returns undefined': () => undefined,
    'returns bytes': () => new Uint8Array([1]),
    throws: () => {
      throw new RangeError('mine')
    },
    'throws what is no error': () => {
      throw 'text'
    },
    'writes itself': () => db.exec('DELETE FROM v'),
    'prepares itself': () => db.prepare('SELECT 7').pluck().get(),
  })) {
    await s(`a function that ${name}`, () => {
      db.function('f', body)
      return db.prepare('SELECT f() AS f, typeof(f()) AS t').get()
    })
  }
  db.close()
  for (const name of ['exec', 'prepare', 'pragma', 'function']) {
    await s(`${name} after the end`, () => db[name]('SELECT 1', () => 1))
  }
  await s('close twice', () => db.close().open)
}
