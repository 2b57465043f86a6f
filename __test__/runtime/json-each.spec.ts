/** The rows of json_each and json_tree and their JSONB forms: all columns of all rows, and the errors, as SQLite's tables of these names have them. */
import test from 'ava'
import { JsonEachCursor, jsonEachColumns } from '../../packages/engine/src/runtime/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { literal, openOracle, show } from '../support/oracle.ts'

const documents: readonly Value[] = [
  '[]',
  '{}',
  '5',
  '"x"',
  'null',
  '[1,[2,[3,4],{}],{"a":{"b":[5,6]}},"t",null,true,1.5]',
  '{"a":1,"b":{"c":[10,{"d":"e"}],"":2,"a b":3,"a.b":4,"\\u0061x":5,"é":6,"x1":7},"z":[[],{}]}',
  "{a:0x10,'q\"r':[+1,.5,],// comment\n}",
  ' [ 1 , 2 ] ',
  '{"a":1,"a":2}',
  '[[[[[[1]]]]]]',
  '{"long label of more than eleven bytes":["a long text of more than eleven bytes"]}',
  null,
  12,
  '[1,',
  '',
  new Uint8Array([0x0b]),
  new Uint8Array([0x4c, 0x17, 0x61, 0x13, 0x31]),
  new Uint8Array([0x7b, 0x13, 0x31, 0x4c, 0x17, 0x61, 0x13, 0x32]),
  new Uint8Array([0x9b, 0x13, 0x31, 0x13, 0x32, 0xcb, 0xff, 0x13, 0x33, 0x00]),
  new Uint8Array([0x5b, 0x31, 0x5d]),
]

const roots: readonly (Value | undefined)[] = [
  undefined,
  '$',
  '$.a',
  '$.b',
  '$.b.c',
  '$.b.c[1]',
  '$[0]',
  '$[1]',
  '$[1][1]',
  '$[#-1]',
  '$.b."a b"',
  '$.none',
  '$[99]',
  null,
  'a',
  '$.',
  '$[x]',
]

const names = ['json_each', 'json_tree', 'jsonb_each', 'jsonb_tree']

function ours(cursor: JsonEachCursor, json: Value, root: Value | undefined): string {
  const rows: string[] = []
  try {
    cursor.open(json, root)
    while (cursor.next()) {
      const row = jsonEachColumns.map((_, column) => cursor.column(column))
      rows.push([...row, cursor.rowid].map(show).join(' | '))
    }
  } catch (error) {
    return `error ${(error as Error).message}`
  }
  return rows.join('\n')
}

test('json_each: rows, columns and errors are those of SQLite', async (t) => {
  const oracle = openOracle()
  if (oracle === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  t.teardown(() => oracle.close())
  const asked = names.flatMap((name) => {
    const cursor = new JsonEachCursor(name.endsWith('tree'), name.startsWith('jsonb'))
    return documents.flatMap((json) =>
      roots.map((root) => {
        const args = root === undefined ? literal(json) : `${literal(json)}, ${literal(root)}`
        const sql = `SELECT ${jsonEachColumns.join(', ')}, rowid FROM ${name}(${args})`
        return { sql, ours: ours(cursor, json, root) }
      }),
    )
  })
  const answers = await Promise.all(
    asked.map(({ sql }) =>
      oracle.query(sql).then(
        (rows) => rows.map((row) => row.map(show).join(' | ')).join('\n'),
        (error: Error) => `error ${error.message}`,
      ),
    ),
  )
  const different = asked.filter((one, i) => one.ours !== answers[i])
  for (const one of different.slice(0, 5)) t.is(one.ours, answers[asked.indexOf(one)]!, one.sql)
  t.is(different.length, 0)
})

test('json_each: what is read may be opened again', (t) => {
  const cursor = new JsonEachCursor(true, false)
  cursor.open('[1,{"a":2}]')
  t.true(cursor.next())
  cursor.open('[7]')
  const keys: Value[] = []
  while (cursor.next()) keys.push(cursor.column(1))
  t.deepEqual(keys, ['[7]', 7])
  cursor.close()
  t.false(cursor.next())
})
