/** One row of a grid. It is drawn again only where something of it has changed: while others scroll by, it stays as it is. */
import { Component, type JSX } from 'preact'
import type { WireValue } from '../protocol.ts'
import { shortText, typeOf } from './values.ts'

export interface GridColumn {
  readonly name: string
  /** What stands below the name, such as the type. */
  readonly detail: string
  readonly isKey?: boolean
  readonly isFixed?: boolean
}

/** Where a column stands. */
export interface Place {
  readonly index: number
  readonly start: number
  readonly size: number
}

export interface GridRowProps {
  /** What the ids of its cells begin with. */
  readonly gridId: string
  /** From 0. */
  readonly index: number
  readonly number: number
  readonly top: number
  readonly height: number
  readonly width: number
  readonly numberWidth: number
  readonly columns: readonly GridColumn[]
  /** The columns that are on the screen. The same list means the same places. */
  readonly places: readonly Place[]
  /** Undefined: they are on their way. */
  readonly values: readonly WireValue[] | undefined
  /** The column of the active cell, where it is in this row; else -1. */
  readonly activeColumn: number
  readonly isSelected: boolean
}

export function cellId(gridId: string, row: number, column: number): string {
  return `${gridId}-${row}-${column}`
}

export class GridRow extends Component<GridRowProps> {
  override shouldComponentUpdate(next: GridRowProps): boolean {
    return Object.entries(next).some(
      ([name, value]) => this.props[name as keyof GridRowProps] !== value,
    )
  }

  override render(): JSX.Element {
    const { gridId, index, number, top, height, width, numberWidth, isSelected } = this.props
    const { columns, places, values, activeColumn } = this.props
    return (
      <div
        role="row"
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        class={`grid-row${isSelected ? ' selected' : ''}`}
        style={{ transform: `translateY(${top}px)`, height: `${height}px`, width: `${width}px` }}
      >
        <div class="grid-number" role="rowheader" style={{ width: `${numberWidth}px` }}>
          {number}
        </div>
        {places.map(({ index: column, start, size }) => {
          const value = values?.[column]
          const kind = value === undefined ? 'waiting' : typeOf(value).toLowerCase()
          const isActive = column === activeColumn
          const isFixed = columns[column]?.isFixed === true
          return (
            <div
              key={column}
              id={cellId(gridId, index, column)}
              role="gridcell"
              aria-colindex={column + 1}
              aria-selected={isActive || undefined}
              class={`grid-cell ${kind}${isActive ? ' active' : ''}${isFixed ? ' fixed' : ''}`}
              style={{ left: `${start}px`, width: `${size}px` }}
            >
              {value === undefined ? '' : shortText(value)}
            </div>
          )
        })}
      </div>
    )
  }
}
