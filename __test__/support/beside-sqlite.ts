/** Tests that need the `sqlite3` program. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { hasSqliteShell } from './sqlite-shell.ts'

/** Where there is none it says so. */
export function testBesideSqlite(
  title: string,
  run: (t: ExecutionContext) => void | Promise<void>,
): void {
  test(title, (t) => {
    if (hasSqliteShell()) return run(t)
    t.log('there is no sqlite3 program here')
    t.pass()
    return undefined
  })
}
