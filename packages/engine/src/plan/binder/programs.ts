/** The programs of the triggers that a statement may fire, as they are found: each is bound when the statement that asks for it first has been. */
import type { ForeignKey, Table, Trigger } from '../../schema/index.ts'
import type { ConflictAction, ForeignKeyAction } from '../../sql/index.ts'
import type { SourceColumn } from '../scope.ts'
import type { TriggerRow } from '../statement.ts'

/** The rows that a trigger sees. */
export interface TriggerTable extends TriggerRow {
  /** The columns, then the rowid where there is one. */
  readonly columns: readonly SourceColumn[]
  readonly places: ReadonlyMap<string, number>
}

/** A program to be bound. */
export interface TriggerUse {
  readonly trigger: Trigger
  readonly on: TriggerTable
  /** The conflict action of the statement that fires it, which goes before those of its steps. */
  readonly orAction: ConflictAction | null
  /** It is none that somebody has written. */
  readonly action?: KeyActionUse
}

/** The action of a foreign key of `child`. */
export interface KeyActionUse {
  readonly key: ForeignKey
  readonly event: 'DELETE' | 'UPDATE'
  readonly child: Table
  readonly action: ForeignKeyAction
}

export class Programs {
  readonly uses: TriggerUse[] = []
  /** The places of programs in the order in which statements ask for them. */
  readonly asked: number[] = []
  readonly #triggers: Trigger[] = []

  /** The place of the program of a trigger under a conflict action. */
  place(use: TriggerUse): number {
    const known = this.uses.findIndex(
      ({ trigger, orAction }) => trigger === use.trigger && orAction === use.orAction,
    )
    const place = known < 0 ? this.uses.push(use) - 1 : known
    this.asked.push(place)
    return place
  }

  /** Programs that were asked for at the place `first` of that list, or behind it, come behind what was asked for since. */
  postpone(first: number, places: readonly number[]): void {
    for (const place of places) {
      const at = this.asked.indexOf(place, first)
      this.asked.splice(at, 1)
      this.asked.push(place)
    }
  }

  /** The place of the program of a foreign key's action; null: there is none yet. */
  placeOfAction(key: ForeignKey, event: KeyActionUse['event']): number | null {
    const known = this.uses.findIndex(
      ({ action }) => action !== undefined && action.key === key && action.event === event,
    )
    if (known < 0) return null
    this.asked.push(known)
    return known
  }

  /** A number for a trigger, whatever the program. */
  numberOf(trigger: Trigger): number {
    const known = this.#triggers.indexOf(trigger)
    return known < 0 ? this.#triggers.push(trigger) - 1 : known
  }
}
