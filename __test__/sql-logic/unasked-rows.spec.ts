/** Which rows an expression that may fail is asked for: the values of a correlated IN all, rows that nobody looks up not at all. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE o(k INTEGER, wanted INTEGER)',
  'CREATE TABLE i(k INTEGER, value TEXT)',
  'INSERT INTO o VALUES(1, 1), (1, 1)',
  "INSERT INTO i VALUES(1, '1'), (1, 'bad'), (99, 'bad')",
]

test('unasked rows: IN collects all values of a query first', (t) =>
  sameAnswers(t, setup, [
    "SELECT count(*) FROM o WHERE o.wanted IN (SELECT json_extract(i.value, '$') FROM i WHERE i.k = o.k)",
    "SELECT o.wanted NOT IN (SELECT json_extract(i.value, '$') FROM i WHERE i.k = o.k) FROM o",
    "SELECT (o.wanted, 1) IN (SELECT json_extract(i.value, '$'), 1 FROM i WHERE i.k = o.k) FROM o",
    "SELECT (o.wanted, 1) IN (SELECT json_extract(i.value, '$'), 1 FROM i WHERE i.k = o.k AND json_valid(value)) FROM o",
    "SELECT o.wanted + 1 IN (SELECT nullif(json_extract(i.value, '$'), 1) FROM i WHERE i.k = o.k AND json_valid(value)) FROM o",
  ]))

test('unasked rows: a condition beside the one that a query is looked up by', (t) =>
  sameAnswers(t, setup, [
    "SELECT (SELECT count(*) FROM i WHERE i.k = o.k + 1 AND json_extract(i.value, '$') > 0) FROM o",
    "SELECT (SELECT count(*) FROM i WHERE i.k = o.k AND json_extract(i.value, '$') > 0) FROM o",
    "SELECT (SELECT count(*) FROM i JOIN i j ON j.k = i.k WHERE i.k = o.k + 1 AND json_extract(i.value, '$') > 0) FROM o",
  ]))
