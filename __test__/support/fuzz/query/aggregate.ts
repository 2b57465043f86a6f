/** Calls of aggregates over the rows of a scope, whose answers do not depend on the order of rows unless they have one of their own. */
import { condition } from './condition.ts'
import { leaf, value } from './expression.ts'
import { totalOrder, type Kind, type Scope, type Source, type Writer } from './writer.ts'

const filters = (w: Writer, scope: Scope): string =>
  w.oneIn(5) ? ` FILTER (WHERE ${condition(w, scope, 2)})` : ''

/** `sources`: those of the query, by whose keys rows can be put in order. */
export function aggregate(w: Writer, scope: Scope, sources: readonly Source[], kind: Kind): string {
  const filter = filters(w, scope)
  const order = ` ORDER BY ${w.oneIn(2) ? `${leaf(w, sources, w.random.pick(['integer', 'text']))}${w.random.pick(['', ' DESC', ' NULLS LAST'])}, ` : ''}${totalOrder(sources).join(', ')}`
  const distinct = w.oneIn(4) ? 'DISTINCT ' : ''
  const inner = (of: Kind): string => (w.oneIn(2) ? leaf(w, scope, of) : value(w, scope, of, 1))
  switch (kind) {
    case 'integer':
      return w.either(
        () => `count(*)${filter}`,
        () => `count(${distinct}${inner(w.random.pick(['integer', 'text', 'blob']))})${filter}`,
        () => `sum(${distinct}${leaf(w, scope, 'integer')})${filter}`,
        () => `sum(${inner('integer')})${filter}`,
        () => `max(${inner('integer')})${filter}`,
        () => `min(${inner('integer')})${filter}`,
      )
    case 'real':
      return w.either(
        () => `(sum(${distinct}${leaf(w, scope, 'real')})${filter} + 0.0625)`,
        () => `(total(${inner('real')})${filter} + 0.0625)`,
        () => `(avg(${inner('integer')})${filter} + 0.0625)`,
        () => `(avg(${inner('real')} * 0.1${order})${filter} + 0.0625)`,
        () => `max(${inner('real')})${filter}`,
        () => `min(${inner('real')})${filter}`,
        () => `(median(${inner(w.random.pick(['integer', 'real']))} + 0)${filter} + 0.0625)`,
        () =>
          `(percentile(${inner('integer')} + 0, ${w.random.pick(['0', '25', '50', '99.5', '100'])})${filter} + 0.0625)`,
        () => `(percentile_cont(${inner('integer')} + 0, 0.3)${filter} + 0.0625)`,
        () => `(percentile_disc(${inner('integer')} + 0, 0.7)${filter} + 0.0625)`,
      )
    case 'text':
      return w.either(
        () => `max(${inner('text')})${filter}`,
        () => `min(${inner('text')})${filter}`,
        () =>
          `group_concat(${inner(w.random.pick(['text', 'integer']))}, ${w.random.pick(["'-'", "''", 'NULL', "', '"])}${order})${filter}`,
        () => `string_agg(${inner('text')}, ${inner('text')}${order})${filter}`,
        () => `group_concat(${inner('blob')}${order})${filter}`,
      )
    case 'json':
      return w.either(
        () =>
          `json_group_array(${inner(w.random.pick(['text', 'integer', 'json']))}${order})${filter}`,
        () => `json_group_object(${inner('text')}, ${inner('integer')}${order})${filter}`,
      )
    case 'blob':
      return `${w.random.pick(['max', 'min'])}(${inner('blob')})${filter}`
  }
}
