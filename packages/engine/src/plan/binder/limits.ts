/** LIMIT and OFFSET of a query, an UPDATE or a DELETE. */
import type { Select } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { pin } from '../literal.ts'
import type { PlanNode } from '../node.ts'
import { Scope } from '../scope.ts'
import type { Binder } from './binder.ts'

/** They name no columns but those of OLD and NEW, and are bound right after FROM. (`resolveSelectStep`) */
export class Limits {
  readonly #b: Binder
  readonly #select: Pick<Select, 'limit' | 'offset'>
  #limit: BoundExpression | null = null
  #offset: BoundExpression | null = null

  constructor(b: Binder, select: Pick<Select, 'limit' | 'offset'>) {
    this.#b = b
    this.#select = select
  }

  readonly bind = (): void => {
    const { limit, offset } = this.#select
    if (limit === null) return
    const scope = new Scope(this.#b.outer)
    // How many rows are wanted decides how they are found.
    pin(limit)
    this.#limit = this.#b.expression(this.#b, limit, scope)
    if (offset !== null) this.#offset = this.#b.expression(this.#b, offset, scope)
  }

  over(input: PlanNode): PlanNode {
    if (this.#limit === null) return input
    return { kind: 'limit', input, limit: this.#limit, offset: this.#offset }
  }
}

export function limited(
  b: Binder,
  select: Pick<Select, 'limit' | 'offset'>,
  input: PlanNode,
): PlanNode {
  const limits = new Limits(b, select)
  limits.bind()
  return limits.over(input)
}
