/** A music store with made-up names: 200,000 rows and more, the same ones each time. */
import { Database } from '../dist/chorusdb.js'

const sizes = {
  artist: 2_000,
  album: 8_000,
  track: 90_000,
  customer: 5_000,
  invoice: 25_000,
  line: 80_000,
}
const syllables = ['ba', 'lo', 'mi', 'ra', 'tu', 'ves', 'kor', 'an', 'del', 'shi', 'no', 'fa']
const genres = ['Rock', 'Jazz', 'Metal', 'Latin', 'Blues', 'Reggae', 'Classical', 'Soundtrack']

/** A small linear congruential generator: the same store on every machine. */
function generator(seed) {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

/** Makes the database; the answer is its number of rows. */
export function makeMusicStore(path) {
  const random = generator(42)
  const word = () => {
    let text = ''
    for (let i = 2 + random(3); i > 0; i--) text += syllables[random(syllables.length)]
    return text[0].toUpperCase() + text.slice(1)
  }
  const db = new Database(path)
  db.pragma('synchronous = OFF')
  db.exec(`
    CREATE TABLE artist(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE album(id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist_id INTEGER NOT NULL);
    CREATE TABLE track(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, album_id INTEGER NOT NULL, genre TEXT,
      milliseconds INTEGER, price REAL NOT NULL
    );
    CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE);
    CREATE TABLE invoice(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, day TEXT NOT NULL, total REAL);
    CREATE TABLE line(id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL, track_id INTEGER NOT NULL, price REAL);
    CREATE INDEX album_artist ON album(artist_id);
    CREATE INDEX track_album ON track(album_id);
    CREATE INDEX invoice_customer ON invoice(customer_id);
    CREATE INDEX line_invoice ON line(invoice_id);
    CREATE INDEX line_track ON line(track_id);
  `)
  const fill = (sql, count, row) => {
    const insert = db.prepare(sql)
    db.transaction(() => {
      for (let id = 1; id <= count; id++) insert.run(id, ...row(id))
    })()
  }
  const day = () =>
    `20${10 + random(15)}-${String(1 + random(12)).padStart(2, '0')}-${String(1 + random(28)).padStart(2, '0')}`
  fill('INSERT INTO artist VALUES (?, ?)', sizes.artist, () => [`${word()} ${word()}`])
  fill('INSERT INTO album VALUES (?, ?, ?)', sizes.album, () => [word(), 1 + random(sizes.artist)])
  fill('INSERT INTO track VALUES (?, ?, ?, ?, ?, ?)', sizes.track, () => [
    `${word()} ${word()}`,
    1 + random(sizes.album),
    genres[random(genres.length)],
    60_000 + random(400_000),
    random(2) === 0 ? 0.99 : 1.99,
  ])
  fill('INSERT INTO customer VALUES (?, ?, ?)', sizes.customer, (id) => {
    const name = `${word()} ${word()}`
    return [name, `${name.toLowerCase().replace(' ', '.')}${id}@example.com`]
  })
  fill('INSERT INTO invoice VALUES (?, ?, ?, ?)', sizes.invoice, () => [
    1 + random(sizes.customer),
    day(),
    random(3000) / 100,
  ])
  fill('INSERT INTO line VALUES (?, ?, ?, ?)', sizes.line, () => [
    1 + random(sizes.invoice),
    1 + random(sizes.track),
    0.99,
  ])
  db.close()
  return Object.values(sizes).reduce((sum, size) => sum + size, 0)
}
