/**
 * Statements that each ask for one feature of the language, over 300,000 rows. All answers are a few rows, so what is measured is the
 * feature, not the hand-over of rows.
 */
export const rowCount = Number(process.env.ROWS ?? 300_000)
const nodeCount = 100_000

function generator(seed) {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const words = 'amber birch cedar delta ember fjord grove heron islet jetty'.split(' ')
const pad = (n) => String(n).padStart(2, '0')

export function makeData(db) {
  const random = generator(7)
  db.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE item(id INTEGER PRIMARY KEY, code INTEGER, name TEXT, grp INTEGER, bucket INTEGER, price REAL, qty INTEGER, at TEXT);
    CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
    CREATE TABLE node(id INTEGER PRIMARY KEY, parent INTEGER, label TEXT);
    CREATE TABLE edge(a INTEGER, b INTEGER);
    CREATE TABLE binary_doc(id INTEGER PRIMARY KEY, body BLOB);
    CREATE TABLE author(id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE post(id INTEGER PRIMARY KEY, author INTEGER, title TEXT, at TEXT);
    CREATE TABLE account(id INTEGER PRIMARY KEY, name TEXT, balance INTEGER, changed INTEGER DEFAULT 0);
    CREATE TABLE log(id INTEGER PRIMARY KEY, account INTEGER, old INTEGER, new INTEGER, what TEXT);
    CREATE TABLE total(id INTEGER PRIMARY KEY, n INTEGER, amount INTEGER);
    CREATE TABLE pair(a INTEGER, b INTEGER, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
  `)
  const item = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const doc = db.prepare('INSERT INTO doc VALUES (?, ?)')
  const node = db.prepare('INSERT INTO node VALUES (?, ?, ?)')
  const edge = db.prepare('INSERT INTO edge VALUES (?, ?)')
  db.exec('BEGIN')
  for (let id = 1; id <= rowCount; id++) {
    const name = `${words[random(10)]} ${words[random(10)]} ${random(100_000)}`
    const day = `20${pad(random(25))}-${pad(1 + random(12))}-${pad(1 + random(28))}`
    const at = `${day} ${pad(random(24))}:${pad(random(60))}:${pad(random(60))}`
    const qty = random(20) === 0 ? null : random(1000)
    const price = random(100_000) / 100
    item.run(id, (id * 7_919) % 1_000_003, name, random(100), random(30_000), price, qty, at)
    const body = { n: random(1000), tags: ['a', 'b'], name: words[random(10)] }
    doc.run(id, JSON.stringify(body))
  }
  for (let id = 1; id <= nodeCount; id++)
    node.run(id, id === 1 ? null : 1 + random(id - 1), `n${id}`)
  for (let i = 0; i < nodeCount; i++) edge.run(1 + random(20_000), 1 + random(20_000))
  db.exec(`
    INSERT INTO binary_doc SELECT id, jsonb(body) FROM doc;
    INSERT INTO author SELECT id, name FROM item WHERE id <= 20000;
    INSERT INTO post SELECT id, 1 + id * 7919 % 20000, name, at FROM item WHERE id <= 100000;
    INSERT INTO account(id, name, balance) SELECT id, name, grp FROM item WHERE id <= 50000;
    INSERT INTO total VALUES (1, 0, 0);
    INSERT INTO pair SELECT grp, id, name FROM item WHERE id <= 100000;
    COMMIT;
    CREATE INDEX post_author ON post(author);
    CREATE INDEX pair_c ON pair(c);
    CREATE INDEX item_code ON item(code);
    CREATE INDEX item_bucket ON item(bucket, id);
    CREATE INDEX node_parent ON node(parent);
    CREATE INDEX edge_a ON edge(a, b);
    CREATE TRIGGER account_added AFTER INSERT ON account BEGIN
      INSERT INTO log(account, new, what) VALUES (new.id, new.balance, 'added');
    END;
    CREATE TRIGGER account_changed AFTER UPDATE OF balance ON account WHEN old.balance IS NOT new.balance BEGIN
      INSERT INTO log(account, old, new, what) VALUES (new.id, old.balance, new.balance, 'changed');
    END;
    CREATE TRIGGER account_refused BEFORE UPDATE OF name ON account WHEN new.name = '' BEGIN
      SELECT RAISE(ABORT, 'an account has a name');
    END;
    CREATE TRIGGER account_stamped AFTER UPDATE OF name ON account BEGIN
      UPDATE account SET changed = changed + 1 WHERE id = new.id;
    END;
    CREATE TRIGGER account_gone AFTER DELETE ON account BEGIN
      UPDATE total SET n = n + 1, amount = amount + old.balance WHERE id = 1;
    END`)
}

const over = (call, window, from = 'item') =>
  `SELECT count(w), sum(w) FROM (SELECT ${call} OVER (${window}) AS w FROM ${from})`
const some = 'item WHERE id <= 60000'

/** `[name, SQL]`, by family; of a statement that writes also a question about what it has written, which is taken back then. */
export const families = {
  json: [
    ['json_extract', "SELECT sum(json_extract(body, '$.n')) FROM doc"],
    ['->> of a text', "SELECT count(*) FROM doc WHERE body ->> 'name' = 'fjord'"],
    ['-> of an array', "SELECT max(body -> '$.tags') FROM doc"],
    ['json_group_array of numbers', 'SELECT length(json_group_array(id)) FROM item'],
    ['json_group_array of texts', 'SELECT length(json_group_array(name)) FROM item'],
    [
      'json_group_array by group',
      'SELECT sum(length(a)) FROM (SELECT json_group_array(name) AS a FROM item GROUP BY bucket)',
    ],
    ['json_group_object', 'SELECT length(json_group_object(name, qty)) FROM item'],
    ['json_set', "SELECT sum(length(json_set(body, '$.n', id))) FROM doc"],
    ['json_set of a new label', "SELECT sum(length(json_set(body, '$.m', id))) FROM doc"],
    [
      'json_insert, json_remove',
      "SELECT sum(length(json_remove(json_insert(body, '$.m', id), '$.tags'))) FROM doc",
    ],
    ['json_patch', 'SELECT sum(length(json_patch(body, \'{"n":1}\'))) FROM doc'],
    ['json_object', "SELECT sum(length(json_object('id', id, 'name', name))) FROM item"],
    ['json_array', 'SELECT sum(length(json_array(id, name, price))) FROM item'],
    ['json_array_length', "SELECT sum(json_array_length(body, '$.tags')) FROM doc"],
    ['json_type', "SELECT count(*) FROM doc WHERE json_type(body, '$.n') = 'integer'"],
    ['json_valid', 'SELECT sum(json_valid(body)) FROM doc'],
    ['json()', 'SELECT sum(length(json(body))) FROM doc'],
    ['json_each of a path', "SELECT count(*), max(value) FROM doc, json_each(body, '$.tags')"],
    ['json_each', 'SELECT count(*), sum(length(key)) FROM doc, json_each(body)'],
    [
      'json_tree',
      'SELECT count(*), sum(length(fullkey)) FROM doc, json_tree(body) WHERE doc.id <= 100000',
    ],
    ['json_tree of atoms', 'SELECT count(atom) FROM doc, json_tree(body) WHERE doc.id <= 100000'],
    ['json_extract of jsonb', "SELECT sum(json_extract(jsonb(body), '$.n')) FROM doc"],
    ['json_extract of a column of JSONB', "SELECT sum(json_extract(body, '$.n')) FROM binary_doc"],
    ['->> of a column of JSONB', "SELECT count(*) FROM binary_doc WHERE body ->> 'name' = 'fjord'"],
    ['jsonb()', 'SELECT sum(length(jsonb(body))) FROM doc'],
    ['json() of JSONB', 'SELECT sum(length(json(body))) FROM binary_doc'],
    ['jsonb_set', "SELECT sum(length(jsonb_set(body, '$.n', id))) FROM binary_doc"],
    ['json_set of JSONB', "SELECT sum(length(json_set(body, '$.n', id))) FROM binary_doc"],
    ['json_set, two paths', "SELECT sum(length(json_set(body, '$.n', id, '$.m', 1))) FROM doc"],
    [
      'json_object, nested',
      "SELECT sum(length(json_object('id', id, 'in', json_array(grp, name)))) FROM item",
    ],
    [
      'json_object of many',
      "SELECT sum(length(json_object('id', id, 'code', code, 'name', name, 'grp', grp, 'price', price, 'qty', qty, 'at', at))) FROM item",
    ],
    [
      'json_group_array of objects',
      "SELECT length(json_group_array(json_object('id', id, 'name', name))) FROM item",
    ],
    [
      'json_group_array with ORDER BY',
      'SELECT sum(length(a)) FROM (SELECT json_group_array(name ORDER BY price) AS a FROM item GROUP BY grp)',
    ],
    ['json_quote', 'SELECT sum(length(json_quote(name))) FROM item'],
  ],
  relation: [
    [
      'arrays of rows',
      'SELECT count(*), sum(length(posts)) FROM (SELECT a.id, a.name, (SELECT coalesce(json_group_array(json_array(p.id, p.title, p.at)), json_array()) AS data FROM post p WHERE p.author = a.id) AS posts FROM author a)',
    ],
    [
      'arrays of rows of a subquery',
      'SELECT count(*), sum(length(posts)) FROM (SELECT a.id, (SELECT coalesce(json_group_array(json_array(p.id, p.title, p.at)), json_array()) AS data FROM (SELECT * FROM post p WHERE p.author = a.id ORDER BY p.id DESC LIMIT 3) p) AS posts FROM author a)',
    ],
    [
      'objects of rows',
      "SELECT count(*), sum(length(posts)) FROM (SELECT a.id, (SELECT coalesce(json_group_array(json_object('id', agg.id, 'title', agg.title)), '[]') FROM (SELECT p.id, p.title FROM post p WHERE p.author = a.id) AS agg) AS posts FROM author a)",
    ],
    [
      'the one row of another table',
      'SELECT count(*), sum(length(j)) FROM (SELECT p.id, (SELECT json_array(a.id, a.name) AS data FROM (SELECT * FROM author a WHERE a.id = p.author LIMIT 1) a) AS j FROM post p)',
    ],
    [
      'two levels',
      'SELECT count(*), sum(length(j)) FROM (SELECT a.id, (SELECT coalesce(json_group_array(json_array(p.id, p.title, json((SELECT json_array(b.name) FROM author b WHERE b.id = p.id % 20000 + 1)))), json_array()) FROM post p WHERE p.author = a.id) AS j FROM author a)',
    ],
    [
      'EXISTS',
      "SELECT count(*) FROM author a WHERE EXISTS (SELECT 1 FROM post p WHERE p.author = a.id AND p.title LIKE 'fjord%')",
    ],
    [
      'NOT EXISTS',
      "SELECT count(*) FROM author a WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.author = a.id AND p.title LIKE 'fjord%')",
    ],
    [
      'EXISTS, few outside',
      'SELECT count(*) FROM item i WHERE i.id < 2000 AND EXISTS (SELECT 1 FROM post p WHERE p.author = i.code)',
    ],
    [
      'EXISTS, few inside',
      "SELECT count(*) FROM item i WHERE EXISTS (SELECT 1 FROM author a WHERE a.id = i.code AND a.name = 'fjord jetty 1')",
    ],
    [
      'EXISTS without an index',
      'SELECT count(*) FROM author a WHERE EXISTS (SELECT 1 FROM account c WHERE c.balance = a.id)',
    ],
    [
      'IN of a query',
      "SELECT count(*) FROM post WHERE author IN (SELECT id FROM author WHERE name LIKE 'fjord%')",
    ],
    [
      'NOT IN of a query',
      "SELECT count(*) FROM post WHERE author NOT IN (SELECT id FROM author WHERE name LIKE 'fjord%')",
    ],
    [
      'IN of a few',
      'SELECT count(*) FROM item WHERE code IN (SELECT id FROM author WHERE id < 100)',
    ],
    [
      'IN of a correlated query',
      'SELECT count(*) FROM author a WHERE a.id % 7 IN (SELECT p.id % 7 FROM post p WHERE p.author = a.id)',
    ],
    [
      'count of rows by a subquery',
      'SELECT sum(n) FROM (SELECT (SELECT count(*) FROM post p WHERE p.author = a.id) AS n FROM author a)',
    ],
    [
      'OR of two indexes',
      'SELECT count(*) FROM item WHERE code = 77 OR bucket = 9 OR code BETWEEN 500 AND 900',
    ],
    [
      'OR of two indexes, covered',
      'SELECT count(b) FROM edge WHERE a = 7 OR a = 9 OR a BETWEEN 500 AND 900',
    ],
    [
      'DISTINCT by an index in another order',
      'SELECT count(*) FROM (SELECT DISTINCT b, a FROM edge)',
    ],
    [
      'the tail of a key behind an index',
      "SELECT count(*) FROM pair WHERE c = 'fjord jetty 1' AND a BETWEEN 5 AND 50",
    ],
  ],
  change: [
    [
      'INSERT, a trigger inserts',
      'INSERT INTO account(name, balance) SELECT name, grp FROM item WHERE id <= 20000',
      'SELECT count(*), sum(account) FROM log',
    ],
    [
      'UPDATE, a trigger inserts',
      'UPDATE account SET balance = balance + 1 WHERE id <= 20000',
      'SELECT count(*), sum(old), sum(new) FROM log',
    ],
    [
      'UPDATE, a trigger may refuse, one updates',
      "UPDATE account SET name = name || '.' WHERE id <= 20000",
      'SELECT sum(changed), sum(length(name)) FROM account',
    ],
    [
      'DELETE, a trigger updates',
      'DELETE FROM account WHERE id <= 20000',
      'SELECT n, amount FROM total',
    ],
    [
      'UPDATE, texts are joined',
      "UPDATE item SET name = name || '-' || grp WHERE id <= 100000",
      'SELECT sum(length(name)) FROM item',
    ],
    [
      'INSERT … SELECT, texts are joined',
      "INSERT INTO post(author, title) SELECT 1, name || '-' || grp FROM item WHERE id <= 100000",
      'SELECT sum(length(title)) FROM post',
    ],
    [
      'UPDATE, json_set',
      "UPDATE doc SET body = json_set(body, '$.n', id) WHERE id <= 100000",
      'SELECT sum(length(body)) FROM doc',
    ],
  ],
  window: [
    ['row_number', 'SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY price) AS r FROM item)'],
    ['row_number by index', over('row_number()', 'ORDER BY code')],
    ['row_number, few partitions', over('row_number()', 'PARTITION BY grp ORDER BY price')],
    ['row_number, many partitions', over('row_number()', 'PARTITION BY bucket ORDER BY price')],
    ['many partitions by index', over('row_number()', 'PARTITION BY bucket ORDER BY id')],
    [
      'rank, dense_rank',
      'SELECT max(a), max(b) FROM (SELECT rank() OVER w AS a, dense_rank() OVER w AS b FROM item WINDOW w AS (ORDER BY qty))',
    ],
    [
      'percent_rank, cume_dist',
      'SELECT sum(a), sum(b) FROM (SELECT percent_rank() OVER w AS a, cume_dist() OVER w AS b FROM item WINDOW w AS (ORDER BY qty))',
    ],
    ['ntile', over('ntile(10)', 'ORDER BY price')],
    ['order by text', over('row_number()', 'ORDER BY name')],
    [
      'lag, lead',
      'SELECT sum(a), sum(b) FROM (SELECT lag(qty) OVER w AS a, lead(qty) OVER w AS b FROM item WINDOW w AS (ORDER BY price))',
    ],
    ['lag by 3 with default', over('lag(qty, 3, 0)', 'PARTITION BY grp ORDER BY price')],
    [
      'first, last, nth value',
      'SELECT sum(a), sum(b), sum(c) FROM (SELECT first_value(qty) OVER w AS a, last_value(qty) OVER w AS b, nth_value(qty, 3) OVER w AS c FROM item WINDOW w AS (PARTITION BY bucket ORDER BY price))',
    ],
    ['running sum, ROWS', over('sum(qty)', 'ORDER BY id ROWS UNBOUNDED PRECEDING')],
    ['running sum, RANGE', over('sum(qty)', 'ORDER BY price')],
    ['running sum of REALs', over('sum(price)', 'PARTITION BY grp ORDER BY id')],
    ['partition total', over('sum(qty)', 'PARTITION BY grp')],
    ['partition total, many', over('count(*)', 'PARTITION BY bucket')],
    ['moving sum, ROWS', over('sum(qty)', 'ORDER BY id ROWS 6 PRECEDING')],
    ['moving average', over('avg(price)', 'ORDER BY id ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING')],
    ['moving RANGE', over('sum(qty)', 'ORDER BY price RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING')],
    ['moving GROUPS', over('sum(qty)', 'ORDER BY qty GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING')],
    ['moving min', over('min(qty)', 'ORDER BY id ROWS 20 PRECEDING')],
    [
      'moving max, PARTITION',
      over('max(price)', 'PARTITION BY grp ORDER BY id ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING'),
    ],
    [
      'rest of the partition',
      over(
        'sum(qty)',
        'PARTITION BY grp ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
      ),
    ],
    [
      'EXCLUDE CURRENT ROW',
      over(
        'sum(qty)',
        'ORDER BY id ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW',
        some,
      ),
    ],
    [
      'EXCLUDE TIES',
      over(
        'sum(qty)',
        'PARTITION BY bucket ORDER BY grp GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES',
      ),
    ],
    [
      'group_concat over rows',
      "SELECT sum(length(w)) FROM (SELECT group_concat(grp, ',') OVER (ORDER BY id ROWS 5 PRECEDING) AS w FROM item)",
    ],
    [
      'FILTER',
      'SELECT sum(w) FROM (SELECT count(*) FILTER (WHERE qty > 500) OVER (ORDER BY id ROWS 50 PRECEDING) AS w FROM item)',
    ],
    [
      'two windows',
      'SELECT sum(a), sum(b) FROM (SELECT row_number() OVER (ORDER BY price) AS a, row_number() OVER (ORDER BY qty, id) AS b FROM item)',
    ],
    [
      'top 3 of each group',
      'SELECT count(*), sum(id) FROM (SELECT id, row_number() OVER (PARTITION BY bucket ORDER BY price DESC) AS r FROM item) WHERE r <= 3',
    ],
  ],
  recursion: [
    [
      'counter',
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT count(*) FROM c',
    ],
    [
      'counter to rows',
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT sum(n), max(n) FROM c',
    ],
    [
      'three columns',
      'WITH RECURSIVE f(i, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT i + 1, b, (a + b) % 1000007 FROM f WHERE i < 300000) SELECT sum(a) FROM f',
    ],
    [
      'counter with UNION',
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION SELECT n % 200000 + 1 FROM c) SELECT count(*) FROM c',
    ],
    [
      'tree by join with an index',
      'WITH RECURSIVE t(id, depth) AS (SELECT 1, 0 UNION ALL SELECT node.id, depth + 1 FROM t JOIN node ON node.parent = t.id) SELECT count(*), max(depth) FROM t',
    ],
    [
      'tree with paths',
      "WITH RECURSIVE t(id, path) AS (SELECT 1, '' UNION ALL SELECT node.id, path || '/' || node.id FROM t JOIN node ON node.parent = t.id) SELECT count(*), max(length(path)) FROM t",
    ],
    [
      'way up, for each node',
      'SELECT sum((WITH RECURSIVE u(id) AS (SELECT n.id UNION ALL SELECT node.parent FROM u JOIN node ON node.id = u.id WHERE node.parent IS NOT NULL) SELECT count(*) FROM u)) FROM node n WHERE n.id <= 20000',
    ],
    [
      'graph with UNION',
      'WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT b FROM r JOIN edge ON a = x) SELECT count(*) FROM r',
    ],
    [
      'two arms',
      'WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT b FROM r JOIN edge ON a = x UNION SELECT x + 1 FROM r WHERE x < 20000) SELECT count(*), sum(x) FROM r',
    ],
    [
      'ORDER BY queue',
      'WITH RECURSIVE t(id, depth) AS (SELECT 1, 0 UNION ALL SELECT node.id, depth + 1 FROM t JOIN node ON node.parent = t.id ORDER BY 2 DESC) SELECT count(*), max(depth) FROM t',
    ],
    [
      'series of dates',
      "WITH RECURSIVE d(x) AS (SELECT '2000-01-01' UNION ALL SELECT date(x, '+1 day') FROM d WHERE x < '2200-01-01') SELECT count(*), max(x) FROM d",
    ],
  ],
  aggregate: [
    ['group_concat', 'SELECT length(group_concat(name)) FROM item'],
    ['group_concat of numbers', "SELECT length(group_concat(id, ', ')) FROM item"],
    [
      'group_concat by group',
      'SELECT sum(length(g)) FROM (SELECT group_concat(name) AS g FROM item GROUP BY bucket)',
    ],
    [
      'string_agg with ORDER BY',
      "SELECT sum(length(g)) FROM (SELECT string_agg(name, ',' ORDER BY price) AS g FROM item GROUP BY grp)",
    ],
    [
      'group_concat with ORDER BY',
      "SELECT length(group_concat(id, ',' ORDER BY price DESC)) FROM item",
    ],
    [
      'ORDER BY, many groups',
      'SELECT sum(length(g)) FROM (SELECT group_concat(id ORDER BY price) AS g FROM item GROUP BY bucket)',
    ],
    ['count(DISTINCT) of few', 'SELECT count(DISTINCT qty) FROM item'],
    ['count(DISTINCT) of texts', 'SELECT count(DISTINCT name) FROM item'],
    [
      'count(DISTINCT) by group',
      'SELECT sum(c) FROM (SELECT count(DISTINCT qty) AS c FROM item GROUP BY grp)',
    ],
    ['sum(DISTINCT) of REALs', 'SELECT sum(DISTINCT price) FROM item'],
    [
      'FILTER',
      'SELECT count(*) FILTER (WHERE qty > 500), sum(price) FILTER (WHERE grp = 7) FROM item',
    ],
    ['min and max of texts', 'SELECT min(name), max(name) FROM item'],
    ['avg, total', 'SELECT avg(qty), total(qty), avg(price) FROM item'],
    [
      'many groups',
      'SELECT count(*), sum(s) FROM (SELECT bucket, sum(price) AS s FROM item GROUP BY bucket)',
    ],
    [
      'groups of texts',
      'SELECT count(*), max(c) FROM (SELECT substr(name, 1, 8) AS k, count(*) AS c FROM item GROUP BY k)',
    ],
    ['SELECT DISTINCT', 'SELECT count(*) FROM (SELECT DISTINCT grp, qty FROM item)'],
    ['median', 'SELECT median(price) FROM item'],
  ],
  join: [
    [
      'FULL JOIN with aggregate',
      'SELECT count(*), sum(a.price), sum(b.id) FROM item a FULL JOIN node b ON b.id = a.code',
    ],
    [
      'FULL JOIN without index',
      'SELECT count(*), count(a.a), count(b.b) FROM edge a FULL JOIN edge b ON a.b = b.b AND a.a = b.a',
    ],
    ['RIGHT JOIN', 'SELECT count(*), count(b.id) FROM node b RIGHT JOIN item a ON b.id = a.code'],
    ['LEFT JOIN', 'SELECT count(*), count(b.id) FROM item a LEFT JOIN node b ON b.id = a.code'],
    [
      'join by hash',
      'SELECT count(*) FROM item a JOIN (SELECT DISTINCT qty AS q FROM item WHERE qty < 500) ON a.qty = q',
    ],
    ['UNION', 'SELECT count(*) FROM (SELECT qty FROM item UNION SELECT grp FROM item)'],
    [
      'EXCEPT',
      'SELECT count(*) FROM (SELECT name FROM item EXCEPT SELECT name FROM item WHERE qty < 500)',
    ],
  ],
  text: [
    ['substr', "SELECT count(*) FROM item WHERE substr(name, 1, 3) = 'fjo'"],
    ['substr from the end', "SELECT count(*) FROM item WHERE substr(name, -2) = '42'"],
    ['upper', "SELECT count(*) FROM item WHERE upper(name) = 'X'"],
    ['lower', 'SELECT max(lower(name)) FROM item'],
    ['length', 'SELECT sum(length(name)) FROM item'],
    ['replace', "SELECT sum(length(replace(name, 'amber', 'x'))) FROM item"],
    ['trim', "SELECT count(*) FROM item WHERE trim(name) = 'x'"],
    ['instr', "SELECT sum(instr(name, 'heron')) FROM item"],
    ['||', "SELECT sum(length(name || '-' || grp)) FROM item"],
    ['|| of many', "SELECT sum(length(id || ':' || name || '-' || grp || ' ' || at)) FROM item"],
    ['|| with coalesce', "SELECT max(coalesce(name, '') || ' ' || coalesce(qty, '')) FROM item"],
    ['|| compared', "SELECT count(*) FROM item WHERE name || grp = 'fjord jetty 17'"],
    ['|| to rows', "SELECT name || '-' || grp AS t FROM item WHERE id <= 3000"],
    ['group_concat of ||', "SELECT length(group_concat(name || ':' || grp)) FROM item"],
    ['lower LIKE', "SELECT count(*) FROM item WHERE lower(name) LIKE '%heron 99%'"],
    ['concat', "SELECT sum(length(concat(name, '-', qty))) FROM item"],
    [
      'GROUP BY ||',
      "SELECT count(*) FROM (SELECT substr(at, 1, 4) || '-' || grp AS k, count(*) FROM item GROUP BY k)",
    ],
    ['REALs in ||', "SELECT sum(length(price || ' EUR')) FROM item"],
    ["printf('%d')", "SELECT max(printf('%d', id)) FROM item"],
    ["printf('%05d-%s')", "SELECT max(printf('%05d-%s', grp, name)) FROM item"],
    ["printf('%.2f')", "SELECT max(printf('%.2f', price)) FROM item"],
    ['hex', 'SELECT sum(length(hex(name))) FROM item'],
    ['quote', 'SELECT sum(length(quote(name))) FROM item'],
    ['CAST to text', 'SELECT sum(length(CAST(id AS TEXT))) FROM item'],
    ['CAST of REALs to text', 'SELECT sum(length(CAST(price AS TEXT))) FROM item'],
    ['CAST of text to INTEGER', 'SELECT sum(CAST(substr(at, 1, 4) AS INTEGER)) FROM item'],
    ['unicode, char', 'SELECT sum(unicode(name)) FROM item'],
    ['concat_ws', "SELECT sum(length(concat_ws('-', grp, name, qty))) FROM item"],
  ],
  pattern: [
    ['LIKE with %', "SELECT count(*) FROM item WHERE name LIKE '%heron 99%'"],
    ['LIKE, prefix', "SELECT count(*) FROM item WHERE name LIKE 'fjord%'"],
    ['LIKE with _', "SELECT count(*) FROM item WHERE name LIKE '_mber %7'"],
    ['NOT LIKE', "SELECT count(*) FROM item WHERE name NOT LIKE '%e%'"],
    ['LIKE of an expression', "SELECT count(*) FROM item WHERE name LIKE '%' || grp"],
    ['GLOB', "SELECT count(*) FROM item WHERE name GLOB '*heron 99*'"],
    ['GLOB with sets', "SELECT count(*) FROM item WHERE name GLOB '[a-c]* *[0-4]'"],
  ],
  date: [
    [
      'strftime by group',
      "SELECT count(*) FROM (SELECT strftime('%Y-%m', at) AS m, count(*) FROM item GROUP BY m)",
    ],
    ['date', 'SELECT max(date(at)) FROM item'],
    ["date(x, '+1 day')", "SELECT max(date(at, '+1 day')) FROM item"],
    [
      "date(x, 'start of month', '+1 month')",
      "SELECT max(date(at, 'start of month', '+1 month')) FROM item",
    ],
    ['datetime', 'SELECT max(datetime(at)) FROM item'],
    ['julianday', 'SELECT sum(julianday(at)) FROM item'],
    ['unixepoch', 'SELECT sum(unixepoch(at)) FROM item'],
    ['unixepoch to date', "SELECT max(date(id * 1000, 'unixepoch')) FROM item"],
    ["strftime('%w')", "SELECT sum(strftime('%w', at)) FROM item"],
    ['time', 'SELECT max(time(at)) FROM item'],
  ],
  scalar: [
    ['CASE', 'SELECT sum(CASE WHEN qty < 100 THEN 1 WHEN qty < 500 THEN 2 ELSE 3 END) FROM item'],
    [
      'CASE of a value',
      "SELECT count(CASE grp WHEN 1 THEN 'a' WHEN 2 THEN 'b' WHEN 3 THEN 'c' END) FROM item",
    ],
    ['IN numbers', 'SELECT count(*) FROM item WHERE grp IN (1, 5, 9, 13, 77, 91)'],
    [
      'IN texts',
      "SELECT count(*) FROM item WHERE substr(name, 1, 5) IN ('amber', 'fjord', 'heron')",
    ],
    ['NOT IN', 'SELECT count(*) FROM item WHERE qty NOT IN (1, 2, 3, 4)'],
    ['coalesce', 'SELECT sum(coalesce(qty, 0)) FROM item'],
    ['ifnull, nullif', 'SELECT sum(ifnull(nullif(qty, 7), 1)) FROM item'],
    ['iif', 'SELECT sum(iif(qty > 10, 1, 0)) FROM item'],
    ['BETWEEN', 'SELECT count(*) FROM item WHERE qty BETWEEN 100 AND 200 OR price BETWEEN 5 AND 6'],
    ['arithmetic', 'SELECT sum(qty * 2 + grp % 7 - id / 3) FROM item'],
    ['arithmetic of REALs', 'SELECT sum(price * qty * 1.19) FROM item'],
    ['round', 'SELECT sum(round(price, 1)) FROM item'],
    ['abs, sign', 'SELECT sum(abs(qty - 500)), sum(sign(qty - 500)) FROM item'],
    ['max of two', 'SELECT sum(max(qty, grp)) FROM item'],
    ['bits', 'SELECT sum((id & 255) | (grp << 2)) FROM item'],
    ['typeof', "SELECT count(*) FROM item WHERE typeof(qty) = 'null'"],
    ['sqrt, power', 'SELECT sum(sqrt(price)), sum(power(grp, 2)) FROM item'],
    ['comparison of texts', "SELECT count(*) FROM item WHERE name < 'fjord'"],
    ['NOCASE', "SELECT count(*) FROM item WHERE name = 'FJORD HERON 1' COLLATE NOCASE"],
    ['ORDER BY LIMIT', 'SELECT sum(id) FROM (SELECT id FROM item ORDER BY price, id LIMIT 100)'],
    ['ORDER BY', 'SELECT sum(id) FROM (SELECT id FROM item ORDER BY price, name LIMIT -1)'],
  ],
}
