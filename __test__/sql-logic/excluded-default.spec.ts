/** `excluded` of a column in which NOT NULL has put its default (ON CONFLICT REPLACE). */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

test('excluded: a default that NOT NULL ON CONFLICT REPLACE has put in the place of NULL', async (t) => {
  const columns = [
    'b NOT NULL ON CONFLICT REPLACE DEFAULT 7',
    "b TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 5, c DEFAULT 'c'",
    'b INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT (abs(-3)), c REAL NOT NULL ON CONFLICT REPLACE DEFAULT 2',
    'b TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 5 CHECK (b <> 9)',
    'b TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 5, g AS (b || 1)',
  ]
  const keys = ['id INTEGER PRIMARY KEY', 'id PRIMARY KEY', 'id UNIQUE']
  for (const column of columns) {
    for (const key of keys) {
      const isKeyed = key === 'id PRIMARY KEY'
      await sameAnswers(
        t,
        [
          `CREATE TABLE t(${key}, ${column}, seen DEFAULT 0)${isKeyed ? ' WITHOUT ROWID' : ''}`,
          "INSERT INTO t(id, b) VALUES (1, 'x'), (2, 'y')",
        ],
        [
          'INSERT INTO t(id, b) VALUES (1, NULL) ON CONFLICT(id) DO UPDATE SET seen = excluded.b',
          "INSERT INTO t(id, b) VALUES (2, NULL), (3, NULL), (1, 4), (3, 'z') ON CONFLICT(id) DO UPDATE SET seen = excluded.b",
          'INSERT INTO t(id, b) SELECT id, NULL FROM t WHERE true ON CONFLICT DO UPDATE SET seen = typeof(excluded.b)',
          'SELECT *, typeof(seen) FROM t',
        ],
      )
    }
  }
})
