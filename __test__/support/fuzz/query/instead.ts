/**
 * INSERT, UPDATE and DELETE of views, which INSTEAD OF triggers answer. In which order the rows of a view come is open, so all that the triggers do is
 * count.
 */
import type { Random } from '../../random.ts'
import { condition } from './condition.ts'
import { value } from './expression.ts'
import { grammar } from './select.ts'
import { literal } from './values.ts'
import { Writer, type Source } from './writer.ts'

export const journal =
  'CREATE TABLE journal(what TEXT PRIMARY KEY, hits INT DEFAULT 0, least, most)'

export function insteadTrigger(random: Random, view: Source): string {
  const w = new Writer(random, grammar, [], 2)
  const event = random.pick(['INSERT', 'UPDATE', 'DELETE'])
  const rows = event === 'INSERT' ? ['new'] : event === 'DELETE' ? ['old'] : ['old', 'new']
  const scope = rows.map((name) => ({ ...view, name, isTable: false }))
  const of = event === 'UPDATE' && w.oneIn(3) ? ` OF ${random.pick(view.columns).name}` : ''
  const when = w.oneIn(3) ? ` WHEN ${condition(w, scope, 1)}` : ''
  const seen = value(w, scope, 'integer', 1)
  const step = `INSERT INTO journal VALUES ('${view.name} ${event}', 1, ${seen}, ${seen}) ON CONFLICT DO UPDATE SET hits = hits + 1, least = min(least, excluded.least), most = max(most, excluded.most)`
  return `CREATE TRIGGER IF NOT EXISTS ${view.name}_${event} INSTEAD OF ${event}${of} ON ${view.name}${when} BEGIN ${step}; END`
}

export function viewChange(random: Random, sources: readonly Source[], view: Source): string {
  const w = new Writer(
    random,
    grammar,
    sources.filter(({ isTable }) => isTable),
  )
  const { name, columns } = view
  const set = random.pick(columns)
  const text = w.either(
    () => `INSERT INTO ${name} VALUES (${columns.map(({ kind }) => literal(w, kind)).join(', ')})`,
    () =>
      `INSERT INTO ${name} ${grammar.query(
        w,
        [],
        columns.map(({ kind }) => kind),
      )}`,
    () =>
      `UPDATE ${name} SET ${set.name} = ${value(w, [view], set.kind)} WHERE ${condition(w, [view])}`,
    () => `DELETE FROM ${name} WHERE ${condition(w, [view])}`,
  )
  return `${text} /* changed */`
}
