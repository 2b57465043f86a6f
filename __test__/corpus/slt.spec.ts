/** The reader of sqllogictest scripts, over a sample written for this. */
import test from 'ava'
import { openEngine } from '../support/engine.ts'
import { parseScript, runScript } from '../support/sqllogictest.ts'

const sample = `# a comment
statement ok
CREATE TABLE t(a INTEGER,
# taken out
b TEXT)

onlyif mysql # some reason
statement ok
nonsense

skipif mysql
statement ok
INSERT INTO t VALUES(2,'x'),(1,NULL),(3,'é')

statement error
SELECT nothing

query IT nosort
SELECT * FROM t
----
2
x
1
NULL
3
@@

query IT rowsort label-1
SELECT a, '' FROM t WHERE a < 3
----
1
(empty)
2
(empty)

query R valuesort
SELECT a / 2.0 FROM t
----
0.500
1.000
1.500

hash-threshold 2

query I
SELECT a FROM t ORDER BY a
----
3 values hashing to d577adc54e95f42f15de2e7c134669888b7d6fb74df97bd62cb4f5b73c281db4

halt

statement ok
never
`

test('slt reader: records for SQLite are kept, up to halt', (t) => {
  const shown = [...parseScript(sample)].map(({ kind, line, ok }) => `${line} ${kind} ${ok}`)
  t.deepEqual(shown, [
    '1 statement true',
    '11 statement true',
    '15 statement false',
    '18 query true',
    '28 query true',
    '36 query true',
    '45 query true',
  ])
})

test('slt runner: answers are compared as texts, sorted and hashed as the record says', (t) => {
  const engine = openEngine()
  const { run, failures } = runScript(sample, engine)
  engine.close()
  t.is(run, 7)
  // The hash of the last one is wrong on purpose.
  t.deepEqual(
    failures.map(({ line }) => line),
    [45],
  )
})
