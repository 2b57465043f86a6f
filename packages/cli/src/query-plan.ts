/** EXPLAIN QUERY PLAN as a tree, as sqlite3 draws it. */

/** Rows are id, parent, notused, detail. */
export function queryPlanLines(rows: readonly (readonly unknown[])[]): string[] {
  const children = new Map<number, { id: number; detail: string }[]>()
  for (const [id, parent, , detail] of rows) {
    const key = Number(parent)
    const siblings = children.get(key) ?? []
    siblings.push({ id: Number(id), detail: String(detail) })
    children.set(key, siblings)
  }
  const lines = ['QUERY PLAN']
  const draw = (parent: number, indent: string): void => {
    const siblings = children.get(parent) ?? []
    for (const [i, { id, detail }] of siblings.entries()) {
      const isLast = i === siblings.length - 1
      lines.push(`${indent}${isLast ? '`--' : '|--'}${detail}`)
      draw(id, indent + (isLast ? '   ' : '|  '))
    }
  }
  draw(0, '')
  return lines
}
