/**
 * What a workload is made of. A round answers the number of its operations, and how many ms they took where not all of it counts.
 *
 * A workload that changes its data says by `setUp`, a list of SQL, what has to be there: that is made before each round, and by another process before a
 * *cold* round, the only one of its process. `begin` then prepares what a round needs, and answers the round.
 */
import { stopwatch } from './clock.mjs'

/** A query over a whole table: one operation is one of `rows`, or one query where that is not said. */
export function query(name, goal, sql, rows = 1, data = 'shop') {
  const begin = (db) => {
    const statement = db.prepare(sql)
    return () => {
      statement.all()
      return rows
    }
  }
  return { name, goal, unit: rows === 1 ? 'ops' : 'rows', data, setUp: [], prepare: begin, begin }
}

/** `count` look-ups of one row, whose keys `key` draws. */
export function lookups(name, goal, sql, key, { data = 'shop', count = 2000 } = {}) {
  const begin = (db) => {
    const statement = db.prepare(sql)
    const next = key()
    return () => {
      for (let i = 0; i < count; i++) statement.get(next())
      return count
    }
  }
  return { name, goal, unit: 'ops', data, setUp: [], prepare: begin, begin }
}

/** Something else that finds what it needs in the data, and leaves it there. */
export function repeated(name, goal, unit, begin) {
  return { name, goal, unit, data: 'shop', setUp: [], prepare: begin, begin }
}

/** A change of `rows` rows. */
export function change(name, goal, rows, setUp, begin) {
  const prepare = (db) => () => {
    for (const sql of setUp) db.exec(sql)
    const round = begin(db)
    const passed = stopwatch()
    round()
    return { operations: rows, ms: passed() }
  }
  return {
    name,
    goal,
    unit: 'rows',
    data: 'shop',
    setUp,
    prepare,
    begin: (db) => {
      const round = begin(db)
      return () => {
        round()
        return rows
      }
    },
  }
}

/** A change that is one statement. */
export function statement(name, goal, rows, setUp, sql) {
  return change(name, goal, rows, setUp, (db) => () => void db.exec(sql))
}
