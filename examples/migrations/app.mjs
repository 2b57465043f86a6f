/** The application, in one of its versions: writes without a pause until it is told to end. */
import { Database } from 'chorusdb'
import { migrate } from './migrate.mjs'

const [path, versionText] = process.argv.slice(2)
const version = Number(versionText)
const db = new Database(path, { experimental: ['multiprocess_wal'] })
const migrated = migrate(db, version)

// Columns are named, so that a column that comes later disturbs nobody.
const add =
  version === 1
    ? db.prepare("INSERT INTO note(text, version) VALUES ('hello', 1)")
    : db.prepare("INSERT INTO note(text, version, author) VALUES ('hello', 2, 'somebody')")

let written = 0
const timer = setInterval(() => {
  add.run()
  // Who asks is told once it serves.
  if (++written === 1) process.send?.({ migrated })
}, 2)

process.once('message', () => {
  clearInterval(timer)
  db.close()
  process.send?.({ written }, () => process.disconnect())
})
