/** Statements that the connection makes for itself of texts in the schema. */
import type { Session } from '../connection/session.ts'

/** Runs `body`: a name in double quotes in what the schema holds keeps the meaning that it was given, which may be that of a string. */
export function withStoredMeaning<Result>({ environment }: Session, body: () => Result): Result {
  const { settings } = environment
  const { doubleQuotedStrings } = settings
  settings.doubleQuotedStrings = true
  try {
    return body()
  } finally {
    settings.doubleQuotedStrings = doubleQuotedStrings
  }
}
