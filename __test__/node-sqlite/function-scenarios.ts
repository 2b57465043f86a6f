/** Scenarios of functions and aggregates of the user's. */
import type { Loose, Scenarios } from './scenario.ts'

export const functionScenarios: Scenarios = {
  'how functions are defined': ({ db, step }) => {
    const f = (): number => 1
    step(() => db.function())
    step(() => db.function('f'))
    step(() => db.function(5, f))
    step(() => db.function('f', 5))
    step(() => db.function('f', {}))
    step(() => db.function('f', f))
    step(() => db.function('f', {}, f))
    step(() => db.function('f', null, f))
    step(() => db.function('f', undefined, f))
    step(() => db.function('f', 5, f))
    step(() => db.function('f', f, f))
    step(() => db.function('f', f, 5))
    step(() => db.function('f', {}, 5))
    for (const name of ['useBigIntArguments', 'varargs', 'deterministic', 'directOnly']) {
      step(() => db.function('f', { [name]: 1 }, f))
      step(() => db.function('f', { [name]: null }, f))
      step(() => db.function('f', { [name]: undefined }, f))
      step(() => db.function('f', { [name]: false }, f))
    }
    step(() => db.function('f', { varargs: 1 }, 5))
    step(() => db.function('', f))
    step(() => db.function('x'.repeat(255), f))
    step(() => db.function('x'.repeat(256), f))
    step(() =>
      db.function(
        'f',
        Object.defineProperty(() => 1, 'length', { value: 'x' }),
      ),
    )
    step(() =>
      db.function(
        'f',
        Object.defineProperty(() => 1, 'length', { value: -1 }),
      ),
    )
    step(() =>
      db.function(
        'f',
        Object.defineProperty(() => 1, 'length', { value: -2 }),
      ),
    )
    step(() =>
      db.function(
        'f',
        Object.defineProperty(() => 1, 'length', { value: 1.5 }),
      ),
    )
    step(() =>
      db.function(
        'f',
        Object.defineProperty(() => 1, 'length', { value: 5000 }),
      ),
    )
  },
  'what functions get': ({ db, step }) => {
    const seen: unknown[] = []
    db.function('see', { varargs: true }, function (this: unknown, ...args: unknown[]) {
      seen.push(this === undefined, ...args)
      return null
    })
    db.function('big', { varargs: true, useBigIntArguments: true }, (...args: unknown[]) => {
      seen.push(...args)
    })
    step(() => db.prepare("SELECT see(NULL, 1, 1.0, 1.5, 'x', x'0102', '')").get())
    step(() => seen.splice(0))
    step(() => db.prepare("SELECT big(NULL, 1, 1.0, 1.5, 'x', x'0102')").get())
    step(() => seen.splice(0))
    step(() => db.prepare('SELECT see(9007199254740991, -9007199254740991)').get())
    step(() => db.prepare('SELECT see(9007199254740992)').get())
    step(() => db.prepare('SELECT see(-9007199254740992)').get())
    step(() => db.prepare('SELECT big(9007199254740993)').get())
    step(() => seen.splice(0))
    step(() => db.prepare('SELECT see()').get())
    step(() => seen.splice(0))
    db.function('two', (a: unknown, b: unknown) => `${a},${b}`)
    step(() => db.prepare('SELECT two(1, 2) AS a').get())
    step(() => db.prepare('SELECT two(1)').get())
    step(() => db.prepare('SELECT two(1, 2, 3)').get())
    step(() => db.prepare('SELECT TWO(1, 2) AS a').get())
  },
  'what functions answer': ({ db, step }) => {
    let answer: Loose
    db.function('answer', () => answer)
    const ask = db.prepare('SELECT answer() AS a, typeof(answer()) AS t')
    const answers: Loose[] = [
      undefined,
      null,
      1,
      1.5,
      -0,
      NaN,
      5n,
      9223372036854775807n,
      9223372036854775808n,
      'x',
      'a\0b',
      '\ud800',
      new Uint8Array([1]),
      Buffer.from('x'),
      new Uint16Array([1]),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(1),
      true,
      false,
      {},
      [],
      () => 1,
      Symbol('x'),
      Promise.resolve(1),
      new Date(0),
    ]
    for (const each of answers) {
      answer = each
      step(() => ask.get())
    }
  },
  'functions that throw': ({ db, step }) => {
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)')
    db.function('fail', (a: number) => {
      if (a === 2) throw new RangeError('mine')
      return a
    })
    db.function('failWith', () => {
      throw 'a text'
    })
    step(() => db.prepare('SELECT fail(a) FROM t').all())
    step(() => db.prepare('SELECT fail(a) FROM t').get())
    step(() => [...db.prepare('SELECT fail(a) FROM t').iterate()])
    step(() => db.prepare('SELECT failWith()').get())
    step(() => db.exec('SELECT failWith()'))
    step(() => db.prepare('UPDATE t SET a = fail(a) + 10').run())
    step(() => db.prepare('SELECT a FROM t').all())
    step(() => db.prepare('SELECT nothing()').all())
  },
  'functions and what they may be used for': ({ db, step }) => {
    db.function('plain', (a: unknown) => a)
    db.function('sure', { deterministic: true }, (a: unknown) => a)
    db.function('direct', { directOnly: true }, (a: unknown) => a)
    db.exec('CREATE TABLE t(a)')
    step(() => db.exec('CREATE INDEX i ON t(plain(a))'))
    step(() => db.exec('CREATE INDEX i ON t(sure(a))'))
    step(() => db.exec('CREATE VIEW v AS SELECT direct(1) AS a'))
    step(() => db.prepare('SELECT * FROM v').all())
    step(() => db.prepare('SELECT direct(1) AS a').all())
    db.function('abs', () => 'mine')
    step(() => db.prepare('SELECT abs(-1) AS a').get())
  },
  'functions that run statements': ({ db, step }) => {
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE log(a)')
    db.function('total', () => db.prepare('SELECT sum(a) AS s FROM t').get().s)
    db.function('note', (a: unknown) => (db.prepare('INSERT INTO log VALUES (?)').run(a), a))
    step(() => db.prepare('SELECT a, total() AS s FROM t').all())
    step(() => db.prepare('SELECT note(a) AS a FROM t').all())
    step(() => db.prepare('SELECT * FROM log').all())
    db.function('define', () => (db.function('later', () => 5), 1))
    step(() => db.prepare('SELECT define() AS a').get())
    step(() => db.prepare('SELECT later() AS a').get())
    db.function('commit_it', () => db.exec('COMMIT'))
    db.exec('BEGIN')
    step(() => db.prepare('SELECT commit_it()').get())
    step(() => db.isTransaction)
  },
  'how aggregates are defined': ({ db, step }) => {
    const step1 = (a: number, b: number): number => a + b
    step(() => db.aggregate('f', {}))
    step(() => db.aggregate('f', { start: undefined, step: step1 }))
    step(() => db.aggregate('f', { start: 0 }))
    step(() => db.aggregate('f', { start: 0, step: 5 }))
    step(() => db.aggregate('f', { start: 0, step: step1 }))
    step(() => db.aggregate('f', { start: null, step: step1 }))
    step(() => db.aggregate('f', { start: 0, step: step1, result: 5 }))
    step(() => db.aggregate('f', { start: 0, step: step1, inverse: 5 }))
    step(() => db.aggregate('f', { start: 0, step: step1, inverse: null }))
    for (const name of ['useBigIntArguments', 'varargs', 'directOnly', 'deterministic']) {
      step(() => db.aggregate('f', { start: 0, step: step1, [name]: 1 }))
      step(() => db.aggregate('f', { start: 0, step: step1, [name]: undefined }))
    }
    step(() =>
      db.aggregate('f', {
        start: 0,
        step: Object.defineProperty(() => 1, 'length', { value: 'x' }),
      }),
    )
    step(() =>
      db.aggregate('f', {
        start: 0,
        step: step1,
        inverse: Object.defineProperty(() => 1, 'length', { value: 'x' }),
      }),
    )
  },
  aggregates: ({ db, step }) => {
    db.exec('CREATE TABLE t(a, g); INSERT INTO t VALUES (1, 1), (2, 1), (3, 2), (NULL, 2)')
    db.aggregate('plus', { start: 0, step: (sum: number, a: number) => sum + a })
    step(() => db.prepare('SELECT plus(a) AS s FROM t').get())
    step(() => db.prepare('SELECT g, plus(a) AS s FROM t GROUP BY g').all())
    step(() => db.prepare('SELECT plus(a) AS s FROM t WHERE a > 9').get())
    step(() => db.prepare('SELECT plus(a, g) AS s FROM t').get())
    step(() => db.prepare('SELECT plus(a) OVER () AS s FROM t').all())
    db.aggregate('list', {
      start: () => [],
      step: (list: unknown[], a: unknown) => [...list, a],
      result: (list: unknown[]) => JSON.stringify(list),
    })
    step(() => db.prepare('SELECT list(a) AS s FROM t').get())
    step(() => db.prepare('SELECT list(a) AS s FROM t WHERE a > 9').get())
    db.aggregate('list2', {
      start: () => [],
      step: (list: unknown[], a: unknown) => void list.push(a),
      result: (list: unknown) => String(list),
    })
    step(() => db.prepare('SELECT list2(a) AS s FROM t WHERE a = 1').get())
    db.aggregate('win', {
      start: 0,
      step: (sum: number, a: number) => sum + a,
      inverse: (sum: number, a: number) => sum - a,
      result: (sum: number) => sum * 10,
    })
    step(() => db.prepare('SELECT a, win(a) OVER (ORDER BY a ROWS 1 PRECEDING) AS s FROM t').all())
    step(() => db.prepare('SELECT win(a) AS s FROM t').get())
    db.aggregate('bigs', {
      start: 0n,
      useBigIntArguments: true,
      step: (sum: bigint, a: bigint | null) => sum + (a ?? 0n),
    })
    step(() => db.prepare('SELECT bigs(a) AS s FROM t').get())
    db.aggregate('any', { start: '', varargs: true, step: (...args: unknown[]) => args.join() })
    step(() => db.prepare("SELECT any(a, g, 'x') AS s FROM t").get())
    step(() => db.prepare('SELECT any() AS s FROM t').get())
    db.aggregate('bad', { start: 0, step: () => ({}) })
    step(() => db.prepare('SELECT bad() AS s FROM t').get())
    db.aggregate('worse', {
      start: 0,
      step: () => {
        throw new Error('mine')
      },
    })
    step(() => db.prepare('SELECT worse() AS s FROM t').get())
    db.aggregate('worst', {
      start: () => {
        throw new Error('mine')
      },
      step: () => 1,
    })
    step(() => db.prepare('SELECT worst() AS s FROM t').get())
    db.aggregate('end', {
      start: 0,
      step: () => 1,
      result: () => {
        throw new Error('mine')
      },
    })
    step(() => db.prepare('SELECT end() AS s FROM t').get())
    db.aggregate('direct', { start: 0, directOnly: true, step: (a: number) => a + 1 })
    db.exec('CREATE VIEW v AS SELECT direct() AS n FROM t')
    step(() => db.prepare('SELECT * FROM v').get())
  },
}
