/** Every way to reach the rows of a table, from plans made by hand: the same rows as a full scan with a filter. */
import test from 'ava'
import type { Access, BoundExpression, IndexAccess } from '../../packages/engine/src/plan/index.ts'
import { Real } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { BareEngine, withScans } from './bare-engine.ts'

function literal(value: Value): BoundExpression {
  return { kind: 'literal', value }
}

function open(): BareEngine {
  const engine = new BareEngine()
  engine.exec(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT COLLATE NOCASE, c REAL);
    CREATE INDEX tab ON t(a, b DESC);
    CREATE INDEX tc ON t(c DESC);
  `)
  const rows: string[] = []
  for (let id = -3; id <= 30; id++) {
    const a = id % 7 === 0 ? 'NULL' : id % 4
    rows.push(
      `(${id}, ${a}, '${'xYzW'[((id % 4) + 4) % 4]}${id % 3}', ${id % 5 === 0 ? 'NULL' : id / 2})`,
    )
  }
  engine.exec(`INSERT INTO t VALUES ${rows.join(', ')}, (9007199254740993, 1, 'big', 1e300)`)
  return engine
}

/** The ids that `access` finds, in its order. */
function ids(engine: BareEngine, access: Access): string[] {
  const query = withScans(engine.bind('SELECT id FROM t'), 't', (scan) => ({ ...scan, access }))
  return (engine.run(query) as bigint[][]).map((row) => String(row[0]))
}

function where(engine: BareEngine, condition: string): string[] {
  return (engine.run(engine.bind(`SELECT id FROM t WHERE ${condition}`)) as bigint[][]).map((row) =>
    String(row[0]),
  )
}

const keys: readonly (readonly [string, Value])[] = [
  ['3', 3],
  ['2.5', 2.5],
  ["'4'", '4'],
  ["'abc'", 'abc'],
  ["x'31'", Buffer.from('1')],
  ['NULL', null],
  ['5.0', new Real(5)],
  ['9007199254740993', 9007199254740993n],
  ['1e300', new Real(1e300)],
  ['-1e300', new Real(-1e300)],
  ['-3', -3],
]

test('scan: a rowid is found by any kind of key as a comparison would', (t) => {
  const engine = open()
  for (const [text, value] of keys)
    t.deepEqual(
      ids(engine, { kind: 'rowid', key: literal(value) }),
      where(
        engine,
        `+id = CAST(${text} AS NUMERIC) AND typeof(${text}) IN ('integer', 'real', 'text') AND +id = +id AND id = ${text}`,
      ),
      text,
    )
  engine.close()
})

test('scan: a range of rowids has the rows that comparisons leave, both ways', (t) => {
  const engine = open()
  for (const [text, value] of keys)
    for (const inclusive of [true, false])
      for (const reverse of [false, true]) {
        const bound = { key: literal(value), inclusive }
        const ordered = (list: string[]): string[] => (reverse ? list.reverse() : list)
        t.deepEqual(
          ids(engine, { kind: 'rowid-range', low: bound, high: null, reverse }),
          ordered(where(engine, `id >${inclusive ? '=' : ''} ${text}`)),
          `> ${text}`,
        )
        t.deepEqual(
          ids(engine, { kind: 'rowid-range', low: null, high: bound, reverse }),
          ordered(where(engine, `id <${inclusive ? '=' : ''} ${text}`)),
          `< ${text}`,
        )
      }
  engine.close()
})

test('scan: rowids of a list come once each and in order', (t) => {
  const engine = open()
  const items = [7, '3', 7, null, 2.5, new Real(1), 'x', 9007199254740993n].map(literal)
  t.deepEqual(ids(engine, { kind: 'rowid-in', keys: { kind: 'list', items } }), [
    '1',
    '3',
    '7',
    '9007199254740993',
  ])
  engine.close()
})

function indexAccess(engine: BareEngine, name: string, access: Partial<IndexAccess>): IndexAccess {
  const index = engine.connection.context.schema.indexes.get(name)!
  const base = {
    kind: 'index',
    index,
    skipped: 0,
    equal: [],
    in: null,
    afterIn: [],
    low: null,
    high: null,
  } as const
  return { ...base, reverse: false, covering: false, places: new Map(), ...access }
}

const sorted = (list: string[]): string[] => [...list].sort()

test('scan: an index is entered by equal keys, lists and ranges, both ways', (t) => {
  const engine = open()
  const one = { key: literal(1), nullSafe: false }
  const nothing = { key: literal(null), nullSafe: true }
  const low = { key: literal('y1'), inclusive: true }
  const high = { key: literal('Z'), inclusive: false }
  const cases: readonly (readonly [string, Partial<IndexAccess>])[] = [
    ['1', {}],
    ['a = 1', { equal: [one] }],
    ["a = 1 AND b = 'Y1'", { equal: [one, { key: literal('Y1'), nullSafe: false }] }],
    ['a IS NULL', { equal: [nothing] }],
    ['0', { equal: [{ key: literal(null), nullSafe: false }] }],
    ['a = 1', { equal: [{ key: literal('1'), nullSafe: false }] }],
    ['a > 1', { low: { key: literal(1), inclusive: false } }],
    ['a <= 1', { high: { key: literal(1), inclusive: true } }],
    [
      'a >= 1 AND a < 3',
      { low: { key: literal(1), inclusive: true }, high: { key: literal(3), inclusive: false } },
    ],
    ["a = 1 AND b >= 'y1'", { equal: [one], low }],
    ["a = 1 AND b < 'Z'", { equal: [one], high }],
    ["a = 1 AND b >= 'y1' AND b < 'Z'", { equal: [one], low, high }],
    ['a IN (0, 2)', { in: { kind: 'list', items: [2, 0, null, '2'].map(literal) } }],
    ["a IN (1, 2) AND b >= 'y1'", { in: { kind: 'list', items: [2, 1].map(literal) }, low }],
    ['0', { low: { key: literal(null), inclusive: true } }],
  ]
  for (const [condition, access] of cases) {
    const expected = sorted(where(engine, condition))
    const forward = ids(engine, indexAccess(engine, 'tab', access))
    const backward = ids(engine, indexAccess(engine, 'tab', { ...access, reverse: true }))
    t.deepEqual(sorted(forward), expected, condition)
    t.deepEqual(backward.reverse(), forward, `${condition}, backwards`)
  }
  engine.close()
})

test('scan: a range of a descending column leaves out its NULLs', (t) => {
  const engine = open()
  for (const [condition, access] of [
    ['c > 3', { low: { key: literal(3), inclusive: false } }],
    ['c <= 3', { high: { key: literal(3), inclusive: true } }],
  ] as const)
    t.deepEqual(
      sorted(ids(engine, indexAccess(engine, 'tc', access))),
      sorted(where(engine, condition)),
    )
  engine.close()
})

test('scan: a covering index is read instead of the table', (t) => {
  const engine = open()
  const access = indexAccess(engine, 'tab', {
    covering: true,
    places: new Map([
      [1, 0],
      [2, 1],
      [-1, 2],
    ]),
  })
  const plain = engine.bind('SELECT a, b, id FROM t ORDER BY id')
  const query = withScans(plain, 't', (scan) => ({ ...scan, access }))
  t.deepEqual(engine.run(query), engine.run(plain))
  const source = engine.compile(query).sourceText()
  t.false(source.includes('new TableCursor'))
  engine.close()
})

test('scan: a hash table finds what a comparison finds', (t) => {
  const engine = open()
  const sql = 'SELECT v.id, t.id FROM (SELECT id, a FROM t WHERE id < 9) v JOIN t ON t.a = v.a'
  const plain = engine.bind(sql)
  const inner = plain.plan.kind === 'project' ? plain.plan.input : plain.plan
  t.is(inner.kind, 'join')
  if (inner.kind !== 'join' || inner.on?.kind !== 'compare' || inner.right.kind !== 'scan') return
  const { left, right, rule } = inner.on
  const access: Access = {
    kind: 'hash',
    buildKeys: [left],
    probeKeys: [right],
    rules: [rule],
    filter: null,
  }
  const scan = { ...inner.right, access }
  const join = { ...inner, right: scan, on: null }
  const query = { ...plain, plan: { ...plain.plan, input: join } } as typeof plain
  const text = (rows: unknown[]): string[] => sorted((rows as bigint[][]).map((row) => row.join()))
  t.deepEqual(text(engine.run(query)), text(engine.run(plain)))
  t.true(engine.run(plain).length > 10)
  engine.close()
})
