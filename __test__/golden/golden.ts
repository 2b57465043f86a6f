/**
 * Files of goldens: a schema, then statements, each with what is made of it. `UPDATE_GOLDEN=1` (`npm run golden`) writes them
 * anew from their statements.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { BareEngine } from '../codegen/bare-engine.ts'

const folder = new URL('../../__test__/golden/', import.meta.url)
const mark = '\n==== '

/** The names of the goldens that begin so, without `.txt`. */
export function goldens(prefix: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.txt'))
    .map((file) => file.slice(0, -'.txt'.length))
}

/** The schema before the first mark, then for each statement its SQL, up to the first empty line. */
function parse(text: string): { readonly schema: string; readonly statements: readonly string[] } {
  const [schema, ...parts] = text.split(mark)
  return { schema: schema!.trim(), statements: parts.map((part) => part.split('\n\n')[0]!.trim()) }
}

/** Compares a golden with what `show` makes of its statements. */
export function compare(
  t: ExecutionContext,
  name: string,
  show: (engine: BareEngine, sql: string) => string,
): void {
  const path = new URL(`${name}.txt`, folder)
  const text = readFileSync(path, 'utf8')
  const { schema, statements } = parse(text)
  const engine = new BareEngine()
  engine.exec(schema)
  const parts = statements.map((sql) => `${sql}\n\n${show(engine, sql)}\n`)
  engine.close()
  const written = [`${schema}\n`, ...parts].join(mark)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, written)
  else t.is(written, text)
  t.true(statements.length > 0)
}
