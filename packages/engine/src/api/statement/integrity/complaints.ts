/** What `PRAGMA integrity_check` finds, up to so many findings. */

/** Ends a check that has found as much as was wanted. */
export class EnoughFound extends Error {}

export class Complaints {
  /** One for each row of the answer. */
  readonly rows: string[] = []
  /** How many more are wanted. */
  left: number

  constructor(limit: number) {
    this.left = limit
  }

  /**
   * @param count how many findings the text holds
   * @throws EnoughFound when no more are wanted
   */
  add(text: string, count: number = 1): void {
    this.rows.push(text)
    this.left -= count
    if (this.left <= 0) throw new EnoughFound()
  }
}
