/**
 * Emitted programs, to be read: each `program-*.txt` holds queries over one schema, each with the plan that the
 * optimizer chose and the JavaScript that `all` runs. `UPDATE_GOLDEN=1` writes the files anew from their queries.
 */
import test from 'ava'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { explainQueryPlan, optimize } from '../../packages/engine/src/plan/index.ts'
import { BareEngine } from '../codegen/bare-engine.ts'

const folder = new URL('.', import.meta.url)
const queryMark = '\n==== '

/** The schema before the first mark, then for each query its SQL, up to the first empty line. */
function parse(text: string): { readonly schema: string; readonly queries: readonly string[] } {
  const [schema, ...parts] = text.split(queryMark)
  return { schema: schema!.trim(), queries: parts.map((part) => part.split('\n\n')[0]!.trim()) }
}

function render(schema: string, queries: readonly string[]): string {
  const engine = new BareEngine()
  engine.exec(schema)
  const parts = queries.map((sql) => {
    const query = optimize(engine.bind(sql), engine.connection.context.catalog)
    if (query.kind !== 'query') throw new TypeError('a golden holds queries')
    const plan = explainQueryPlan(query).map(({ detail }) => `-- ${detail}`)
    return `${sql}\n\n${plan.join('\n')}\n\n${engine.compile(query).sourceText()}\n`
  })
  engine.close()
  return [`${schema}\n`, ...parts].join(queryMark)
}

for (const name of readdirSync(folder).filter((file) => /^program-.*\.txt$/.test(file))) {
  test(`golden: ${name} is what is emitted`, (t) => {
    const path = new URL(name, folder)
    const text = readFileSync(path, 'utf8')
    const { schema, queries } = parse(text)
    const rendered = render(schema, queries)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, rendered)
    else t.is(rendered, text)
    t.true(queries.length > 0)
  })
}
