/** Rows that are edited in the studio: types stay what they are, and nobody is written over. */
import test, { type ExecutionContext } from 'ava'
import type {
  EditAnswer,
  TableDetails,
  ValueAnswer,
  WireValue,
} from '../../packages/studio/src/protocol.ts'
import { openStudio, type OpenStudio } from './open-studio.ts'

const schema = `
  CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT, "odd ""name""" , sum AS (id * 2));
  INSERT INTO note(id, text) VALUES (1, 'one'), (2, 'two'), (3, NULL);
  CREATE TABLE word(lang TEXT, w TEXT COLLATE NOCASE, n INT CHECK (n < 100), PRIMARY KEY (lang, w)) WITHOUT ROWID;
  INSERT INTO word VALUES ('de', 'Haus', 1), ('en', 'house', 2);
  CREATE TABLE plain(a, b);
  INSERT INTO plain VALUES (1, 2), (1, 2);
  CREATE TABLE hides(rowid TEXT, _rowid_ TEXT);
  INSERT INTO hides VALUES ('x', 'y');
  CREATE TABLE parent(id INTEGER PRIMARY KEY);
  CREATE TABLE child(id INTEGER PRIMARY KEY, parent REFERENCES parent);
  CREATE TABLE exact(id INTEGER PRIMARY KEY, v);
  INSERT INTO exact VALUES (1, NULL);
  CREATE VIEW shown AS SELECT id, text FROM note;
  CREATE VIEW edited AS SELECT id, text FROM note;
  CREATE TRIGGER edited_update INSTEAD OF UPDATE ON edited BEGIN UPDATE note SET text = new.text WHERE id = old.id; END;
`

let studio: OpenStudio
/** Each on a studio of its own. */
const withStudio = test.macro(
  async (t: ExecutionContext, run: (t: ExecutionContext) => Promise<void>) => {
    studio = await openStudio(schema)
    try {
      await run(t)
    } finally {
      await studio.close()
    }
  },
)

function stored(sql: string): unknown {
  return studio.database.prepare(sql).raw().all()
}

const values: readonly (readonly [WireValue, string, string])[] = [
  [null, 'null', 'NULL'],
  [0, 'integer', '0'],
  [-5, 'integer', '-5'],
  [9007199254740991, 'integer', '9007199254740991'],
  [['i', '9007199254740993'], 'integer', '9007199254740993'],
  [['i', '-9223372036854775808'], 'integer', '-9223372036854775808'],
  [['i', '9223372036854775807'], 'integer', '9223372036854775807'],
  [['r', '1'], 'real', '1.0'],
  [['r', '0.1'], 'real', '0.1'],
  [['r', '-0'], 'real', '-0.0'],
  [['r', 'Infinity'], 'real', '9.0e+999'],
  [['r', '1e+300'], 'real', '1.0e+300'],
  ['', 'text', "''"],
  ['1', 'text', "'1'"],
  ["it's \n ü 😀", 'text', "'it''s \n ü 😀'"],
  [['b', '', 0], 'blob', "X''"],
  [['b', 'AP8Q', 3], 'blob', "X'00FF10'"],
]

test.serial(
  'studio edits: each value goes to the database and back as it is',
  withStudio,
  async (t) => {
    for (const [value, type, literal] of values) {
      const { row } = await studio.update('exact', await studio.row('exact'), 'v', value)
      t.deepEqual(row!.values[1], value)
      t.deepEqual(stored('SELECT typeof(v) FROM exact'), [[type]], literal)
      t.deepEqual(stored(`SELECT v IS ${literal} FROM exact`), [[1]], literal)
      t.deepEqual((await studio.row('exact')).values[1], value)
    }
  },
)

test.serial('studio edits: what is no value of SQL is refused', withStudio, async (t) => {
  const row = await studio.row('exact')
  const wrong = [
    1.5,
    true,
    ['i', '9223372036854775808'],
    ['i', 'x'],
    ['r', 'x'],
    ['r', ''],
    ['b', 'AP8Q', 9],
    ['t', 'be', 9],
    {},
  ]
  for (const value of wrong) {
    const { status } = await studio.refusal('edit', {
      action: 'update',
      table: 'exact',
      row,
      column: 'v',
      value,
      valuePrint: null,
    })
    t.is(status, 400, JSON.stringify(value))
  }
  t.deepEqual(stored('SELECT v FROM exact'), [[null]])
})

