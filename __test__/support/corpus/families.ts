/** The families of the corpora: which files each has, and who runs one. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Connect } from './connection.ts'
import type { Errand } from './outcome.ts'
import { runSlt } from './slt.ts'
import { runSqltest } from './sqltest.ts'
import { runTcl } from './tcl.ts'

export const families = ['slt', 'sqltest', 'tcl'] as const
export type Family = (typeof families)[number]

const endings: Record<Family, RegExp> = {
  slt: /\.test(\.gz)?$/,
  sqltest: /\.sqltest$/,
  tcl: /\.jsonl$/,
}

export interface CorpusFile {
  readonly family: Family
  /** Relative to the family's folder. */
  readonly file: string
  /** Bytes of text, about. */
  readonly size: number
}

/** The files of a family, in order of their names. */
export function filesOf(corpus: string, family: Family): CorpusFile[] {
  return readdirSync(join(corpus, family), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => endings[family].test(file))
    .toSorted()
    .map((file) => {
      const { size } = statSync(join(corpus, family, file))
      return { family, file, size: file.endsWith('.gz') ? 10 * size : size }
    })
}

type Run = (connect: Connect, corpus: string, file: string, errand: Errand) => void

const runs: Record<Family, Run> = { slt: runSlt, sqltest: runSqltest, tcl: runTcl }

/** Runs one file in the current folder, which it may fill and empty. */
export function runFile(
  connect: Connect,
  corpus: string,
  { family, file }: Pick<CorpusFile, 'family' | 'file'>,
  errand: Errand,
): void {
  runs[family](connect, join(corpus, family), file, errand)
}
