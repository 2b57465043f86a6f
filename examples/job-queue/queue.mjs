/** Jobs in a table, for any number of processes. */
import { Database } from 'chorusdb'

/** How long a worker has for a job, in ms, before another one takes it. */
const leaseMs = 1000

/** @param {string} path */
export function openQueue(path) {
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  db.exec(`
    CREATE TABLE IF NOT EXISTS job(
      id INTEGER PRIMARY KEY,
      data TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      leased_until INTEGER NOT NULL DEFAULT 0,
      done_at INTEGER
    );
    CREATE INDEX IF NOT EXISTS job_open ON job(leased_until) WHERE done_at IS NULL;
    CREATE TABLE IF NOT EXISTS result(job_id INTEGER PRIMARY KEY REFERENCES job, text TEXT NOT NULL);
  `)

  /** @type {import('chorusdb').Statement<[string]>} */
  const add = db.prepare('INSERT INTO job(data) VALUES (?)')

  /** @typedef {{ id: number, data: string, attempts: number }} Job */

  // One statement reads and writes, under one lock: whoever comes second finds the next job.
  /** @type {import('chorusdb').Statement<[{ now: number }], Job>} */
  const take = db.prepare(`
    UPDATE job SET leased_until = :now + ${leaseMs}, attempts = attempts + 1
    WHERE id = (SELECT id FROM job WHERE done_at IS NULL AND leased_until <= :now ORDER BY leased_until, id LIMIT 1)
    RETURNING id, data, attempts
  `)

  // Who has lost the job to another one meanwhile has nothing to say any more.
  const finish = db.prepare(
    'UPDATE job SET done_at = :now WHERE id = :id AND attempts = :attempts AND done_at IS NULL',
  )
  const note = db.prepare('INSERT INTO result VALUES (?, ?)')

  /** @type {import('chorusdb').Statement<[], { done: number, again: number, results: number }>} */
  const counts = db.prepare(`
    SELECT count(done_at) AS done, count(*) FILTER (WHERE attempts > 1) AS again, (SELECT count(*) FROM result) AS results
    FROM job
  `)

  return {
    addAll: db.transaction((/** @type {unknown[]} */ jobs) => {
      for (const job of jobs) add.run(JSON.stringify(job))
    }),
    /** A job, or undefined where there is none to be had now. */
    take: () => take.get({ now: Date.now() }),
    /** The result and the end of a job: both, or neither. */
    finish: db.transaction((/** @type {Job} */ { id, attempts }, /** @type {string} */ text) => {
      const { changes } = finish.run({ id, attempts, now: Date.now() })
      if (changes === 1) note.run(id, text)
    }).immediate,
    counts: () => /** @type {NonNullable<ReturnType<typeof counts.get>>} */ (counts.get()),
    close: () => db.close(),
  }
}
