/** Who is told how far something has come. */
import { noProgress, type Progress } from './progress.ts'

/** Where somebody sits at a terminal, a bar on standard error; the library for it is loaded then only. */
export async function progressOf(shell: {
  readonly isInteractive: boolean
  readonly standardError: { readonly isTerminal: boolean }
}): Promise<Progress> {
  if (!shell.standardError.isTerminal) return noProgress
  const { ProgressBar } = await import('./terminal/progress-bar.ts')
  return new ProgressBar()
}
