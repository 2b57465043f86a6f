/**
 * A deploy that overlaps. The old version writes without a pause; two processes of the new one start at the same moment, and both want to bring the
 * schema up to date. One of them does. The old version does not notice, and leaves when the new one serves.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from 'chorusdb'
import { migrate } from './migrate.mjs'

const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
const path = join(folder, 'app.db')
const db = new Database(path, { experimental: ['multiprocess_wal'] })
migrate(db, 1)

const start = (version) => fork(join(import.meta.dirname, 'app.mjs'), [path, version])

/** Sent when it serves. */
async function serving(app) {
  const [{ migrated }] = await once(app, 'message')
  return migrated
}

const old = start('1')
await serving(old)
console.log('version 1 serves')

const fresh = [start('2'), start('2')]
const migrated = await Promise.all(fresh.map(serving))
console.log(
  `version 2 serves; ${migrated.filter((steps) => steps > 0).length} process has migrated`,
)

old.send('end')
const [{ written: ofOld }] = await once(old, 'message')
for (const app of fresh) app.send('end')
const written = await Promise.all(fresh.map(async (app) => (await once(app, 'message'))[0].written))

const rows = db
  .prepare('SELECT version, count(*) FROM note GROUP BY version ORDER BY 1')
  .raw()
  .all()
const ofFresh = written.reduce((sum, n) => sum + n, 0)
console.log(
  `${ofOld} rows of version 1 and ${ofFresh} of version 2: none was refused, none is missing`,
)
const isComplete =
  JSON.stringify(rows) ===
  JSON.stringify([
    [1, ofOld],
    [2, ofFresh],
  ])
const isSound = db.pragma('integrity_check', { simple: true }) === 'ok'
db.close()
rmSync(folder, { recursive: true })
if (!isComplete || !isSound || migrated.filter((steps) => steps > 0).length !== 1) process.exit(1)
