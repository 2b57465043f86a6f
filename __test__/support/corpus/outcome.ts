/** What a case of a corpus came to, and who is told. */

/** Why a case failed. */
export interface Failure {
  /** In a few words, the same for all cases that fail alike: ours is the sentence of our error where there is one. */
  readonly group: string
  readonly expected: string
  readonly got: string
}

/** null: it passed. */
export type Verdict = Failure | null

/** What is reported of one case. */
export interface Report {
  /** Its place in the file, from 0. */
  readonly index: number
  readonly name: string
  readonly sql: string
  readonly verdict: Verdict
}

/** Which cases of a file are wanted, and what to do with what they come to. */
export interface Errand {
  /**
   * Is this one to be run and reported? Cases that it depends on are run anyway. Cases of one `unit` (from 0) depend on each other, and on
   * no others of the file.
   */
  wants(index: number, name: string, unit: number): boolean
  /** It hangs, or ends the process: counted as failed, and not run. */
  isFatal(index: number): boolean
  /** Called before a case that may hang is begun. */
  begin(index: number): void
  report(report: Report): void
  /** What SQLite says about a database file that was written; null: it is sound, or nobody can be asked. */
  checkFile(path: string): string | null
  /** A file that is not sound after the cases up to `index`. */
  unsound(index: number, finding: string): void
}

/** An error in words: of the database by its sentence, a foreign one by its class and where it comes from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'SqliteError') return error.message
  const place = /\n\s+at ([^\n]*)/.exec(error.stack ?? '')
  return `${error.name}: ${error.message} (${place === null ? '' : place[1]!.replace(/\(?file:.*\/dist\//, '')})`
}

/** A sentence without what is particular to a case: names after a colon, quoted names, numbers. */
export function sentenceOf(message: string): string {
  return message
    .replace(/^((?:no such|ambiguous|duplicate|unknown)[\w -]*: ).*/s, '$1…')
    .replace(/"[^"]*"/g, '"…"')
    .replace(/'[^']*'/g, "'…'")
    .replace(/\b\d+\b/g, 'N')
    .slice(0, 160)
}

/** Cases that hang or end their process. */
export const fatalFailure: Failure = {
  group: '(hangs, or ends the process)',
  expected: 'an answer in time',
  got: 'none',
}
