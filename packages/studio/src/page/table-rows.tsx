/** The rows of a table: shown, ordered, filtered, edited. */
import type { JSX } from 'preact'
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { EditAnswer, Filter, Order, Row, RowPlace, TableDetails } from '../protocol.ts'
import { CellEditor } from './cell-editor.tsx'
import { call, describeFailure, Failed } from './client.ts'
import { Confirm } from './dialog.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Grid, type Cell, type Selected } from './grid.tsx'
import { InsertRow } from './insert-row.tsx'
import { RowSource, segmentRows } from './row-source.ts'
import { dataVersion, say } from './state.ts'
import { counted, countText } from './values.ts'

interface OpenCell extends Cell {
  /** As it was when it was opened: what it has become since is for the server to find out. */
  readonly content: Row
  readonly rect: DOMRect
  readonly typed: string | null
}

export function TableRows({ table }: { readonly table: TableDetails }): JSX.Element {
  const [order, setOrder] = useState<Order | null>(null)
  const [filters, setFilters] = useState<readonly Filter[]>([])
  const [segment, setSegment] = useState(0)
  const [failure, setFailure] = useState<string | null>(null)
  const [opened, setOpened] = useState<OpenCell | null>(null)
  const [isInserting, setInserting] = useState(false)
  const [doomed, setDoomed] = useState<readonly RowPlace[] | null>(null)
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  const shown = useRef({ from: 0, to: 40 })
  const selected = useRef<Selected>({ from: 0, to: 0 })

  const source = useMemo(() => {
    setFailure(null)
    return new RowSource({
      table,
      order,
      filters,
      onChange: () => redraw(undefined),
      onFailure: (error) => {
        if (error instanceof Failed && error.kind === 'gone') return
        setFailure(describeFailure(error))
      },
    })
  }, [table, order, filters])
  useEffect(() => () => source.close(), [source])
  useEffect(() => setSegment(0), [source])

  const refresh = (isOwn = true): void => {
    setFailure(null)
    source.refresh(shown.current.from, shown.current.to, isOwn)
  }

  // Whoever commits something, this shows it.
  const version = dataVersion.value
  const firstVersion = useRef(version)
  useEffect(() => {
    if (firstVersion.current === 0 || version === firstVersion.current) {
      firstVersion.current = version
      return
    }
    firstVersion.current = version
    refresh(false)
  }, [version])

  const base = segment * segmentRows
  const total = source.knownCount
  const rowCount = Math.max(0, Math.min(segmentRows, total - base))
  const lastSegment = Math.max(0, Math.ceil(total / segmentRows) - 1)

  const columns = useMemo(
    () =>
      table.columns.map(({ name, type, keyPlace, generated, fixed }) => ({
        name,
        detail: `${type}${generated === null ? '' : ' generated'}`.trim(),
        isKey: keyPlace > 0,
        isFixed: fixed !== null,
      })),
    [table],
  )

  const orderBy = (column: number): void => {
    const { name } = table.columns[column]!
    if (order?.column !== name) setOrder({ column: name, isDescending: false })
    else setOrder(order.isDescending ? null : { column: name, isDescending: true })
  }

  const focusGrid = (): void => document.querySelector<HTMLElement>('.table-rows .grid')?.focus()

  const onSaved = ({ row }: EditAnswer): void => {
    const { row: index } = opened!
    if (row === null) refresh()
    else source.replace(base + index, row)
    setOpened(null)
    focusGrid()
    say('Saved.')
  }

  const onInserted = ({ row, changes }: EditAnswer): void => {
    setInserting(false)
    refresh()
    const key = row === null ? '' : ` ${row.key.map(String).join(', ')}`
    say(changes === 0 ? 'Nothing was inserted.' : `The row${key} is inserted.`)
  }

  /** These rows, as they are shown now: what is asked about is what is deleted. */
  const doom = ({ from, to }: Selected): void => {
    const rows: RowPlace[] = []
    for (let index = Math.max(0, from); index <= to; index++) {
      const row = source.rowAt(base + index)
      if (row === undefined) {
        say('Not all of these rows are here: select fewer.', true)
        return
      }
      rows.push({ key: row.key, print: row.print })
    }
    if (rows.length > 0) setDoomed(rows)
  }

  const remove = async (rows: readonly RowPlace[]): Promise<void> => {
    setDoomed(null)
    try {
      const { changes } = await call('edit', { action: 'delete', table: table.name, rows })
      say(`${counted(changes, 'row')} deleted.`)
    } catch (error) {
      say(describeFailure(error), true)
    }
    refresh()
    focusGrid()
  }

  const onKey = (event: KeyboardEvent, _cell: Cell, rows: Selected): boolean => {
    if ((event.key === 'Delete' || event.key === 'Backspace') && !event.altKey) {
      if (table.can.delete) doom(rows)
      else if (table.fixed !== null) say(table.fixed, true)
      return true
    }
    if (event.key === 'Insert' || (event.altKey && event.key.toLowerCase() === 'n')) {
      if (table.can.insert) setInserting(true)
      return true
    }
    return false
  }

  const isEmpty = source.count === 0
  return (
    <div class="table-rows">
      <div class="toolbar">
        <FilterBar columns={table.columns} filters={filters} onFilters={setFilters} />
        <span class="stretch" />
        {lastSegment > 0 && (
          <span class="segmenter" role="group" aria-label="Part of the table">
            <button
              class="button small"
              disabled={segment === 0}
              aria-label="Rows before these"
              onClick={() => setSegment(segment - 1)}
            >
              ‹
            </button>
            from {countText(base + 1)}
            <button
              class="button small"
              disabled={segment >= lastSegment}
              aria-label="Rows behind these"
              onClick={() => setSegment(segment + 1)}
            >
              ›
            </button>
          </span>
        )}
        <span class="count" aria-live="polite">
          {source.count === null ? 'counting…' : counted(source.count, 'row')}
        </span>
        {table.can.insert && (
          <button
            class="button small"
            title="Insert a row (Alt+N)"
            onClick={() => setInserting(true)}
          >
            + Row
          </button>
        )}
        {table.can.delete && (
          <button
            class="button small"
            title="Delete the selected rows (Delete)"
            disabled={rowCount === 0}
            onClick={() => doom(selected.current)}
          >
            Delete
          </button>
        )}
      </div>
      {failure !== null && (
        <div class="failure bar" role="alert">
          <span>{failure}</span>
          <button class="button small" onClick={() => refresh()}>
            Try again
          </button>
        </div>
      )}
      {table.fixed !== null && <p class="note bar">{table.fixed}</p>}
      <Grid
        label={`Rows of ${table.name}`}
        identity={`${table.name} ${JSON.stringify([order, filters, segment])}`}
        columns={columns}
        rowCount={rowCount}
        firstNumber={base + 1}
        rowAt={(index) => source.rowAt(base + index)?.values}
        onVisible={(from, to) => {
          shown.current = { from: base + from, to: base + to }
          source.show(base + from, base + to)
        }}
        order={
          order === null
            ? null
            : {
                column: table.columns.findIndex(({ name }) => name === order.column),
                isDescending: order.isDescending,
              }
        }
        onOrder={orderBy}
        onOpen={({ row, column }, rect, typed) => {
          const content = source.rowAt(base + row)
          if (content !== undefined) setOpened({ row, column, content, rect, typed })
        }}
        onKey={onKey}
        onActive={(_cell, rows) => (selected.current = rows)}
      />
      {isEmpty && failure === null && (
        <div class="empty over-grid">
          <p>{filters.length > 0 ? 'No row passes the filters.' : 'There are no rows.'}</p>
          {filters.length > 0 ? (
            <button class="button" onClick={() => setFilters([])}>
              Remove the filters
            </button>
          ) : (
            table.can.insert && (
              <button class="button primary" onClick={() => setInserting(true)}>
                Insert the first
              </button>
            )
          )}
        </div>
      )}
      {opened !== null && (
        <CellEditor
          key={`${opened.row} ${opened.column}`}
          table={table}
          column={table.columns[opened.column]!}
          row={opened.content}
          value={opened.content.values[opened.column]!}
          rect={opened.rect}
          typed={opened.typed}
          onSaved={onSaved}
          onConflict={() => {
            setOpened(null)
            refresh()
            focusGrid()
          }}
          onClose={() => {
            setOpened(null)
            focusGrid()
          }}
        />
      )}
      {isInserting && (
        <InsertRow table={table} onInserted={onInserted} onClose={() => setInserting(false)} />
      )}
      {doomed !== null && (
        <Confirm
          question={`Delete ${counted(doomed.length, 'row')}?`}
          detail={`From ${table.name}, at once. This cannot be undone.`}
          action="Delete"
          onYes={() => void remove(doomed)}
          onClose={() => setDoomed(null)}
        />
      )}
    </div>
  )
}
