/** Expressions over the columns of a scope that never fail, so that nothing depends on the order in which rows are looked at. */
import { condition } from './condition.ts'
import { literal } from './values.ts'
import { columnOf, type Kind, type Scope, type Writer } from './writer.ts'

/** A column of the kind, or a literal where the scope has none. */
export function leaf(w: Writer, scope: Scope, kind: Kind): string {
  const wanted: Kind[] = kind === 'text' && w.oneIn(12) ? ['text', 'json'] : [kind]
  return (w.oneIn(8) ? null : columnOf(w, scope, wanted)) ?? literal(w, kind)
}

/** An expression of the kind, or NULL. */
export function value(w: Writer, scope: Scope, kind: Kind, depth = 0): string {
  if (depth > 2 || w.oneIn(3)) return leaf(w, scope, kind)
  if (w.oneIn(4)) return choice(w, scope, kind, depth + 1)
  switch (kind) {
    case 'integer':
      return integer(w, scope, depth + 1)
    case 'real':
      return real(w, scope, depth + 1)
    case 'text':
      return text(w, scope, depth + 1)
    case 'blob':
      return blob(w, scope, depth + 1)
    case 'json':
      return json(w, scope, depth + 1)
  }
}

/** What passes one of several values on. */
function choice(w: Writer, scope: Scope, kind: Kind, depth: number): string {
  const inner = (): string => value(w, scope, kind, depth)
  const test = (): string => condition(w, scope, depth)
  return w.either(
    () => `coalesce(${inner()}, ${inner()})`,
    () => `ifnull(${inner()}, ${inner()})`,
    () => `nullif(${inner()}, ${inner()})`,
    () => `iif(${test()}, ${inner()}, ${inner()})`,
    () => `if(${test()}, ${inner()})`,
    () => `CASE WHEN ${test()} THEN ${inner()} ELSE ${inner()} END`,
    () => `CASE WHEN ${test()} THEN ${inner()} WHEN ${test()} THEN ${inner()} END`,
    () => {
      const operand: Kind = w.random.pick(['integer', 'text'])
      const compared = (): string => value(w, scope, operand, depth + 1)
      return `CASE ${compared()} WHEN ${compared()} THEN ${inner()} WHEN ${compared()} THEN ${inner()} ELSE ${inner()} END`
    },
    () => `likely(${inner()})`,
    () => `max(${inner()}, ${inner()})`,
    () => `min(${inner()}, ${inner()}, ${inner()})`,
    () => w.nested(() => scalarQuery(w, scope, kind), inner),
    () => w.nested(() => scalarQuery(w, scope, kind), inner),
  )
}

/** A query in parentheses whose first row is determined. */
function scalarQuery(w: Writer, scope: Scope, kind: Kind): string {
  const from = w.grammar.from(w, scope, 2)
  const inner = [...from.sources, ...scope]
  const order = from.sources.flatMap(({ name, key }) => key.map((column) => `${name}.${column}`))
  return w.either(
    () => `(SELECT ${value(w, inner, kind, 1)} ${from.text} ORDER BY ${order.join(', ')} LIMIT 1)`,
    () =>
      `(SELECT ${value(w, inner, kind, 2)} ${from.text} ORDER BY 0 + ${value(w, inner, 'integer', 2)} DESC, ${order.join(', ')} LIMIT 1 OFFSET ${w.random.below(3)})`,
    () =>
      `(SELECT ${w.random.pick(['max', 'min'])}(${value(w, from.sources, kind, 1)}) ${from.text})`,
    () => `(SELECT max(c0) FROM (${w.grammar.query(w, scope, [kind])}))`,
  )
}

function integer(w: Writer, scope: Scope, depth: number): string {
  const inner = (): string => value(w, scope, 'integer', depth)
  const other = (kind: Kind): string => value(w, scope, kind, depth)
  return w.either(
    () => `(${inner()} + ${inner()})`,
    () => `(${inner()} - ${inner()})`,
    () => `(${inner()} * ${w.random.pick(['2', '-1', '3', inner()])})`,
    () => `(${inner()} / ${w.random.pick(['2', '3', '0', inner()])})`,
    () => `(${inner()} % ${w.random.pick(['2', '5', '0', '-3', inner()])})`,
    () => `(${inner()} ${w.random.pick(['&', '|'])} ${inner()})`,
    () =>
      `(${inner()} ${w.random.pick(['<<', '>>'])} ${w.random.pick(['1', '2', '-1', '70'])}) % 1000`,
    () => `-${leaf(w, scope, 'integer').replace(/^-/, '')}`,
    () => `~${leaf(w, scope, 'integer')}`,
    () => `+${leaf(w, scope, 'integer')}`,
    () => `abs(${inner()})`,
    () => `sign(${other('real')})`,
    () => `length(${other(w.random.pick(['text', 'blob', 'integer']))})`,
    () => `octet_length(${other('text')})`,
    () => `instr(${other('text')}, ${other('text')})`,
    () => `unicode(${other('text')})`,
    () => `(${condition(w, scope, depth)})`,
    () => `CAST(${other(w.random.pick(['real', 'text', 'integer']))} AS INTEGER)`,
    () => `json_array_length(${other('json')})`,
    () => `json_valid(${other(w.random.pick(['json', 'text']))})`,
    () => `(${other('json')} ->> '$.n')`,
    () => `strftime('%d', ${inner()} + 2451545) + 0`,
    () =>
      w.nested(() => {
        const from = w.grammar.from(w, scope, 2)
        return `(SELECT count(${w.random.pick(['*', leaf(w, from.sources, 'text')])}) ${from.text})`
      }, inner),
  )
}

