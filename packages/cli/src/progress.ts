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

/** Where somebody sits at a terminal, a bar on standard error; the library for it is loaded then only. */
export async function progressOf(shell: {
  readonly isInteractive: boolean
  readonly standardError: { readonly isTerminal: boolean }
}): Promise<Progress> {
  if (!shell.standardError.isTerminal) return noProgress
  const { ProgressBar } = await import('./terminal/progress-bar.ts')
  return new ProgressBar()
}
