/** Scenarios of what is bound: values of all kinds, named and anonymous parameters. */
import type { Loose, Scenarios } from './scenario.ts'

export const bindingScenarios: Scenarios = {
  'values that are bound': ({ db, step }) => {
    const bind = db.prepare('SELECT ? AS v, typeof(?1) AS t, hex(?1) AS h')
    const values: Loose[] = [
      null,
      1,
      -1.5,
      -0,
      NaN,
      Infinity,
      2 ** 53,
      1n,
      2n ** 53n,
      9223372036854775807n,
      -9223372036854775807n,
      9223372036854775808n,
      '',
      'é€😀',
      'a\0b',
      '\ud800',
      'x\udc00y',
      new Uint8Array([1, 2]),
      Buffer.from('xyz'),
      new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
      new Uint16Array([1, 2]),
      new Float64Array([1.5]),
      new BigInt64Array([5n]),
      new DataView(new ArrayBuffer(2)),
      new Uint8ClampedArray(1),
      new Uint8Array(0),
      undefined,
      true,
      false,
      Symbol('s'),
      () => 1,
      new Date(0),
      [],
      [1],
      {},
      new ArrayBuffer(2),
      new SharedArrayBuffer(2),
      new Map(),
      Object(5),
      Object('x'),
      Promise.resolve(),
    ]
    // A value that names are looked for in comes first only in a list of its own.
    const second = db.prepare('SELECT ? AS a, ? AS v, typeof(?2) AS t')
    for (const value of values) {
      step(() => bind.get(value))
      step(() => second.get(0, value))
      step(() => second.run(0, value))
    }
  },
  'affinities of what is bound': ({ db, step }) => {
    db.exec('CREATE TABLE t(i INTEGER, r REAL, x TEXT, n NUMERIC, b BLOB)')
    const insert = db.prepare('INSERT INTO t VALUES (?1, ?1, ?1, ?1, ?1)')
    const read = db.prepare(
      'SELECT *, typeof(i), typeof(r), typeof(x), typeof(n), typeof(b) FROM t',
    )
    for (const value of [1, 1.5, 5n, '7', 'x', new Uint8Array([49]), null, 2 ** 60]) {
      step(() => (db.exec('DELETE FROM t'), insert.run(value), read.get()))
    }
  },
  'how many values': ({ db, step }) => {
    const two = db.prepare('SELECT ? AS a, ? AS b')
    step(() => two.get())
    step(() => two.get(1))
    step(() => two.get(1, 2))
    step(() => two.get(1, 2, 3))
    step(() => two.all(1, 2, 3))
    step(() => two.run(1, 2, 3))
    step(() => two.iterate(1, 2, 3))
    step(() => two.get([1, 2]))
    step(() => two.get({}, 1, 2))
    step(() => two.get({}, 1, 2, 3))
    step(() => two.get(1, {}))
    const none = db.prepare('SELECT 1 AS a')
    step(() => none.get())
    step(() => none.get(1))
    step(() => none.get({}))
    step(() => none.get({ a: 1 }))
    step(() => none.get([]))
    step(() => none.get(null))
    step(() => none.get(undefined))
    step(() => none.all('x'))
  },
  'named parameters': ({ db, step }) => {
    const named = db.prepare('SELECT :a AS a, @b AS b, $c AS c')
    step(() => named.get())
    step(() => named.get({ a: 1, b: 2, c: 3 }))
    step(() => named.get({ ':a': 1, '@b': 2, $c: 3 }))
    step(() => named.get({ a: 1, '@b': 2 }))
    step(() => named.get({ a: 1, ':a': 2 }))
    step(() => named.get({ ':a': 1, a: 2 }))
    step(() => named.get({ A: 1 }))
    step(() => named.get({ d: 1 }))
    step(() => named.get({ '': 1 }))
    step(() => named.get({ '@a': 1 }))
    step(() => named.get({ a: undefined }))
    step(() => named.get({ a: {} }))
    step(() => named.get({ a: true }))
    step(() => named.get({ a: 2n ** 64n }))
    step(() => named.get(1))
    step(() => named.get({ a: 1 }, 2))
    step(() => named.get(Object.create({ a: 1 })))
    step(() => named.get(Object.assign(Object.create(null), { a: 1 })))
    step(() => named.get(Object.defineProperty({}, 'a', { value: 1 })))
    step(() => named.get({ [Symbol('a')]: 1 }))
    step(() =>
      named.get({
        get a() {
          throw new Error('mine')
        },
      }),
    )
    step(() =>
      named.get(
        new (class {
          a = 5
        })(),
      ),
    )
    step(() => named.get(new Map([['a', 1]])))
    step(() => named.get(new Date(0)))
    step(() => named.get(Object.assign(() => 1, { a: 1 })))
    step(() => named.get(new Proxy({ a: 1 }, {})))
    step(() => named.get({ a: 1 }, { b: 2 }))
  },
  'named parameters without their prefix': ({ db, step }) => {
    const named = db.prepare('SELECT $a AS a')
    step(() => named.setAllowBareNamedParameters())
    step(() => named.setAllowBareNamedParameters(1))
    step(() => named.setAllowBareNamedParameters(false))
    step(() => named.get({ a: 1 }))
    step(() => named.get({ $a: 1 }))
    step(() => named.setAllowBareNamedParameters(true))
    step(() => named.get({ a: 1 }))
    step(() => db.prepare('SELECT $a', { allowBareNamedParameters: false }).get({ a: 1 }))
    const both = db.prepare('SELECT $a AS a, @a AS b')
    step(() => both.get({ a: 1 }))
    step(() => both.get({ $a: 1, '@a': 2 }))
    step(() => both.get({}))
    step(() => both.get())
    step(() => both.setAllowBareNamedParameters(false))
    step(() => both.get({ $a: 1, '@a': 2 }))
    step(() => both.get({ a: 1 }))
    const same = db.prepare('SELECT $a AS a, $a AS b')
    step(() => same.get({ a: 1 }))
  },
  'names that there are not': ({ sqlite, db, step }) => {
    const named = db.prepare('SELECT $a AS a')
    step(() => named.setAllowUnknownNamedParameters())
    step(() => named.setAllowUnknownNamedParameters(1))
    step(() => named.get({ a: 1, b: 2 }))
    step(() => named.setAllowUnknownNamedParameters(true))
    step(() => named.get({ a: 1, b: 2 }))
    step(() => named.get({ b: {}, a: 1 }))
    step(() => named.setAllowUnknownNamedParameters(false))
    step(() => named.get({ b: 2 }))
    const lax = new sqlite.DatabaseSync(':memory:', { allowUnknownNamedParameters: true })
    step(() => lax.prepare('SELECT $a AS a').get({ b: 1 }))
    step(() => lax.prepare('SELECT $a', { allowUnknownNamedParameters: false }).get({ b: 1 }))
    const strict = new sqlite.DatabaseSync(':memory:', { allowBareNamedParameters: false })
    step(() => strict.prepare('SELECT $a').get({ a: 1 }))
    step(() => strict.prepare('SELECT $a AS a', { allowBareNamedParameters: true }).get({ a: 1 }))
  },
  'named, numbered and anonymous ones': ({ db, step }) => {
    step(() => db.prepare('SELECT :a AS a, ? AS b, ? AS c').get({ a: 1 }, 2, 3))
    step(() => db.prepare('SELECT ? AS a, :b AS b, ? AS c').get({ b: 1 }, 2, 3))
    step(() => db.prepare('SELECT ? AS a, :b AS b, ? AS c').get(2, 3))
    step(() => db.prepare('SELECT ?1 AS a, ?2 AS b').get(1, 2))
    step(() => db.prepare('SELECT ?2 AS a, ?1 AS b').get(1, 2))
    step(() => db.prepare('SELECT ?3 AS a').get(1, 2, 3))
    step(() => db.prepare('SELECT ?3 AS a').get(1))
    step(() => db.prepare('SELECT ?1 AS a').get({ '?1': 5 }))
    step(() => db.prepare('SELECT ?1 AS a').get({ 1: 5 }))
    step(() => db.prepare('SELECT ?2 AS a, ? AS b, :c AS c').get({ c: 1 }, 2, 3, 4))
    step(() => db.prepare('SELECT $a::b AS a').get({ 'a::b': 1 }))
    step(() => db.prepare('SELECT $a::b(x) AS a').get({ '$a::b(x)': 1 }))
    step(() => db.prepare('SELECT #a').get())
  },
  'an error leaves nothing bound': ({ db, step }) => {
    const two = db.prepare('SELECT ? AS a, ? AS b')
    step(() => two.get(1, 2))
    step(() => two.get(3, {}))
    step(() => two.get())
    step(() => two.get(5))
  },
  'buffers are copied': ({ db, step }) => {
    const bytes = new Uint8Array([1, 2, 3])
    const rows = db.prepare('SELECT ? AS a').iterate(bytes)
    bytes[0] = 9
    step(() => rows.next())
    const row = db.prepare("SELECT x'0102' AS a").get()
    row.a[0] = 9
    step(() => db.prepare("SELECT x'0102' AS a").get())
    step(() => row.a.buffer.byteLength)
  },
}
