/** Table-valued functions: `json_each`, `json_tree`, the PRAGMAs. Their arguments may name what stands beside them. */
import { inTwoWays } from './comparison.ts'
import { leaf } from './expression.ts'
import { columnOf, type Column, type Scope, type Source, type Writer } from './writer.ts'

const column = (name: string, kind: Column['kind']): Column => ({ name, kind })

const jsonColumns: readonly Column[] = [
  column('type', 'text'),
  column('fullkey', 'text'),
  column('path', 'text'),
  column('id', 'integer'),
  column('parent', 'integer'),
]

interface Pragma {
  readonly name: string
  readonly columns: readonly Column[]
  /** What its argument names. */
  readonly of: 'table' | 'index' | ''
}

const pragmas: readonly Pragma[] = [
  {
    name: 'pragma_table_info',
    columns: [column('cid', 'integer'), column('name', 'text'), column('pk', 'integer')],
    of: 'table',
  },
  {
    name: 'pragma_table_xinfo',
    columns: [column('cid', 'integer'), column('name', 'text'), column('hidden', 'integer')],
    of: 'table',
  },
  {
    name: 'pragma_index_list',
    columns: [column('seq', 'integer'), column('name', 'text'), column('partial', 'integer')],
    of: 'table',
  },
  {
    name: 'pragma_index_info',
    columns: [column('seqno', 'integer'), column('cid', 'integer')],
    of: 'index',
  },
  {
    name: 'pragma_index_xinfo',
    columns: [column('seqno', 'integer'), column('cid', 'integer'), column('coll', 'text')],
    of: 'index',
  },
]

export function tableFunction(
  w: Writer,
  scope: Scope,
): { readonly text: string; readonly source: Source } {
  const name = w.alias()
  if (!w.isStored && w.oneIn(6)) {
    const [from, to] = [w.random.below(6) - 2, w.random.below(9)]
    const step = 1 + w.random.below(3)
    const rows = `SELECT ${from} AS value WHERE ${from} <= ${to} UNION ALL SELECT value + ${step} FROM s WHERE value + ${step} <= ${to}`
    const text = inTwoWays(
      `generate_series(${from}, ${to}, ${step})`,
      `(WITH RECURSIVE s AS (${rows}) SELECT * FROM s)`,
    )
    const columns = [column('value', 'integer')]
    return { text: `${text} AS ${name}`, source: { name, columns, key: ['value'], isTable: false } }
  }
  if (w.oneIn(4)) {
    const { name: called, columns, of } = w.random.pick(pragmas)
    const tables = w.tables
      .filter(({ isTable }) => isTable)
      .map((table) => table.name.split('.').at(-1)!)
    const plain = of === 'table' ? w.random.pick(tables) : `${w.random.pick(tables)}_i1`
    const argument = (w.oneIn(6) ? columnOf(w, scope, ['text']) : null) ?? `'${plain}'`
    const key = columns.slice(0, 1).map((one) => one.name)
    return {
      text: `${called}(${argument}) AS ${name}`,
      source: { name, columns, key, isTable: false },
    }
  }
  const called = w.random.pick(['json_each', 'json_tree', 'jsonb_each', 'jsonb_tree'])
  const path = w.oneIn(3)
    ? `, ${w.random.pick(["'$'", "'$.l'", "'$[1]'", "'$.o'", 'NULL', "'$.none'"])}`
    : ''
  const source = { name, columns: jsonColumns, key: ['id'], isTable: false }
  return { text: `${called}(${leaf(w, scope, 'json')}${path}) AS ${name}`, source }
}
