/** A run over files of the corpora, in worker processes. */
import { findNode } from '../oracle.ts'
import { filesOf, type Family } from './families.ts'
import type { Job } from './job.ts'
import { runJobs } from './pool.ts'
import { Progress } from './progress.ts'
import { Totals } from './totals.ts'

export interface RunOptions {
  readonly corpus: string
  readonly families: readonly Family[]
  /** Only files whose path has this in it. */
  readonly file: string | null
  readonly name: string | null
  readonly every: number
  readonly workers: number
  readonly timeoutMs: number
  readonly isSqlite: boolean
  /** Where progress is shown; null: nowhere. */
  readonly out: NodeJS.WriteStream | null
}

export async function runCorpora(options: RunOptions): Promise<Totals> {
  const { corpus, file, name, every, isSqlite, out } = options
  const files = options.families
    .flatMap((family) => filesOf(corpus, family))
    .filter((one) => file === null || `${one.family}/${one.file}`.includes(file))
    // The longest first, so that none is left for the end.
    .toSorted((a, b) => b.size - a.size)
  const sizes = new Map(files.map((one) => [`${one.family}/${one.file}`, one.size]))
  const progress =
    out === null
      ? null
      : new Progress(
          files.reduce((sum, { size }) => sum + size, 0),
          out,
        )
  const done = (job: Job): void => progress?.advance(sizes.get(`${job.family}/${job.file}`)!)
  const totals = new Totals()
  const jobs = files.map(({ family, file }): Job => ({
    corpus,
    family,
    file,
    name,
    every,
    fatal: [],
    isSqlite,
  }))
  await runJobs(jobs, {
    node: findNode() ?? process.execPath,
    workers: options.workers,
    timeoutMs: options.timeoutMs,
    onCase: () => progress?.oneCase(),
    onResult(job, result) {
      totals.add(job, result)
      done(job)
    },
    onLost(job, reason) {
      totals.lose(job, reason)
      done(job)
    },
  })
  progress?.end()
  return totals
}
