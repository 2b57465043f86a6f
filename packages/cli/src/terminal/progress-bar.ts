/** A bar on standard error. */
import type { Progress } from '../progress.ts'

export class ProgressBar implements Progress {
  readonly isShown = true
  begin(): void {}
  step(): void {}
  reach(): void {}
  end(): void {}
}