test.serial(
  'studio edits: a row that somebody else has changed is left alone',
  withStudio,
  async (t) => {
    const row = await studio.row('note')
    studio.database.exec("UPDATE note SET text = 'mine' WHERE id = 1")
    const edit = {
      action: 'update',
      table: 'note',
      row,
      column: 'text',
      value: 'yours',
      valuePrint: null,
    }
    const refused = await studio.refusal('edit', edit)
    t.is(refused.status, 409)
    t.is(refused.kind, 'conflict')
    t.deepEqual(stored('SELECT text FROM note WHERE id = 1'), [['mine']])
    studio.database.exec('DELETE FROM note WHERE id = 1')
    t.is((await studio.refusal('edit', edit)).status, 409)
    const gone = { action: 'delete', table: 'note', rows: [row] }
    t.is((await studio.refusal('edit', gone)).status, 409)
  },
)

test.serial(
  'studio edits: a change of letter case or of type is a change, too',
  withStudio,
  async (t) => {
    const row = await studio.row('word')
    studio.database.exec("UPDATE word SET n = 5, w = 'HAUS' WHERE lang = 'de'")
    const edit = { action: 'update', table: 'word', row, column: 'n', value: 9, valuePrint: null }
    t.is((await studio.refusal('edit', edit)).status, 409)
    const exact = await studio.row('exact')
    const { row: next } = await studio.update('exact', exact, 'v', 1)
    studio.database.exec('UPDATE exact SET v = 1.0')
    const other = {
      action: 'update',
      table: 'exact',
      row: next,
      column: 'v',
      value: 2,
      valuePrint: null,
    }
    t.is((await studio.refusal('edit', other)).status, 409)
  },
)

test.serial('studio edits: rows without a rowid are found by their key', withStudio, async (t) => {
  const { row } = await studio.update('word', await studio.row('word', 1), 'w', 'home')
  t.deepEqual(row!.key, ['en', 'home'])
  t.deepEqual(stored("SELECT * FROM word WHERE lang = 'en'"), [['en', 'home', 2]])
  await studio.ask('edit', { action: 'delete', table: 'word', rows: [row] })
  t.deepEqual(stored('SELECT lang FROM word'), [['de']])
})

test.serial('studio edits: one of two rows that are alike is changed', withStudio, async (t) => {
  await studio.update('plain', await studio.row('plain', 1), 'b', 3)
  t.deepEqual(stored('SELECT rowid, a, b FROM plain'), [
    [1, 1, 2],
    [2, 1, 3],
  ])
})

test.serial('studio edits: columns may be called as the rowid is', withStudio, async (t) => {
  const row = await studio.row('hides')
  t.deepEqual(row.key, [1])
  await studio.update('hides', row, '_rowid_', 'z')
  t.deepEqual(stored('SELECT * FROM hides'), [['x', 'z']])
})

test.serial('studio edits: a rowid can be changed', withStudio, async (t) => {
  const { row } = await studio.update('note', await studio.row('note'), 'id', 77)
  t.deepEqual(row!.key, [77])
  t.is(row!.values[3], 154)
})

test.serial('studio edits: names are quoted', withStudio, async (t) => {
  await studio.update('note', await studio.row('note'), 'odd "name"', "'); DROP TABLE note; --")
  t.deepEqual(stored('SELECT "odd ""name""" FROM note WHERE id = 1'), [["'); DROP TABLE note; --"]])
  const injected = { action: 'insert', table: 'note', values: { 'id) VALUES (9); --': 1 } }
  t.is((await studio.refusal('edit', injected)).status, 400)
  t.is((await studio.refusal('table', { table: 'note"; DROP TABLE note; --' })).status, 404)
})

test.serial(
  'studio edits: constraints speak in SQLite’s words, and nothing is left open',
  withStudio,
  async (t) => {
    const row = await studio.row('word')
    const check = {
      action: 'update',
      table: 'word',
      row,
      column: 'n',
      value: 100,
      valuePrint: null,
    }
    t.like(await studio.refusal('edit', check), {
      code: 'SQLITE_CONSTRAINT_CHECK',
      message: 'CHECK constraint failed: n < 100',
    })
    const unique = { action: 'insert', table: 'note', values: { id: 1 } }
    t.like(await studio.refusal('edit', unique), {
      code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
      message: 'UNIQUE constraint failed: note.id',
    })
    const key = { action: 'insert', table: 'child', values: { parent: 9 } }
    t.like(await studio.refusal('edit', key), {
      code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
      message: 'FOREIGN KEY constraint failed',
    })
    studio.database.exec('INSERT INTO plain VALUES (7, 7)')
    t.is((await studio.update('word', row, 'n', 99)).changes, 1)
  },
)

