/** What the checks of foreign keys are made of: plans. */
import type { KeyChecks } from '../key-checks.ts'
import { mapArray, mapNullable, type NodeMap } from './map.ts'
import type { NodeVisit } from './visit.ts'

/** The checks with all their plans mapped. */
export function mapKeys(keys: KeyChecks | null, plan: NodeMap): KeyChecks | null {
  if (keys === null) return null
  const children = mapArray(keys.children, (check) => {
    const old = mapNullable(check.old, plan)
    const now = mapNullable(check.new, plan)
    return old === check.old && now === check.new ? check : { ...check, old, new: now }
  })
  const actions = mapArray(keys.actions, (action) => {
    if (action.kind === 'program') return action
    const rows = plan(action.rows)
    return rows === action.rows ? action : { ...action, rows }
  })
  if (children === keys.children && actions === keys.actions) return keys
  return { ...keys, children, actions }
}

/** Calls `plan` for each of their plans. */
export function visitKeys(keys: KeyChecks | null, plan: NodeVisit): void {
  if (keys === null) return
  for (const check of keys.children) {
    if (check.old !== null) plan(check.old)
    if (check.new !== null) plan(check.new)
  }
  for (const action of keys.actions) if (action.kind === 'restrict') plan(action.rows)
}
