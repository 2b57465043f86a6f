/** What the name of a database asks for: paths, URIs, queries, features. */
import test from 'ava'
import { parseOpenMode } from '../../packages/engine/src/coordination/index.ts'
import type { OpenMode } from '../../packages/engine/src/coordination/index.ts'

const plain: OpenMode = {
  path: 'app.db',
  isMemory: false,
  multiprocess: false,
  readonly: false,
  create: true,
}

const cases: [string, Partial<OpenMode>][] = [
  ['app.db', {}],
  ['app.db?experimental=multiprocess_wal', { multiprocess: true }],
  ['what?.db', { path: 'what?.db' }],
  ['app.db?mode=ro', { path: 'app.db?mode=ro' }],
  ['app.db?mode=memory', { path: 'app.db?mode=memory' }],
  ['app.db?cache=shared&mode=rw', { path: 'app.db?cache=shared&mode=rw' }],
  ['FILE:app.db?mode=ro', { path: 'FILE:app.db?mode=ro' }],
  ['a?mode=ro?experimental=multiprocess_wal', { path: 'a?mode=ro', multiprocess: true }],
  [
    'app.db?experimental=multiprocess_wal&mode=ro',
    { multiprocess: true, readonly: true, create: false },
  ],
  ['file:app.db', {}],
  ['file:app.db?mode=ro', { readonly: true, create: false }],
  ['file:app.db?mode=rw', { create: false }],
  ['file:app.db?mode=rwc&experimental=multiprocess_wal', { multiprocess: true }],
  ['file:///tmp/a%20b.db', { path: '/tmp/a b.db' }],
  ['file://localhost/tmp/a.db#part', { path: '/tmp/a.db' }],
  [':memory:', { path: '', isMemory: true }],
  ['', { path: '', isMemory: true }],
  ['file::memory:', { path: '', isMemory: true }],
  ['file:x?mode=memory', { path: '', isMemory: true }],
]

for (const [name, expected] of cases) {
  test(`open mode: '${name}' is understood`, (t) => {
    t.deepEqual(parseOpenMode(name), { ...plain, ...expected })
  })
}

test('open mode: what is asked for in general is not asked of what is in memory', (t) => {
  const asked = { experimental: ['multiprocess_wal'], isExplicit: false }
  t.true(parseOpenMode('app.db', asked).multiprocess)
  t.true(parseOpenMode(':memory:', asked).isMemory)
  t.throws(() => parseOpenMode(':memory:?experimental=multiprocess_wal', asked), {
    message: /not supported for in-memory database/,
  })
})

test('open mode: without URIs a name is a path', (t) => {
  const { path, isMemory } = parseOpenMode('file:app.db?mode=memory', { readsUris: false })
  t.deepEqual([path, isMemory], ['file:app.db?mode=memory', false])
  t.true(parseOpenMode('file:a?experimental=multiprocess_wal', { readsUris: false }).multiprocess)
})

test('open mode: the feature may come beside the name', (t) => {
  t.true(parseOpenMode('app.db', { experimental: ['multiprocess_wal'] }).multiprocess)
})

for (const [name, experimental] of [
  ['app.db', ['mvcc']],
  ['app.db?experimental=mvcc', []],
  ['file:app.db?experimental=multiprocess_wal,mvcc', []],
] as const) {
  test(`open mode: '${name}' with [${experimental.join()}] asks for what there is not`, (t) => {
    t.throws(() => parseOpenMode(name, { experimental }), {
      instanceOf: TypeError,
      message: "unknown experimental feature 'mvcc': known is 'multiprocess_wal'",
    })
  })
}

const refused: [string, string[], string][] = [
  [
    ':memory:',
    ['multiprocess_wal'],
    "experimental multiprocess WAL is not supported for in-memory database path ':memory:'",
  ],
  ['file:app.db?mode=odd', [], 'no such access mode: odd'],
  ['file://host/app.db', [], 'invalid uri authority: host'],
  ['file:app.db?cache=shared', [], "URI parameter 'cache=shared' is not supported"],
]

for (const [name, features, message] of refused) {
  test(`open mode: '${name}' with [${features.join()}] is refused`, (t) => {
    t.throws(() => parseOpenMode(name, { experimental: features }), { message })
  })
}