test.serial('studio edits: rows are inserted, with what is left out', withStudio, async (t) => {
  const { row } = await studio.ask<EditAnswer>('edit', {
    action: 'insert',
    table: 'note',
    values: { text: 'four' },
  })
  t.deepEqual(row!.values, [4, 'four', null, 8])
  const { row: empty } = await studio.ask<EditAnswer>('edit', {
    action: 'insert',
    table: 'note',
    values: {},
  })
  t.deepEqual(empty!.key, [5])
})

test.serial('studio edits: several rows are deleted, all or none', withStudio, async (t) => {
  const { rows } = await studio.rows({ table: 'note' })
  studio.database.exec("UPDATE note SET text = 'new' WHERE id = 3")
  t.is((await studio.refusal('edit', { action: 'delete', table: 'note', rows })).status, 409)
  t.deepEqual(stored('SELECT count(*) FROM note'), [[3]])
  const { changes } = await studio.ask<EditAnswer>('edit', {
    action: 'delete',
    table: 'note',
    rows: rows.slice(0, 2),
  })
  t.is(changes, 2)
  t.deepEqual(stored('SELECT id FROM note'), [[3]])
})

test.serial(
  'studio edits: generated columns and views are not edited, except by triggers',
  withStudio,
  async (t) => {
    const row = await studio.row('note')
    const generated = {
      action: 'update',
      table: 'note',
      row,
      column: 'sum',
      value: 1,
      valuePrint: null,
    }
    t.is((await studio.refusal('edit', generated)).status, 400)
    const shown = await studio.ask<TableDetails>('table', { table: 'shown' })
    t.deepEqual(shown.can, { insert: false, update: false, delete: false })
    const edited = await studio.ask<TableDetails>('table', { table: 'edited' })
    t.deepEqual(edited.can, { insert: false, update: true, delete: false })
    await studio.update('edited', await studio.row('edited'), 'text', 'by trigger')
    t.deepEqual(stored('SELECT text FROM note WHERE id = 1'), [['by trigger']])
    const stale = {
      action: 'update',
      table: 'edited',
      row: { key: [1, 'one'], print: 'x' },
      column: 'text',
      value: '',
      valuePrint: null,
    }
    t.is((await studio.refusal('edit', stale)).status, 400)
  },
)

test.serial('studio edits: tables of SQLite itself are not edited', withStudio, async (t) => {
  const row = await studio.row('sqlite_schema')
  const edit = {
    action: 'update',
    table: 'sqlite_schema',
    row,
    column: 'sql',
    value: '',
    valuePrint: null,
  }
  t.is((await studio.refusal('edit', edit)).status, 400)
})

test.serial('studio edits: of a long value its end counts, too', withStudio, async (t) => {
  const long = 'ü'.repeat(5000)
  studio.database.prepare('UPDATE exact SET v = ?').run(`${long}a`)
  const row = await studio.row('exact')
  t.deepEqual(row.values[1], ['t', 'ü'.repeat(512), 10_001])
  const answer = await studio.ask<ValueAnswer>('value', {
    table: 'exact',
    column: 'v',
    key: row.key,
  })
  t.is(answer.value, `${long}a`)
  studio.database.prepare('UPDATE exact SET v = ?').run(`${long}b`)
  const edit = {
    action: 'update',
    table: 'exact',
    row,
    column: 'v',
    value: 'x',
    valuePrint: answer.print,
  }
  t.is((await studio.refusal('edit', edit)).status, 409)
  t.deepEqual(stored('SELECT length(v) FROM exact'), [[5001]])
})

test.serial(
  'studio edits: an edit waits for a writer, and says so when it is not let in',
  withStudio,
  async (t) => {
    const row = await studio.row('plain')
    studio.database.exec('BEGIN IMMEDIATE')
    const waiting = studio.update('plain', row, 'a', 5)
    await studio.row('plain')
    studio.database.exec('COMMIT')
    t.is((await waiting).changes, 1)
  },
)

test('studio edits: a database for reading is not written', async (t) => {
  const own = await openStudio('CREATE TABLE t(a); INSERT INTO t VALUES (1)', { readonly: true })
  const details = await own.ask<TableDetails>('table', { table: 't' })
  t.regex(details.fixed!, /reading only/)
  const row = await own.row('t')
  const edit = { action: 'update', table: 't', row, column: 'a', value: 2, valuePrint: null }
  t.is((await own.refusal('edit', edit)).status, 400)
  const [, failed] = await own.sql('INSERT INTO t VALUES (2)')
  t.like(failed, { kind: 'error', failure: { code: 'SQLITE_READONLY' } })
  await own.close()
})
