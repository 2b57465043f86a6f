/** One session that is given to our shell and to sqlite3. */

export interface Scenario {
  readonly name: string
  readonly args: readonly string[]
  /** What standard input holds. */
  readonly input?: string | Buffer
  /** Files that are there before. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Files that are looked at afterwards. */
  readonly results?: readonly string[]
}

/** Options that name no file. */
export const memory: readonly string[] = [':memory:']
