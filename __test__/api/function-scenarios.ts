/** Scenarios of functions and aggregates of the application's: what they get, what they may answer, and what becomes of their errors. */
import { people, type Loose, type Scenarios } from './scenario.ts'

/** A function that says it has so many parameters. */
function ofLength(length: unknown): Loose {
  return Object.defineProperty(() => 1, 'length', { value: length })
}

export const functionScenarios: Scenarios = {
  'functions: definitions': ({ db, step }) => {
    for (const length of [-1, 1.5, '1', NaN, Infinity, 100, 101]) {
      step(() => db.function('f', ofLength(length)) === db)
      step(() => db.aggregate('g', { step: ofLength(length) }) === db)
      step(() => db.aggregate('g', { step: () => 1, inverse: ofLength(length) }) === db)
    }
    step(() => db.function('f', null, () => 1) === db)
    step(() => db.function('f', undefined, () => 1) === db)
    step(() => db.function('f', () => 1, 'ignored') === db)
    step(() => db.function('f', [], () => 1) === db)
    step(() => db.function('f', 'x', () => 1))
    step(() => db.function('f', 5, () => 1))
    step(() => db.function('x'.repeat(255), () => 1) === db)
    step(() => db.prepare('SELECT f(1)'))
    step(() => db.prepare('SELECT F()').pluck().get())
    step(() => db.function('f', (a: unknown, b: unknown) => `${a}${b}`) === db)
    step(() => db.prepare("SELECT f(), f('a', 2)").raw().get())
    step(() => db.function('f', { varargs: true }, (...args: unknown[]) => args.length) === db)
    step(() => db.prepare('SELECT f(), f(1), f(1, 2), f(1, 2, 3)').raw().get())
    step(() => db.function('upper', (text: unknown) => `own ${text}`) === db)
    step(() => db.prepare("SELECT upper('x')").pluck().get())
    step(() => db.function('two words', () => 2) === db)
    step(() => db.prepare('SELECT "two words"()').pluck().get())
  },

  'functions: values': ({ db, step, say }) => {
    const given = (sql: string): unknown => db.prepare(sql).pluck().get()
    db.function('show', { varargs: true }, (...args: unknown[]) =>
      args
        .map((arg) =>
          Buffer.isBuffer(arg) ? `Buffer ${arg.toString('hex')}` : `${typeof arg} ${arg}`,
        )
        .join(', '),
    )
    step(() => given("SELECT show(1, 1.5, 'x', x'0102', NULL, 1.0)"))
    step(() => given('SELECT show(9007199254740991, -9007199254740991)'))
    db.function('safe', { safeIntegers: true }, (a: unknown) => typeof a)
    db.function('plain', { safeIntegers: false }, (a: unknown) => typeof a)
    step(() => given('SELECT safe(1)'))
    db.defaultSafeIntegers()
    db.function('usual', (a: unknown) => typeof a)
    step(() => given('SELECT usual(1)'))
    step(() => given('SELECT plain(1)'))
    db.defaultSafeIntegers(false)
    step(() => given('SELECT usual(1)'))
    let answer: unknown
    db.function('answer', () => answer)
    const answers: unknown[] = [
      5,
      1.5,
      -0,
      NaN,
      Infinity,
      'text',
      '',
      null,
      undefined,
      5n,
      2n ** 63n,
      -(2n ** 63n),
      Buffer.from('ab'),
      new Uint8Array([1, 2]),
      new Float64Array(1),
      new ArrayBuffer(2),
      {},
      [],
      () => 1,
      Symbol('s'),
    ]
    for (answer of answers) {
      const sql = 'SELECT answer() AS a, typeof(answer()) AS t'
      say(`an answer, ${typeof answer} ${String(answer)}`, () => db.prepare(sql).get())
    }
    step(() => {
      answer = 'ü'.repeat(3)
      return db.prepare('SELECT length(answer())').pluck().get()
    })
    db.function('self', function (this: unknown) {
      return String(this)
    })
    step(() => given('SELECT self()'))
  },

  'functions: errors carried through': ({ Database, db, step }) => {
    db.exec(people)
    let thrown: unknown
    db.function('fails', () => {
      throw thrown
    })
    for (thrown of [
      new RangeError('mine'),
      new Database.SqliteError('own', 'OWN'),
      'text',
      5,
      null,
      undefined,
    ]) {
      step(() => db.prepare('SELECT fails()').get())
      step(() => db.prepare('SELECT fails() FROM person').all())
      step(() => [...db.prepare('SELECT fails() FROM person').iterate()])
      step(() => db.exec('SELECT fails()'))
      step(() => db.prepare('UPDATE person SET age = fails()').run())
      step(() => {
        try {
          db.prepare('SELECT fails()').get()
        } catch (error) {
          return error === thrown
        }
        return 'nothing thrown'
      })
    }
    step(() => db.prepare('SELECT age FROM person').pluck().all())
    step(() => db.transaction(() => db.prepare('UPDATE person SET age = fails()').run())())
    step(() => db.inTransaction)
    step(() => db.prepare('SELECT 1').pluck().get())
  },

  'functions: where they may stand': ({ db, step }) => {
    db.exec('CREATE TABLE t(a)')
    db.function('det', { deterministic: true }, (a: unknown) => a)
    db.function('undet', (a: unknown) => a)
    db.function('direct', { directOnly: true }, (a: unknown) => a)
    step(() => db.exec('CREATE INDEX i1 ON t(det(a))') === db)
    step(() => db.exec('CREATE INDEX i2 ON t(undet(a))'))
    step(() => db.exec('CREATE VIEW v1 AS SELECT det(1)') === db)
    step(() => db.prepare('SELECT * FROM v1').raw().get())
    step(() => db.exec('CREATE VIEW v2 AS SELECT direct(1)') === db)
    step(() => db.prepare('SELECT * FROM v2').raw().get())
    step(() => db.prepare('SELECT direct(1)').raw().get())
    step(() => db.prepare('SELECT undet(1) OVER ()').raw().get())
  },

  aggregates: ({ db, step }) => {
    db.exec('CREATE TABLE t(g, x); INSERT INTO t VALUES (1, 1), (1, 2), (2, 5), (2, NULL), (3, 7)')
    const all = (sql: string): unknown => db.prepare(sql).raw().all()
    const log: unknown[] = []
    const take = (): unknown => log.splice(0)
    db.aggregate('total', { start: 0, step: (sum: number, x: number) => sum + (x ?? 0) })
    step(() => all('SELECT total(x) FROM t'))
    step(() => all('SELECT g, total(x) FROM t GROUP BY g ORDER BY g'))
    step(() => all('SELECT total(x) FROM t WHERE 0'))
    step(() => all('SELECT total(x) OVER () FROM t'))
    step(() => all('SELECT total(x, x) FROM t'))
    db.aggregate('moving', {
      start: () => {
        log.push('start')
        return 0
      },
      step: (sum: number, x: number) => sum + (x ?? 0),
      inverse: (sum: number, x: number) => sum - (x ?? 0),
      result: (sum: number) => sum * 10,
    })
    step(() => all('SELECT g, moving(x) FROM t GROUP BY g ORDER BY g'))
    step(take)
    step(() =>
      all('SELECT moving(x) OVER (ORDER BY rowid ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t'),
    )
    step(() => all('SELECT moving(x) OVER (PARTITION BY g ORDER BY rowid) FROM t'))
    db.aggregate('listed', {
      start: () => [],
      step: (list: unknown[], ...args: unknown[]) => void list.push(args.length),
      varargs: true,
      result: (list: unknown[]) => list.join(),
    })
    step(() => all('SELECT listed(), listed(x), listed(x, g) FROM t'))
    db.aggregate('bare', { step: (state: unknown, x: unknown) => (state === null ? x : state) })
    step(() => all('SELECT bare(x), bare(g) FROM t'))
    db.aggregate('odd', { start: { any: 1 }, step: () => undefined })
    step(() => all('SELECT odd(x) FROM t'))
    step(() => all('SELECT odd() FROM t'))
    db.aggregate('kind', {
      safeIntegers: true,
      step: (_: unknown, x: unknown) => typeof x,
    })
    step(() => all('SELECT kind(g) FROM t'))
    db.aggregate('direct', { directOnly: true, step: () => 1 })
    step(() => db.exec('CREATE VIEW v AS SELECT direct(g) FROM t') === db)
    step(() => all('SELECT * FROM v'))
  },

  'aggregates: errors carried through': ({ db, step }) => {
    db.exec('CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3)')
    const fail = (what: string) => () => {
      throw new RangeError(what)
    }
    const add = (sum: number, x: number): number => sum + x
    db.aggregate('s1', { start: fail('start'), step: add })
    db.aggregate('s2', { start: 0, step: (_sum: number, _x: number) => fail('step')() })
    db.aggregate('s3', { start: 0, step: add, result: fail('result') })
    db.aggregate('s4', {
      start: 0,
      step: add,
      inverse: (_sum: number, _x: number) => fail('inverse')(),
    })
    const frame = 'OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)'
    for (const name of ['s1', 's2', 's3', 's4']) {
      step(() => db.prepare(`SELECT ${name}(x) FROM t`).raw().all())
      step(() => db.prepare(`SELECT ${name}(x) FROM t WHERE 0`).raw().all())
      step(() => db.prepare(`SELECT ${name}(x) ${frame} FROM t`).raw().all())
      step(() => [...db.prepare(`SELECT ${name}(x) FROM t GROUP BY x`).iterate()])
    }
    for (const value of [{}, [], Symbol('s'), 2n ** 64n, () => 1]) {
      db.aggregate('v', { start: 0, step: () => value })
      step(() => db.prepare('SELECT v() FROM t').raw().all())
    }
    step(() => db.prepare('SELECT count(*) FROM t').pluck().get())
  },
}
