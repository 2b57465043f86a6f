/** What a small program asks in its short life: 21 statements of different kinds, each with its values; `null`: it has no rows to be fetched. */
export const statements = [
  ['CREATE TABLE artist(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)', null],
  [
    'CREATE TABLE album(id INTEGER PRIMARY KEY, artist INTEGER NOT NULL REFERENCES artist(id), title TEXT, year INTEGER, price REAL)',
    null,
  ],
  ['CREATE INDEX album_artist ON album(artist, year)', null],
  ['BEGIN', null],
  ["INSERT INTO artist(name) VALUES ('Ada'), ('Bix'), ('Cleo')", null],
  [
    'INSERT INTO album(artist, title, year, price) VALUES (?, ?, ?, ?)',
    null,
    [1, 'First', 1999, 9.5],
  ],
  [
    'INSERT INTO album(artist, title, year, price) VALUES (?, ?, ?, ?) RETURNING id',
    'get',
    [2, 'Second', 2004, 12],
  ],
  ['COMMIT', null],
  [
    'INSERT INTO artist(name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name',
    null,
    ['Ada'],
  ],
  ['SELECT name FROM artist WHERE id = ?', 'get', [2]],
  ['SELECT count(*), max(price) FROM album', 'get'],
  [
    'SELECT id, title FROM album WHERE artist = ? AND year > ? ORDER BY year DESC',
    'all',
    [1, 1990],
  ],
  [
    'SELECT a.name, b.title FROM artist a JOIN album b ON b.artist = a.id WHERE b.price < ?',
    'all',
    [20],
  ],
  [
    'SELECT a.name, count(b.id) AS n FROM artist a LEFT JOIN album b ON b.artist = a.id GROUP BY a.id ORDER BY n DESC, a.name LIMIT 5',
    'all',
  ],
  ["SELECT upper(title), coalesce(year, 0) FROM album WHERE title LIKE 'F%'", 'all'],
  ['SELECT name FROM artist WHERE id IN (SELECT artist FROM album WHERE year >= 2000)', 'all'],
  [
    'WITH cheap AS (SELECT artist FROM album WHERE price < 10) SELECT name FROM artist JOIN cheap ON cheap.artist = artist.id UNION SELECT title FROM album',
    'all',
  ],
  ['UPDATE album SET price = price * 0.9 WHERE id = ?', null, [1]],
  ['DELETE FROM album WHERE year < ?', null, [2000]],
  ['PRAGMA table_info(album)', 'all'],
  ['PRAGMA user_version = 3', null],
]
