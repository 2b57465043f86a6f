/** Brings the schema up to date, whichever process comes first. */

/** Each step takes nothing away that the version before still names. */
const steps = [
  'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL, version INTEGER NOT NULL)',
  `ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody';
   CREATE INDEX note_author ON note(author)`,
]

/**
 * @param {import('chorusdb').Database} db
 * @param {number} version how many steps this version of the application knows
 * @returns {number} how many steps were made here
 */
export function migrate(db, version) {
  const run = db.transaction(() => {
    const done = /** @type {number} */ (db.pragma('user_version', { simple: true }))
    for (const step of steps.slice(done, version)) db.exec(step)
    if (done < version) db.pragma(`user_version = ${version}`)
    return Math.max(0, version - done)
  })
  // IMMEDIATE: who comes second waits here, and then reads that it is done.
  return run.immediate()
}
