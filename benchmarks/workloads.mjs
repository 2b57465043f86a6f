/**
 * The single-process workloads. Each has SQL, what counts as one operation, and the body of one round; the
 * runner repeats rounds for a while and takes the best of three. All engines see the same data and the same
 * sequence of keys.
 */
export const rowCount = 300_000
const groupCount = 100

function generator(seed) {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heron',
  'islet',
  'jetty',
]

export function makeData(db) {
  const random = generator(7)
  db.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE item(id INTEGER PRIMARY KEY, code INTEGER, name TEXT, grp INTEGER, price REAL, qty INTEGER);
    CREATE TABLE category(id INTEGER PRIMARY KEY, label TEXT);
    CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
  `)
  const item = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)')
  const doc = db.prepare('INSERT INTO doc VALUES (?, ?)')
  const category = db.prepare('INSERT INTO category VALUES (?, ?)')
  db.exec('BEGIN')
  for (let id = 1; id <= rowCount; id++) {
    const name = `${words[random(10)]} ${words[random(10)]} ${random(100_000)}`
    item.run(
      id,
      (id * 7_919) % 1_000_003,
      name,
      random(groupCount),
      random(100_000) / 100,
      random(1000),
    )
  }
  for (let id = 0; id < groupCount; id++) category.run(id, `category ${id}`)
  for (let id = 1; id <= 50_000; id++)
    doc.run(id, JSON.stringify({ n: random(1000), tags: ['a', 'b'], name: words[random(10)] }))
  db.exec('COMMIT')
  db.exec('CREATE INDEX item_code ON item(code)')
}

/** A query over the whole table: one operation is one row of the table. */
function scan(name, goal, sql, rows = rowCount) {
  return {
    name,
    goal,
    unit: 'rows',
    prepare: (db) => {
      const statement = db.prepare(sql)
      return () => {
        statement.all()
        return rows
      }
    },
  }
}

function lookups(name, goal, sql, key, count = 2000) {
  return {
    name,
    goal,
    unit: 'ops',
    prepare: (db) => {
      const statement = db.prepare(sql)
      const random = generator(11)
      return () => {
        for (let i = 0; i < count; i++) statement.get(key(random))
        return count
      }
    },
  }
}

const insertRows = 50_000

function insert(name, goal, indexes) {
  return {
    name,
    goal,
    unit: 'rows',
    prepare: (db) => {
      db.exec(
        'PRAGMA synchronous = NORMAL; DROP TABLE IF EXISTS made; CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)',
      )
      for (const column of indexes) db.exec(`CREATE INDEX made_${column} ON made(${column})`)
      const statement = db.prepare('INSERT INTO made(a, b, c) VALUES (?, ?, ?)')
      const random = generator(13)
      return () => {
        db.exec('DELETE FROM made')
        db.exec('BEGIN')
        const start = performance.now()
        for (let i = 0; i < insertRows; i++)
          statement.run(random(1_000_000), `text ${random(1_000_000)}`, i / 7)
        db.exec('COMMIT')
        return { operations: insertRows, ms: performance.now() - start }
      }
    },
  }
}

/** Keys that come in no order, under an index of one `kind`: UNIQUE or plain. */
function insertKeys(name, goal, kind) {
  return {
    name,
    goal,
    unit: 'rows',
    prepare: (db) => {
      db.exec(
        'PRAGMA synchronous = NORMAL; DROP TABLE IF EXISTS made; CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT)',
      )
      db.exec(`CREATE ${kind} INDEX made_b ON made(b)`)
      const statement = db.prepare('INSERT INTO made(a, b) VALUES (?, ?)')
      const random = generator(19)
      return () => {
        db.exec('DELETE FROM made')
        db.exec('BEGIN')
        const start = performance.now()
        for (let i = 0; i < 2 * insertRows; i++)
          statement.run(i, `key ${random(1_000_000)} of row ${i}`)
        db.exec('COMMIT')
        return { operations: 2 * insertRows, ms: performance.now() - start }
      }
    },
  }
}

const changedRows = 20_000

/** Statements that change one row each, in one transaction, of which each has a trigger note something. */
function triggered(event, goal, sql, args) {
  return {
    name: `${event.toLowerCase()} with a trigger`,
    goal,
    unit: 'rows',
    prepare: (db) => {
      db.exec(
        `PRAGMA synchronous = NORMAL; DROP TABLE IF EXISTS made; DROP TABLE IF EXISTS noted;
        CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT); CREATE TABLE noted(id, was, text);
        CREATE TRIGGER note AFTER ${event} ON made BEGIN
          INSERT INTO noted VALUES (${event === 'INSERT' ? 'new.id, NULL, new.b' : 'old.id, old.a, old.b'});
        END`,
      )
      const fill = db.prepare('INSERT INTO made(id, a, b) VALUES (?, ?, ?)')
      const statement = db.prepare(sql)
      const random = generator(23)
      return () => {
        db.exec('BEGIN; DELETE FROM made; DELETE FROM noted')
        if (event !== 'INSERT')
          for (let i = 1; i <= changedRows; i++) fill.run(i, i % 1000, `text ${i}`)
        db.exec('COMMIT; BEGIN')
        const start = performance.now()
        for (let i = 1; i <= changedRows; i++) statement.run(...args(i, random))
        db.exec('COMMIT')
        return { operations: changedRows, ms: performance.now() - start }
      }
    },
  }
}

/** Statements that write a whole table, or all of them, anew; of the rows of the largest table. */
const vacuum = {
  name: 'VACUUM',
  goal: 1,
  unit: 'rows',
  prepare: (db) => () => {
    db.exec('VACUUM')
    return rowCount
  },
}

const dropColumn = {
  name: 'DROP COLUMN',
  goal: 1,
  unit: 'rows',
  prepare: (db) => () => {
    db.exec(`DROP TABLE IF EXISTS wide; CREATE TABLE wide(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL);
      INSERT INTO wide SELECT id, code, name, price FROM item WHERE id <= ${changedRows}`)
    const start = performance.now()
    db.exec('ALTER TABLE wide DROP COLUMN b')
    return { operations: changedRows, ms: performance.now() - start }
  },
}

const autocommit = {
  name: 'autocommit insert, NORMAL',
  goal: 1.2,
  unit: 'rows',
  prepare: (db) => {
    db.exec(
      'PRAGMA synchronous = NORMAL; DROP TABLE IF EXISTS made; CREATE TABLE made(id INTEGER PRIMARY KEY, a INTEGER, b TEXT)',
    )
    const statement = db.prepare('INSERT INTO made(a, b) VALUES (?, ?)')
    return () => {
      for (let i = 0; i < 2000; i++) statement.run(i, 'some text of a row')
      return 2000
    }
  },
}

const range = {
  name: 'range of 100 rows to objects',
  goal: 2,
  unit: 'rows',
  prepare: (db) => {
    const statement = db.prepare('SELECT id, name, price FROM item WHERE id BETWEEN ? AND ?')
    const random = generator(17)
    return () => {
      let rows = 0
      for (let i = 0; i < 200; i++) {
        const low = random(rowCount - 100)
        rows += statement.all(low + 1, low + 100).length
      }
      return rows
    }
  },
}

const distinctTexts = {
  name: 'prepare + run, distinct SQL texts',
  goal: 1,
  unit: 'ops',
  prepare: (db) => {
    let n = 0
    return () => {
      for (let i = 0; i < 500; i++) {
        n++
        db.prepare(`SELECT name, price FROM item WHERE id = ${1 + (n % rowCount)}`).get()
      }
      return 500
    }
  },
}

export const workloads = [
  lookups(
    'point lookup by rowid',
    3,
    'SELECT id, name, price FROM item WHERE id = ?',
    (random) => 1 + random(rowCount),
  ),
  lookups(
    'lookup by secondary index',
    2,
    'SELECT id, name FROM item WHERE code = ?',
    (random) => ((1 + random(rowCount)) * 7_919) % 1_000_003,
  ),
  range,
  scan('filter + sum', 1.3, 'SELECT sum(qty) FROM item WHERE price > 500'),
  scan('group by, 100 groups', 5, 'SELECT grp, count(*), sum(price) FROM item GROUP BY grp'),
  scan(
    'join with a small table, grouped',
    5,
    'SELECT c.label, count(*), sum(i.price) FROM item i JOIN category c ON c.id = i.grp GROUP BY c.label',
  ),
  scan('order by … limit 10', 1.2, 'SELECT id, price FROM item ORDER BY price DESC LIMIT 10'),
  scan('full sort to rows', 2, 'SELECT id, name, price FROM item ORDER BY name'),
  scan('all rows to objects', 2, 'SELECT id, code, name, grp, price, qty FROM item'),
  scan('LIKE scan', 1.5, "SELECT count(*) FROM item WHERE name LIKE '%heron 99%'"),
  scan('json_extract scan', 1.5, "SELECT sum(json_extract(body, '$.n')) FROM doc", 50_000),
  scan(
    'window row_number',
    3,
    'SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY price) AS r FROM item)',
  ),
  scan(
    'recursive CTE',
    5,
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT count(*) FROM c',
    100_000,
  ),
  scan('json_group_array', 1, 'SELECT length(json_group_array(name)) FROM item'),
  scan(
    'json_object, grouped',
    1,
    "SELECT grp, json_group_array(json_object('id', id, 'name', name)) FROM item GROUP BY grp",
  ),
  scan('json_set scan', 1, "SELECT sum(length(json_set(body, '$.n', id))) FROM doc", 50_000),
  scan(
    'json_each join',
    1,
    "SELECT value, count(*) FROM doc, json_each(body, '$.tags') GROUP BY value",
    50_000,
  ),
  scan(
    'full join, aggregate',
    1,
    'SELECT count(*), sum(i.price), count(d.id) FROM item i FULL JOIN doc d ON d.id = i.code',
  ),
  scan(
    'dates by month',
    1,
    "SELECT strftime('%Y-%m', id * 10000, 'unixepoch') AS m, count(*) FROM item GROUP BY m",
  ),
  distinctTexts,
  insert('insert, one transaction', 1.2, []),
  insert('insert with two indexes', 1.2, ['a', 'b']),
  insertKeys('insert with a text index', 1, ''),
  insertKeys('insert with a UNIQUE text index', 1, 'UNIQUE'),
  autocommit,
  triggered('INSERT', 1, 'INSERT INTO made(a, b) VALUES (?, ?)', (i) => [i, `text ${i}`]),
  triggered('UPDATE', 1, 'UPDATE made SET a = ? WHERE id = ?', (_, random) => [
    random(1000),
    1 + random(changedRows),
  ]),
  triggered('DELETE', 1, 'DELETE FROM made WHERE id = ?', (i) => [i]),
  dropColumn,
  vacuum,
]
