/**
 * A table of any size, of which only what is on the screen exists. One cell is the active one; it moves by the keys of the ARIA grid pattern (arrows,
 * Home and End, Page Up and Down, with Ctrl to the ends). The row above the first is that of the headers.
 */
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { WireValue } from '../protocol.ts'
import { cellId, GridRow, type GridColumn } from './grid-row.tsx'
import { say } from './state.ts'
import { useVirtual } from './use-virtual.ts'
import { isNumber, plainText, shortText } from './values.ts'

export const rowHeight = 30
const headHeight = 46
const leastWidth = 64
const mostWidth = 340

export interface Cell {
  /** -1: the headers. */
  readonly row: number
  readonly column: number
}

export interface GridProps {
  readonly label: string
  readonly columns: readonly GridColumn[]
  readonly rowCount: number
  /** Undefined: it is on its way. */
  readonly rowAt: (index: number) => readonly WireValue[] | undefined
  /** What the first row is called; it counts from 1. */
  readonly firstNumber?: number
  readonly onVisible?: (from: number, to: number) => void
  readonly order?: { readonly column: number; readonly isDescending: boolean } | null
  readonly onOrder?: (column: number) => void
  /** A cell is opened, by Enter or a double click, or by a character that begins its new value. */
  readonly onOpen?: (cell: Cell, rect: DOMRect, typed: string | null) => void
  /** Further keys. Answers whether it was meant. */
  readonly onKey?: (event: KeyboardEvent, cell: Cell, selected: Selected) => boolean
  readonly onActive?: (cell: Cell, selected: Selected) => void
  /** Another one begins at the first row. */
  readonly identity: string
}

/** Rows from one to another, both among them. */
export interface Selected {
  readonly from: number
  readonly to: number
}

