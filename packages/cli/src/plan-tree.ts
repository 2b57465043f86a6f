/** EXPLAIN QUERY PLAN as a tree, as sqlite3 draws it. */
import { valueText } from './format/value.ts'

/** Deeper levels are not drawn. */
const deepestPrefix = 93

export class PlanTree {
  readonly #children = new Map<number, { id: number; detail: string }[]>()

  /** A row of `id`, `parent`, `notused`, `detail`. */
  add([id, parent, , detail]: readonly unknown[]): void {
    const key = Number(parent)
    const siblings = this.#children.get(key) ?? []
    siblings.push({ id: Number(id), detail: valueText(detail) ?? '' })
    this.#children.set(key, siblings)
  }

  /** The tree; nothing where there are no rows. */
  text(): string {
    if (this.#children.size === 0) return ''
    let text = 'QUERY PLAN\n'
    const draw = (parent: number, prefix: string): void => {
      const siblings = this.#children.get(parent) ?? []
      for (const [i, { id, detail }] of siblings.entries()) {
        const isLast = i === siblings.length - 1
        text += `${prefix}${isLast ? '`--' : '|--'}${detail}\n`
        if (prefix.length < deepestPrefix && id !== parent)
          draw(id, prefix + (isLast ? '   ' : '|  '))
      }
    }
    draw(0, '')
    return text
  }
}
