/** Collations in emitted code. */
import { assert } from '../../base/assert.ts'
import type { Collation } from '../../record/index.ts'
import type { Generation } from '../source/generation.ts'

/** The collation of a name that the binder has let through. */
function collationNamed({ collations, encoding }: Generation, name: string): Collation {
  const collation = collations.collation(name, encoding)
  assert(collation !== null, 'the binder lets only known collations through')
  return collation
}

/** It is no function of the user's. */
export function isBuiltIn(name: string): boolean {
  return name === 'BINARY' || name === 'NOCASE' || name === 'RTRIM'
}

/** The collation's slot. */
export function collationSlot(generation: Generation, name: string): string {
  const collation = collationNamed(generation, name)
  if (!isBuiltIn(name)) return generation.emitter.slot(collation)
  return generation.emitter.use(collation.name.toLowerCase(), collation)
}
