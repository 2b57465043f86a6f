/**
 * A queue of jobs in a table. Workers in several processes take jobs by one statement each, so none is taken twice. A worker that is killed leaves a
 * job behind whose lease runs out; then another one takes it.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openQueue } from './queue.mjs'

const workerCount = 3
const jobCount = 200

const folder = mkdtempSync(join(tmpdir(), 'job-queue-'))
const path = join(folder, 'queue.db')
const queue = openQueue(path)
queue.addAll(Array.from({ length: jobCount }, (_, i) => ({ number: i })))

const start = (...args) => fork(join(import.meta.dirname, 'worker.mjs'), [path, ...args])

// The first one gets stuck in its first job, and is killed there.
const victim = start('stuck')
await once(victim, 'message')
const workers = Array.from({ length: workerCount }, () => start())
const ends = workers.map((worker) => once(worker, 'exit'))
victim.kill('SIGKILL')
console.log('a worker was killed in the middle of a job')

while (queue.counts().done < jobCount) await pause(20)
for (const worker of workers) worker.send('end')
await Promise.all(ends)

const { done, again, results } = queue.counts()
console.log(`${done} jobs are done, each once; ${again} had to be begun again`)
queue.close()
rmSync(folder, { recursive: true })
if (results !== jobCount || again !== 1) process.exit(1)
