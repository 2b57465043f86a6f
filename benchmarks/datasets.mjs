/**
 * The databases that the workloads of `bench:single` work on, each made by this engine once, or copied from the corpora. `ROWS` in the environment makes
 * those with random rows smaller or larger than they are by themselves.
 */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'
import { makeTpch } from './tpch-data.mjs'

const rows = process.env.ROWS === undefined ? undefined : Number(process.env.ROWS)

/** Rows of `item`, on which most workloads run. */
export const rowCount = rows ?? 300_000

/** Rows of `item` in the database that does not fit into the cache as easily. */
export const millions = rows ?? 2_000_000

export const groupCount = 100

/** Rows of `doc`, with one JSON text each. */
export const docCount = Math.ceil(rowCount / 6)

export function generator(seed) {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

export const words = [
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

/** The code of an item among `count`: a different one for each, in no order. The modulus is the first prime above a million, or above ten millions. */
export function codeOf(id, count) {
  return (id * 7_919) % (count <= 1_000_000 ? 1_000_003 : 10_000_019)
}

export const itemColumns =
  'id INTEGER PRIMARY KEY, code INTEGER, name TEXT, grp INTEGER, price REAL, qty INTEGER'

function makeItems(db, count, random) {
  const item = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)')
  for (let id = 1; id <= count; id++) {
    const name = `${words[random(10)]} ${words[random(10)]} ${random(100_000)}`
    const code = codeOf(id, count)
    item.run(id, code, name, random(groupCount), random(100_000) / 100, random(1000))
  }
}

function makeShop(db) {
  const random = generator(7)
  db.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE item(${itemColumns});
    CREATE TABLE category(id INTEGER PRIMARY KEY, label TEXT);
    CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
  `)
  const doc = db.prepare('INSERT INTO doc VALUES (?, ?)')
  const category = db.prepare('INSERT INTO category VALUES (?, ?)')
  db.exec('BEGIN')
  makeItems(db, rowCount, random)
  for (let id = 0; id < groupCount; id++) category.run(id, `category ${id}`)
  for (let id = 1; id <= docCount; id++)
    doc.run(id, JSON.stringify({ n: random(1000), tags: ['a', 'b'], name: words[random(10)] }))
  db.exec('COMMIT')
  db.exec('CREATE INDEX item_code ON item(code)')
}

function makeMillions(db) {
  db.exec(`PRAGMA synchronous = OFF; CREATE TABLE item(${itemColumns}); BEGIN`)
  makeItems(db, millions, generator(7))
  db.exec('COMMIT; CREATE INDEX item_code ON item(code)')
}

export const datasets = {
  shop: { make: makeShop },
  millions: { make: makeMillions },
  tpch: { make: (db) => makeTpch(db, Number(process.env.SCALE ?? 0.01)) },
  chinook: { file: 'chinook.sqlite' },
  northwind: { file: 'northwind.sqlite' },
}

/** Puts the data of that name at `path`. Answers why it cannot, or `null`. */
export async function makeDataset(name, path) {
  const { make, file } = datasets[name]
  if (file !== undefined) {
    const source = join(process.env.CORPUS_DIR ?? join(root, '../shared/corpus'), 'data', file)
    if (!existsSync(source)) return `no ${file}: set CORPUS_DIR to the corpora`
    copyFileSync(source, path)
    return null
  }
  const { open } = await import('./peers.mjs')
  const db = await open('chorusdb', path)
  make(db)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return null
}
