/**
 * Errors of the user's own functions, that look like those of V8: they come out as they are, and what they leave behind is what any other
 * error would leave.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { nearEnd } from '../support/stack-end.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>

const messages = [
  'Maximum call stack size exceeded',
  'Invalid array length',
  'Invalid string length',
]

function opened(): Db {
  const db = new Database(join(temporaryFolder(), 'a.db'))
  db.exec('CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3)')
  return db
}

const count = (db: Db): unknown => db.prepare('SELECT count(*) FROM t').pluck().get()

for (const message of messages) {
  const error = new RangeError(message)
  const fail = (): never => {
    throw error
  }

  test(`users' errors: ${message}: of a transaction function, at both levels`, (t) => {
    const db = opened()
    const body = db.transaction((depth: number) => {
      db.exec('INSERT INTO t VALUES (4)')
      if (depth === 0) fail()
      body(depth - 1)
    })
    for (const depth of [0, 2]) {
      t.is(
        t.throws(() => body(depth), { any: true }),
        error,
      )
      t.false(db.inTransaction)
      t.is(count(db), 3)
    }
    db.exec('BEGIN')
    db.exec('INSERT INTO t VALUES (5)')
    t.is(
      t.throws(() => body(0), { any: true }),
      error,
    )
    t.true(db.inTransaction)
    db.exec('COMMIT')
    t.is(count(db), 4)
    db.close()
  })

  test(`users' errors: ${message}: of who takes an iterator's rows`, (t) => {
    const db = opened()
    db.exec('BEGIN; INSERT INTO t VALUES (4)')
    const statement = db.prepare('SELECT x FROM t')
    const consume = (): void => {
      for (const row of statement.iterate()) if (row) fail()
    }
    t.is(t.throws(consume, { any: true }), error)
    t.false(statement.busy)
    t.true(db.inTransaction)
    db.exec('COMMIT')
    t.is(count(db), 4)
    db.close()
  })

  test(`users' errors: ${message}: of a parameter that is read, and of verbose`, (t) => {
    const db = opened()
    db.exec('BEGIN; INSERT INTO t VALUES (4)')
    const insert = db.prepare('INSERT INTO t VALUES (:x)')
    const parameters = Object.defineProperty({}, 'x', { get: fail, enumerable: true })
    t.is(
      t.throws(() => insert.run(parameters), { any: true }),
      error,
    )
    t.true(db.inTransaction)
    db.exec('COMMIT')
    db.close()
    const told = new Database(':memory:', { verbose: fail })
    t.is(
      t.throws(() => told.exec('CREATE TABLE t(x)'), { any: true }),
      error,
    )
    t.is(
      t.throws(() => told.prepare('SELECT 1').get(), { any: true }),
      error,
    )
    told.close()
  })
}

test("users' errors: a body that ends the stack is taken back, wherever it is called", (t) => {
  const db = opened()
  const endless = (): number => 1 + endless()
  const body = db.transaction(() => {
    db.exec('INSERT INTO t VALUES (4)')
    endless()
  })
  t.throws(body, { instanceOf: RangeError })
  t.false(db.inTransaction)
  for (let left = 0; left < 120; left += 3) {
    t.throws(() => nearEnd(left, body), { any: true })
    t.false(db.inTransaction)
    t.is(count(db), 3)
  }
  db.close()
})

test("users' errors: their own error comes out also where the transaction cannot be taken back at once", (t) => {
  const db = opened()
  const error = new Error('mine')
  const body = db.transaction(() => {
    db.exec('INSERT INTO t VALUES (4)')
    throw error
  })
  t.throws(body)
  let own = 0
  for (let left = 0; left < 200; left++) {
    const thrown = t.throws(() => nearEnd(left, body), { any: true })
    if (thrown === error) own++
    // Where V8 cannot call the body, or what the body calls, that is the error of the body.
    else t.true(thrown instanceof RangeError || thrown instanceof SqliteError)
    t.false(db.inTransaction)
    t.is(count(db), 3)
  }
  t.true(own > 50)
  db.close()
})
