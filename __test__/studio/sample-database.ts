/** A database to show: a shop for music, with all kinds of tables and values. */
import type { Database } from '../../packages/engine/src/index.ts'

const firstNames = [
  'Ada',
  'Björk',
  'Chet',
  'Dinah',
  'Etta',
  'Fela',
  'Grace',
  'Herbie',
  'Irma',
  'Joni',
]
const lastNames = [
  'Baker',
  'Coltrane',
  'Evans',
  'Flack',
  'Holiday',
  'Ito',
  'Jones',
  'Kuti',
  'Monk',
  'Simone',
]
const nouns = [
  'Blue',
  'Night',
  'River',
  'Train',
  'Moon',
  'Garden',
  'Mirror',
  'Harbour',
  'Winter',
  'Letter',
  'Echo',
  'Stone',
]
const verbs = [
  'Song of the',
  'Under the',
  'Waiting for the',
  'Walking the',
  'Ode to the',
  'Beyond the',
  'After the',
]
const genres = ['Jazz', 'Soul', 'Folk', 'Afrobeat', 'Blues', 'Ambient']

/** @param trackCount rows of the largest table */
export function fillSample(database: Database, trackCount: number): void {
  database.exec(`
    CREATE TABLE artist(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL COLLATE NOCASE UNIQUE,
      country TEXT,
      rating REAL CHECK (rating BETWEEN 0 AND 5)
    );
    CREATE TABLE album(
      id INTEGER PRIMARY KEY,
      artist INTEGER NOT NULL REFERENCES artist(id) ON DELETE CASCADE,
      title TEXT NOT NULL,
      year INTEGER,
      cover BLOB
    );
    CREATE INDEX album_artist ON album(artist, year DESC);
    CREATE TABLE track(
      id INTEGER PRIMARY KEY,
      album INTEGER NOT NULL REFERENCES album(id),
      title TEXT NOT NULL,
      genre TEXT,
      seconds INTEGER NOT NULL,
      price REAL NOT NULL DEFAULT 0.99,
      plays INTEGER NOT NULL DEFAULT 0,
      comment TEXT,
      minutes AS (round(seconds / 60.0, 1))
    );
    CREATE INDEX track_album ON track(album);
    CREATE INDEX track_popular ON track(plays) WHERE plays > 100000;
    CREATE TABLE setting(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE playlist(id INTEGER PRIMARY KEY, name TEXT NOT NULL, made TEXT DEFAULT CURRENT_TIMESTAMP);
    CREATE VIEW popular AS
      SELECT track.title, artist.name AS artist, plays FROM track
        JOIN album ON album.id = track.album JOIN artist ON artist.id = album.artist
        WHERE plays > 990000;
    CREATE VIEW playlist_names AS SELECT id, name FROM playlist;
    CREATE TRIGGER playlist_renamed INSTEAD OF UPDATE OF name ON playlist_names BEGIN
      UPDATE playlist SET name = new.name WHERE id = old.id;
    END;
    CREATE TRIGGER album_title AFTER UPDATE OF title ON album WHEN new.title <> trim(new.title) BEGIN
      UPDATE album SET title = trim(new.title) WHERE id = new.id;
    END;
  `)
  const artist = database.prepare('INSERT INTO artist(name, country, rating) VALUES (?, ?, ?)')
  const album = database.prepare(
    'INSERT INTO album(artist, title, year, cover) VALUES (?, ?, ?, ?)',
  )
  const track = database.prepare(
    'INSERT INTO track(album, title, genre, seconds, price, plays, comment) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const setting = database.prepare('INSERT INTO setting VALUES (?, ?)')
  const fill = database.transaction(() => {
    let seed = 1
    // The same each time. (Park and Miller, Random number generators: good ones are hard to find)
    const random = (limit: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % limit
    }
    const title = (): string => `${verbs[random(verbs.length)]} ${nouns[random(nouns.length)]}`
    for (const first of firstNames) {
      for (const last of lastNames) {
        const country = random(9) === 0 ? null : ['US', 'IS', 'NG', 'JP', 'GB', 'CA'][random(6)]
        artist.run(`${first} ${last}`, country, random(51) / 10)
      }
    }
    const albums = Math.max(10, Math.floor(trackCount / 12))
    for (let i = 1; i <= albums; i++) {
      const cover = i % 5 === 0 ? Buffer.from(`\u0089PNG\r\n\u001a\n${title()}`, 'latin1') : null
      album.run(1n + BigInt(random(100)), title(), BigInt(1955 + random(70)), cover)
    }
    for (let i = 0; i < trackCount; i++) {
      const comment = i % 17 === 0 ? `Recorded in one take.\nSecond line, ${i}.` : null
      const genre = genres[random(genres.length)]
      const price = random(4) === 0 ? 1.29 : 0.99
      const plays = BigInt(random(1_000_000))
      track.run(
        1n + BigInt(random(albums)),
        title(),
        genre,
        BigInt(90 + random(400)),
        price,
        plays,
        comment,
      )
    }
    setting.run('schema', 7n)
    setting.run('largest', 9_223_372_036_854_775_807n)
    setting.run('theme', 'dark')
    setting.run('ratio', 0.1)
    setting.run('nothing', null)
    setting.run('key', Buffer.from('00ff10', 'hex'))
    database.exec(
      "INSERT INTO playlist(name, made) VALUES ('Morning', '2026-11-02'), ('Late night', '2026-11-20'), ('On the road', '2026-11-23')",
    )
  })
  fill.immediate()
}
