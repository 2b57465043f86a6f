/** The reader of recorded steps and what it takes for an answer, over samples written for this. */
import test from 'ava'
import { createHash } from 'node:crypto'
import { SqliteError } from '../../packages/engine/src/index.ts'
import { judgeError, judgeRows, readTcl, type Step } from '../support/corpus/tcl.ts'

test('tcl reader: a reset begins a segment, steps are counted through the file', (t) => {
  const text = [
    '{"reset":true}',
    '{"name":"a-1","sql":"SELECT 1","expect":["1"]}',
    '{"reopen":true}',
    '{"sql":"SELECT 2"}',
    '{"reset":true}',
    '{"name":"a-2","sql":"SELECT 3"}',
    '',
  ].join('\n')
  const shown = readTcl(text).map((segment) =>
    segment.map((line) => (line.kind === 'step' ? `${line.index} ${line.step.sql}` : line.kind)),
  )
  t.deepEqual(shown, [
    ['reset', '0 SELECT 1', 'reopen', '1 SELECT 2'],
    ['reset', '2 SELECT 3'],
  ])
})

const step = (of: Partial<Step>): Step => ({ sql: 'SELECT', ...of })

test('tcl comparison: values are a flat list of texts, NULL and BLOBs apart', (t) => {
  const rows = [[1n, 'x', null, new Uint8Array([0xab])]]
  t.is(judgeRows(step({ expect: ['1', 'x', null, { blob: 'ab' }] }), rows), null)
  t.not(judgeRows(step({ expect: ['1', 'x', 'NULL', { blob: 'ab' }] }), rows), null)
  t.not(judgeRows(step({ expect: ['1', 'x', null] }), rows), null)
  t.not(judgeRows(step({ expect: ['xab'] }), [[new Uint8Array([0xab])]]), null)
  t.is(judgeRows(step({}), rows), null)
})

test('tcl comparison: a REAL has a point and agrees to 15 digits', (t) => {
  t.is(judgeRows(step({ expect: ['1.0', '1.0e+20'] }), [[1, 1e20]]), null)
  t.is(judgeRows(step({ expect: ['0.3'] }), [[0.30000000000000004]]), null)
  t.not(judgeRows(step({ expect: ['1.0'] }), [[1n]]), null)
  t.not(judgeRows(step({ expect: ['1'] }), [[1]]), null)
  t.is(judgeRows(step({ expect: ['-Inf'] }), [[-Infinity]]), null)
})

test('tcl comparison: without ORDER BY rows may come in any order where their width is known', (t) => {
  const rows = [
    [1n, 2n],
    [3n, 4n],
  ]
  t.is(judgeRows(step({ expect: ['3', '4', '1', '2'], columns: 2 }), rows), null)
  t.not(judgeRows(step({ expect: ['2', '1', '4', '3'], columns: 2 }), rows), null)
  t.not(judgeRows(step({ expect: ['3', '4', '1', '2'] }), rows), null)
  const ordered = step({
    sql: 'SELECT * FROM t ORDER  BY a',
    expect: ['3', '4', '1', '2'],
    columns: 2,
  })
  t.not(judgeRows(ordered, rows), null)
})

test('tcl comparison: many values are compared by number and hash', (t) => {
  const md5 = createHash('md5').update("1\nNULL\nx'00ff'\nab\n").digest('hex')
  const rows = [
    [1n, null],
    [new Uint8Array([0, 255]), 'ab'],
  ]
  t.is(judgeRows(step({ values: 4, md5 }), rows), null)
  t.not(judgeRows(step({ values: 5, md5 }), rows), null)
})

test('tcl comparison: an error has exactly that sentence and code', (t) => {
  const wanted = step({ error: 'no such table: t', code: 'SQLITE_ERROR' })
  t.is(judgeError(wanted, new SqliteError('no such table: t', 'SQLITE_ERROR')), null)
  t.not(judgeError(wanted, new SqliteError('no such table: main.t', 'SQLITE_ERROR')), null)
  t.not(judgeError(wanted, new SqliteError('no such table: t', 'SQLITE_READONLY')), null)
  t.not(judgeRows(wanted, []), null)
  t.is(
    judgeError(step({ expect: [] }), new TypeError('oops'))!.group.startsWith('TypeError: oops'),
    true,
  )
})
