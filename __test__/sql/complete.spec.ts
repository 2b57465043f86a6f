/** Whether a text is finished: what a shell asks after each line. */
import test from 'ava'
import { isComplete } from '../../packages/engine/src/sql/index.ts'

test('complete: a semicolon outside quotes and comments finishes a statement', (t) => {
  t.true(isComplete('SELECT 1;'))
  t.true(isComplete('SELECT 1; -- done'))
  t.true(isComplete("SELECT ';';"))
  t.true(isComplete(' ; '))
  t.false(isComplete(''))
  t.false(isComplete('SELECT 1'))
  t.false(isComplete("SELECT ';"))
  t.false(isComplete('SELECT [;'))
  t.false(isComplete('SELECT 1 /* ;'))
  t.false(isComplete('SELECT 1; SELECT'))
})

test('complete: a trigger is finished by END and a semicolon', (t) => {
  const trigger = 'CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1;'
  t.false(isComplete(trigger))
  t.false(isComplete(`${trigger} END`))
  t.true(isComplete(`${trigger} END;`))
  t.true(isComplete(`EXPLAIN ${trigger} END;`))
  t.false(isComplete(`${trigger} SELECT 2;`))
  t.true(isComplete('CREATE TABLE trigger(a);'))
})