function real(w: Writer, scope: Scope, depth: number): string {
  const inner = (): string => value(w, scope, 'real', depth)
  // Whole numbers among REALs meet INTEGERs that are equal and differ: a quarter is added.
  const odd = (text: string): string => `(${text} + 0.125)`
  return w.either(
    () => odd(`(${inner()} + ${value(w, scope, 'integer', depth)})`),
    () => odd(`(${inner()} - ${inner()})`),
    () => odd(`(${inner()} * 2)`),
    () => odd(`(${inner()} / 4)`),
    () => odd(`round(${inner()})`),
    () => odd(`round(${inner()}, 1)`),
    () => odd(`ceil(${inner()})`),
    () => odd(`floor(${inner()})`),
    () => odd(`trunc(${inner()})`),
    () => odd(`abs(${inner()})`),
    () => odd(`mod(${inner()}, 3)`),
    () => odd(`CAST(${value(w, scope, 'integer', depth)} AS REAL)`),
    () => odd(`julianday(${value(w, scope, 'integer', depth)} + 2451545.25)`),
  )
}

const pieces = ["'x'", "'-'", "'é'", "' '", "''", "'aB'"]

function text(w: Writer, scope: Scope, depth: number): string {
  const inner = (): string => value(w, scope, 'text', depth)
  const number = (): string => value(w, scope, w.random.pick(['integer', 'real']), depth)
  const any = (): string =>
    value(w, scope, w.random.pick(['integer', 'real', 'text', 'blob']), depth)
  return w.either(
    () => `(${inner()} || ${w.random.pick(pieces)})`,
    () => `(${any()} || ${inner()})`,
    () => `lower(${inner()})`,
    () => `upper(${inner()})`,
    () => `substr(${inner()}, ${w.random.pick(['1', '2', '-2', '0', number()])})`,
    () =>
      `substr(${inner()}, ${w.random.pick(['1', '2', '-3', '0'])}, ${w.random.pick(['1', '2', '-1'])})`,
    () => `trim(${inner()})`,
    () => `ltrim(${inner()}, ${w.random.pick(["'a'", "'aBx'", "''"])})`,
    () => `replace(${inner()}, ${w.random.pick(pieces)}, ${w.random.pick(pieces)})`,
    () => `printf('%s/%d/%5.1f', ${inner()}, ${number()}, ${number()})`,
    () => `format('%-6s|%q', ${inner()}, ${inner()})`,
    () => `hex(${any()})`,
    () => `quote(${any()})`,
    () => `typeof(${any()})`,
    () => `CAST(${any()} AS TEXT)`,
    () => `concat(${inner()}, ${number()})`,
    () => `concat_ws(${w.random.pick(pieces)}, ${number()}, ${inner()}, ${number()})`,
    () => `char(65 + ${value(w, scope, 'integer', 3)} % 20, 98)`,
    () => `(${value(w, scope, 'json', depth)} ->> '$.s')`,
    () => `json_type(${value(w, scope, 'json', depth)})`,
    () => `json(${value(w, scope, 'json', depth)})`,
    () => `date(2451545 + ${value(w, scope, 'integer', 3)}, '+1 month')`,
    () =>
      w.nested(() => {
        const from = w.grammar.from(w, scope, 2)
        const order = from.sources.flatMap((s) => s.key.map((column) => `${s.name}.${column}`))
        return `(SELECT group_concat(${value(w, from.sources, 'text', 2)}, ',' ORDER BY ${order.join(', ')}) ${from.text})`
      }, inner),
  )
}

function blob(w: Writer, scope: Scope, depth: number): string {
  const inner = (): string => value(w, scope, 'blob', depth)
  return w.either(
    () => `substr(${inner()}, ${w.random.pick(['1', '2', '-2'])})`,
    () => `CAST(${value(w, scope, 'text', depth)} AS BLOB)`,
    () => `unhex(hex(${inner()}))`,
    () => leaf(w, scope, 'blob'),
  )
}

function json(w: Writer, scope: Scope, depth: number): string {
  const inner = (): string => value(w, scope, 'json', depth)
  const any = (): string => value(w, scope, w.random.pick(['integer', 'text', 'json']), depth)
  return w.either(
    () => `json_array(${any()}, ${any()})`,
    () => `json_object('n', ${any()}, 's', ${any()})`,
    () => `json_set(${inner()}, '$.n', ${any()})`,
    () => `json_remove(${inner()}, '$.n', '$[0]')`,
    () => `json_patch(${inner()}, ${inner()})`,
    () => `coalesce(json_extract(${inner()}, '$.l'), json_array())`,
    () => `coalesce(${inner()} -> '$.o', '[]')`,
    () => leaf(w, scope, 'json'),
  )
}
