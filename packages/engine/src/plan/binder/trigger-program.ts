/**
 * The bodies of the triggers that a statement may fire, bound when they are found to be needed: so a name that they get wrong is reported
 * by the statement that fires them. (`codeRowTrigger`, `codeTriggerProgram`)
 *
 * OLD and NEW are two sources in a scope around all queries of a body, whose columns are found only under these names. A trigger that
 * is not temporary looks for all tables in its own database.
 */
import type { Statement } from '../../sql/index.ts'
import type { SourceId } from '../expression.ts'
import { Scope } from '../scope.ts'
import type { BoundStatement, TriggerProgram } from '../statement.ts'
import type { Binder } from './binder.ts'
import { bindDelete } from './delete.ts'
import { bindInsert } from './insert.ts'
import { actionOfUse, actionStep } from './key-action.ts'
import type { TriggerTable, TriggerUse } from './programs.ts'
import { bindQuery } from './query.ts'
import { bindUpdate } from './update.ts'

/** The statement with the programs of all triggers that it may come to fire. */
export function withPrograms(b: Binder, bound: BoundStatement): BoundStatement {
  if (b.programs.uses.length === 0 || !('programs' in bound)) return bound
  const programs: (TriggerProgram | null)[] = []
  bindPrograms(b, 0, programs)
  return { ...bound, programs: programs as TriggerProgram[] }
}

/**
 * Binds the programs that have been asked for, from the place `first` of that list on. What a step of one fires comes before its next step, which decides
 * which of two mistakes is reported. null: is being bound.
 */
function bindPrograms(b: Binder, first: number, programs: (TriggerProgram | null)[]): void {
  const { uses, asked } = b.programs
  for (let i = first; i < asked.length; i++) {
    const place = asked[i]!
    if (programs[place] !== undefined) continue
    programs[place] = null
    programs[place] = bindProgram(b, uses[place]!, programs)
  }
}

function bindProgram(
  b: Binder,
  use: TriggerUse,
  programs: (TriggerProgram | null)[],
): TriggerProgram {
  const { trigger, on, action } = use
  const { definition, sql, name } = trigger
  const database = trigger.database === 'temp' ? null : trigger.database
  const { event, when, body } = definition
  const scope = new Scope(null)
  scope.isRow = true
  const oldRow = event === 'INSERT' ? null : rowSource(b, scope, on, 'old')
  const newRow = event === 'DELETE' ? null : rowSource(b, scope, on, 'new')
  const raises = { ignores: false }
  const outerRaises = b.raises
  return b.inView(sql, database, () => {
    b.outer = scope
    b.raises = raises
    try {
      const condition = when === null ? null : b.expression(b, when, scope)
      const steps = body.map((step) => {
        const found = b.programs.asked.length
        const bound = bindStep(b, step, use)
        bindPrograms(b, found, programs)
        return action === undefined ? bound : actionStep(b, action, bound)
      })
      return {
        name,
        trigger: b.programs.numberOf(trigger),
        recurs: action !== undefined || b.catalog.environment.recursiveTriggers,
        oldRow,
        newRow,
        on,
        when: condition,
        steps,
        ignores: raises.ignores,
        action: actionOfUse(action),
      }
    } finally {
      b.raises = outerRaises
    }
  })
}

function rowSource(b: Binder, scope: Scope, on: TriggerTable, name: 'old' | 'new'): SourceId {
  const id = b.newSource()
  const { columns, places } = on
  b.noteAffinities(id, columns)
  scope.sources.push({
    id,
    name,
    table: null,
    database: null,
    columns,
    places,
    using: null,
    isOptional: false,
    isHidden: true,
  })
  return id
}

function bindStep(b: Binder, step: Statement, { orAction }: TriggerUse): BoundStatement {
  switch (step.kind) {
    case 'insert':
      return bindInsert(b, { ...step, orAction: orAction ?? step.orAction })
    case 'update':
      return bindUpdate(b, { ...step, orAction: orAction ?? step.orAction })
    case 'delete':
      return bindDelete(b, step)
    case 'select':
      return bindQuery(b, step).query
    default:
      throw new TypeError('the parser takes no other statement for a step')
  }
}