export function Grid(props: GridProps): JSX.Element {
  const { label, columns, rowCount, rowAt, firstNumber = 1, order = null, identity } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 })
  const [anchorRow, setAnchorRow] = useState(0)
  const [widths, setWidths] = useState<ReadonlyMap<string, number>>(new Map())
  const numberWidth = Math.max(44, 18 + 8 * String(firstNumber + rowCount).length)

  const sample = rowAt(0)
  const guessed = useMemo(
    () => guessWidths(columns, rowAt, rowCount),
    [columns, identity, sample === undefined, rowCount > 0],
  )
  const widthOf = (column: number): number =>
    widths.get(columns[column]!.name) ?? guessed[column] ?? leastWidth

  const rows = useVirtual(scroller, {
    count: rowCount,
    size: () => rowHeight,
    isHorizontal: false,
    margin: headHeight,
    overscan: 12,
  })
  const cells = useVirtual(scroller, {
    count: columns.length,
    size: widthOf,
    isHorizontal: true,
    margin: numberWidth,
    overscan: 2,
  })
  useLayoutEffect(() => cells.measure(), [cells, guessed, widths, numberWidth])
  useLayoutEffect(() => {
    // Who orders by keys stays at the header.
    setActive(({ row, column }) => ({
      row: Math.min(row, 0),
      column: Math.max(0, Math.min(column, columns.length - 1)),
    }))
    setAnchorRow(0)
    if (scroller.current !== null) scroller.current.scrollTop = 0
  }, [identity])

  const shownRows = rows.getVirtualItems()
  const shownCells = cells.getVirtualItems()
  const from = shownRows[0]?.index ?? 0
  const to = shownRows.at(-1)?.index ?? 0
  useEffect(() => {
    if (rowCount > 0) props.onVisible?.(from, to)
  }, [from, to, rowCount, identity])

  const selected: Selected = {
    from: Math.min(anchorRow, active.row),
    to: Math.max(anchorRow, active.row),
  }
  useEffect(() => props.onActive?.(active, selected), [active, anchorRow])

  const gridId = label.replaceAll(/\W/g, '-')

  const move = (row: number, column: number, extends_ = false): void => {
    const next = {
      row: Math.max(-1, Math.min(rowCount - 1, row)),
      column: Math.max(0, Math.min(columns.length - 1, column)),
    }
    setActive(next)
    if (!extends_) setAnchorRow(next.row)
    if (next.row >= 0) rows.scrollToIndex(next.row, { align: 'auto' })
    cells.scrollToIndex(next.column, { align: 'auto' })
  }

  const open = (cell: Cell, typed: string | null): void => {
    const element = document.getElementById(cellId(gridId, cell.row, cell.column))
    if (cell.row < 0) props.onOrder?.(cell.column)
    else if (element !== null) props.onOpen?.(cell, element.getBoundingClientRect(), typed)
  }

  const copy = (): void => {
    const isOne = selected.from === selected.to
    const texts: string[] = []
    for (let row = selected.from; row <= selected.to; row++) {
      const values = rowAt(row)
      if (row < 0) texts.push(columns[active.column]!.name)
      else if (values !== undefined) {
        texts.push(
          isOne
            ? plainText(values[active.column]!)
            : values.map((value) => plainText(value)).join('\t'),
        )
      }
    }
    void navigator.clipboard.writeText(texts.join('\n')).then(
      () => say(isOne ? 'The cell is copied.' : `${texts.length} rows are copied.`),
      () => say('The browser allows no copying.', true),
    )
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== scroller.current) return
    const { row, column } = active
    if (props.onKey?.(event, active, selected) === true) {
      event.preventDefault()
      return
    }
    const { key, shiftKey, altKey } = event
    const isCommand = event.ctrlKey || event.metaKey
    const page = Math.max(
      1,
      Math.floor((scroller.current!.clientHeight - headHeight) / rowHeight) - 1,
    )
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(isCommand ? rowCount - 1 : row + 1, column, shiftKey),
      ArrowUp: () => move(isCommand ? 0 : row - 1, column, shiftKey),
      ArrowRight: () => move(row, isCommand ? columns.length - 1 : column + 1, shiftKey),
      ArrowLeft: () => move(row, isCommand ? 0 : column - 1, shiftKey),
      PageDown: () => move(row + page, column, shiftKey),
      PageUp: () => move(Math.max(0, row - page), column, shiftKey),
      Home: () => move(isCommand ? 0 : row, 0, shiftKey),
      End: () => move(isCommand ? rowCount - 1 : row, columns.length - 1, shiftKey),
      Enter: () => open(active, null),
      F2: () => open(active, null),
    }
    if (altKey && (key === 'ArrowRight' || key === 'ArrowLeft')) {
      resize(column, widthOf(column) + (key === 'ArrowRight' ? 24 : -24))
    } else if (isCommand && key.toLowerCase() === 'c') copy()
    else if (key in moves && !altKey) moves[key]!()
    else if (key.length === 1 && !isCommand && !altKey && row >= 0) open(active, key)
    else return
    event.preventDefault()
  }

  const resize = (column: number, width: number): void => {
    const next = new Map(widths)
    next.set(columns[column]!.name, Math.max(leastWidth, Math.round(width)))
    setWidths(next)
  }

  const onGrip = (event: PointerEvent, column: number): void => {
    event.preventDefault()
    event.stopPropagation()
    const begin = event.clientX
    const before = widthOf(column)
    const target = event.currentTarget as HTMLElement
    target.setPointerCapture(event.pointerId)
    const drag = ({ clientX }: PointerEvent): void => resize(column, before + clientX - begin)
    target.addEventListener('pointermove', drag)
    target.addEventListener('pointerup', () => target.removeEventListener('pointermove', drag), {
      once: true,
    })
  }

  const width = cells.getTotalSize() + numberWidth
  return (
    <div
      class="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      aria-activedescendant={
        columns.length > 0 ? cellId(gridId, active.row, active.column) : undefined
      }
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKeyDown}
    >
      <div
        class="grid-head"
        role="row"
        aria-rowindex={1}
        style={{ width: px(width), height: px(headHeight) }}
      >
        <div class="grid-corner" style={{ width: px(numberWidth) }} role="presentation" />
        {shownCells.map(({ index, start, size }) => {
          const column = columns[index]!
          const isOrdered = order?.column === index
          const isActive = active.row === -1 && active.column === index
          return (
            <div
              key={index}
              id={cellId(gridId, -1, index)}
              role="columnheader"
              aria-colindex={index + 1}
              aria-sort={isOrdered ? (order.isDescending ? 'descending' : 'ascending') : undefined}
              class={`grid-header${isActive ? ' active' : ''}${props.onOrder ? ' sortable' : ''}`}
              style={{ left: px(start), width: px(size) }}
              title={column.name}
              onClick={() => {
                move(-1, index)
                props.onOrder?.(index)
              }}
            >
              <span class="grid-name">
                {column.isKey === true && <span class="key-mark" title="primary key" />}
                <span class="cut">{column.name}</span>
                {isOrdered && <span class="order-mark">{order.isDescending ? '↓' : '↑'}</span>}
              </span>
              <span class="grid-detail cut">{column.detail}</span>
              <span
                class="grip"
                onPointerDown={(event) => onGrip(event, index)}
                onClick={(event) => event.stopPropagation()}
              />
            </div>
          )
        })}
      </div>
      <div
        class="grid-body"
        role="rowgroup"
        style={{ width: px(width), height: px(rows.getTotalSize()) }}
        onMouseDown={(event) => {
          const cell = cellOf(event)
          if (cell === null) return
          if (event.detail > 1) event.preventDefault()
          move(cell.row, cell.column, event.shiftKey)
        }}
        onDblClick={(event) => {
          const cell = cellOf(event)
          if (cell !== null) open(cell, null)
        }}
      >
        {shownRows.map(({ index, start }) => (
          <GridRow
            key={index}
            gridId={gridId}
            index={index}
            number={firstNumber + index}
            top={start - headHeight}
            height={rowHeight}
            width={width}
            numberWidth={numberWidth}
            columns={columns}
            places={shownCells}
            values={rowAt(index)}
            activeColumn={active.row === index ? active.column : -1}
            isSelected={index >= selected.from && index <= selected.to}
          />
        ))}
      </div>
    </div>
  )
}

/** The cell at which the pointer is. */
function cellOf({ target }: MouseEvent): Cell | null {
  const cell = (target as Element).closest('[role=gridcell]')
  if (cell === null) return null
  return {
    row: Number(cell.parentElement!.ariaRowIndex) - 2,
    column: Number(cell.ariaColIndex) - 1,
  }
}

function px(length: number): string {
  return `${length}px`
}

/** As wide as the first rows need it, within limits. */
function guessWidths(
  columns: readonly GridColumn[],
  rowAt: GridProps['rowAt'],
  rowCount: number,
): number[] {
  const samples: (readonly WireValue[])[] = []
  for (let row = 0; row < Math.min(rowCount, 40); row++) {
    const values = rowAt(row)
    if (values !== undefined) samples.push(values)
  }
  return columns.map(({ name, detail }, column) => {
    const head = Math.max(name.length * 7.8 + 34, detail.length * 6.4 + 26)
    const longest = samples.map((values) => {
      const value = values[column]!
      return shortText(value).length * (isNumber(value) ? 7.8 : 7.2) + 26
    })
    return Math.round(Math.min(mostWidth, Math.max(leastWidth, head, ...longest)))
  })
}
