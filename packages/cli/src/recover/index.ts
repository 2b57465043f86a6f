import type { Answer, Call } from '../dot/command.ts'
import { fail } from '../dot/command.ts'

export function runRecover({ shell }: Call): Answer {
  return fail(shell, 'Error: not yet')
}
