/** How far something long has come: a bar on a terminal, with its rate and the time that is left; elsewhere nothing. */

export interface Progress {
  /** Somebody sees it. */
  readonly isShown: boolean
  /** Begins. `total`: steps there are; 0: not known. `unit`: what a step is, such as `rows`. */
  begin(title: string, total: number, unit: string): void
  /** So many steps are done. */
  step(count?: number): void
  /** Steps are done up to here. */
  reach(done: number, total?: number): void
  end(): void
}

export const noProgress: Progress = {
  isShown: false,
  begin: () => {},
  step: () => {},
  reach: () => {},
  end: () => {},
}
