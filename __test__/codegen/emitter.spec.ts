/** What the emitter must never let happen: text of a statement that becomes code, a column that becomes a prototype. */
import test from 'ava'
import { Emitter } from '../../packages/engine/src/codegen/emit/emitter.ts'
import { quote, quoteKey } from '../../packages/engine/src/codegen/emit/quote.ts'
import { BareEngine } from './bare-engine.ts'

test('emitter: a quoted string is the same string again, whatever is in it', (t) => {
  for (const text of [
    'a"b',
    "a'b",
    '\\',
    '`${1}`',
    '\u2028\u2029',
    '\ud800',
    '\udc80',
    '*/ //',
    '\n\r\0',
    '😀',
  ])
    t.is(new Function(`return ${quote(text)}`)(), text)
})

test('emitter: a column named __proto__ is a column', (t) => {
  const engine = new BareEngine()
  const query = engine.bind('SELECT 1 AS "__proto__", 2 AS "constructor"')
  const [row] = engine.run(query, [], 'object') as [object]
  t.is(Object.getPrototypeOf(row), Object.prototype)
  t.deepEqual(Object.entries(row), [
    ['__proto__', 1],
    ['constructor', 2],
  ])
  t.is(quoteKey('__proto__'), '["__proto__"]')
  engine.close()
})

test('emitter: hostile names and texts stay data', (t) => {
  const engine = new BareEngine()
  engine.exec('CREATE TABLE "t\n} throw 1; //"("a""\u2028`${x}" INTEGER)')
  engine.exec('INSERT INTO "t\n} throw 1; //" VALUES (5)')
  const sql = `SELECT *, '"; throw 2; "' AS "x\\" FROM "t\n} throw 1; //" WHERE 'a' <> ''';throw 3'`
  t.deepEqual(engine.run(engine.bind(sql), [], 'object'), [
    { 'a"\u2028`${x}': 5, 'x\\': '"; throw 2; "' },
  ])
  engine.close()
})

test('emitter: of columns with one name the last is shown', (t) => {
  const engine = new BareEngine()
  t.deepEqual(engine.run(engine.bind('SELECT 1 AS a, 2 AS a'), [], 'object'), [{ a: 2 }])
  t.deepEqual(engine.run(engine.bind('SELECT 1 AS a, 2 AS a')), [[1n, 2n]])
  engine.close()
})

test('emitter: statements that differ in constants have one source', (t) => {
  const engine = new BareEngine()
  engine.exec('CREATE TABLE t(a, b)')
  const source = (sql: string): string => engine.compile(engine.bind(sql)).sourceText()
  t.is(
    source("SELECT a FROM t WHERE b = 'x' AND a > 1"),
    source("SELECT a FROM t WHERE b = 'y' AND a > 77"),
  )
  engine.close()
})

test('emitter: code that a loop does not change is put before the loop', (t) => {
  const emitter = new Emitter()
  emitter.loop('for (;;)', () => {
    const home = emitter.block
    emitter.loop('while (true)', () => {
      emitter.beforeLoopsOf(home, () => emitter.line('const once = 1'))
      emitter.line('use(once)')
    })
  })
  const source = emitter.source()
  t.true(source.indexOf('const once') < source.indexOf('while (true)'))
  t.true(source.indexOf('const once') > source.indexOf('for (;;)'))
})
