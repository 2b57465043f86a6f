/** The tables at the side, and one of them beside it; without one, all of them with how many rows they have. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TableDetails, TableSummary } from '../protocol.ts'
import { call, describeFailure, Failed } from './client.ts'
import { database, go, hashOf, live, route } from './state.ts'
import { Structure } from './structure.tsx'
import { TableRows } from './table-rows.tsx'
import { counted, countText, sizeText } from './values.ts'

export function TablesView(): JSX.Element {
  const current = route.value
  const name = current.view === 'table' ? current.table : null
  return (
    <div class={`tables-view${name === null ? ' overview-shown' : ''}`}>
      <Sidebar chosen={name} />
      <div class="main-pane">
        {current.view === 'table' ? (
          <TableView key={current.table} name={current.table} part={current.part} />
        ) : (
          <Overview />
        )}
      </div>
    </div>
  )
}

const kindNames: Readonly<Record<TableSummary['kind'], string>> = {
  table: 'table',
  view: 'view',
  virtual: 'virtual table',
  shadow: 'shadow table',
}

function Sidebar({ chosen }: { readonly chosen: string | null }): JSX.Element {
  const [pattern, setPattern] = useState('')
  const tables = database.value?.tables ?? []
  const found = tables.filter(
    ({ name, isSystem }) =>
      name.toLowerCase().includes(pattern.toLowerCase()) &&
      (!isSystem || pattern !== '' || name === chosen),
  )
  const onKeyDown = (event: KeyboardEvent): void => {
    const links = [...document.querySelectorAll<HTMLElement>('.sidebar a')]
    const at = links.indexOf(document.activeElement as HTMLElement)
    if (event.key === 'ArrowDown') links[at + 1]?.focus()
    else if (event.key === 'ArrowUp') {
      if (at <= 0) document.getElementById('table-filter')?.focus()
      else links[at - 1]!.focus()
    } else if (event.key === 'Enter' && at < 0 && found[0] !== undefined) {
      go({ view: 'table', table: found[0].name, part: 'rows' })
    } else return
    event.preventDefault()
  }
  return (
    <nav class="sidebar" aria-label="Tables" onKeyDown={onKeyDown}>
      <input
        id="table-filter"
        type="search"
        placeholder="Find a table  /"
        aria-label="Find a table"
        value={pattern}
        spellcheck={false}
        onInput={({ currentTarget }) => setPattern(currentTarget.value)}
      />
      <select
        class="table-choice"
        aria-label="Table"
        value={chosen ?? ''}
        onChange={({ currentTarget: { value } }) =>
          go(value === '' ? { view: 'tables' } : { view: 'table', table: value, part: 'rows' })
        }
      >
        <option value="">All tables</option>
        {tables.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <ul>
        <li>
          <a href="#/tables" class={chosen === null ? 'chosen' : ''}>
            <span class="kind all" aria-hidden="true" />
            <span>All tables</span>
          </a>
        </li>
        {found.map(({ name, kind }) => (
          <li key={name}>
            <a
              href={hashOf({ view: 'table', table: name, part: 'rows' })}
              class={name === chosen ? 'chosen' : ''}
              aria-current={name === chosen ? 'page' : undefined}
              title={`${name}, ${kindNames[kind]}`}
            >
              <span class={`kind ${kind}`} aria-hidden="true" />
              <span class="cut">{name}</span>
            </a>
          </li>
        ))}
      </ul>
      {found.length === 0 && pattern !== '' && <p class="muted pad">No such table.</p>}
    </nav>
  )
}

function Overview(): JSX.Element {
  const info = database.value
  const state = live.value?.status
  const tables = info?.tables.filter(({ isSystem }) => !isSystem) ?? []
  if (info === null) return <p class="empty">Reading the schema…</p>
  if (tables.length === 0) {
    return (
      <div class="empty">
        <h2>An empty database</h2>
        <p>There are no tables yet. Make one with SQL.</p>
        <a class="button primary" href="#/sql">
          Open the SQL editor
        </a>
      </div>
    )
  }
  return (
    <div class="overview">
      <h2>{info.name}</h2>
      <p class="muted">
        {counted(tables.length, 'table')} and views
        {state !== undefined && ` · ${sizeText(state.database.bytes)}`} · {info.encoding} · pages of{' '}
        {sizeText(info.pageSize)}
        {info.readonly && ' · read-only'}
      </p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Tables with counts">
        <table class="list">
          <thead>
            <tr>
              <th>Name</th>
              <th>Kind</th>
              <th class="number">Rows</th>
              <th>Columns</th>
            </tr>
          </thead>
          <tbody>
            {tables.map((table) => (
              <tr key={table.name}>
                <td>
                  <a href={hashOf({ view: 'table', table: table.name, part: 'rows' })}>
                    {table.name}
                  </a>
                </td>
                <td>{kindNames[table.kind]}</td>
                <td class="number">
                  <RowCount table={table.name} />
                </td>
                <td class="muted columns-cell">{table.columnNames.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

/** Counted in turn, and no longer than somebody looks. */
function RowCount({ table }: { readonly table: string }): JSX.Element {
  const [count, setCount] = useState<number | string | null>(null)
  useEffect(() => {
    const gone = new AbortController()
    call('count', { table, filters: [] }, gone.signal).then(
      (answer) => setCount(answer.count),
      (error: unknown) => {
        if (!gone.signal.aborted) setCount(describeFailure(error))
      },
    )
    return () => gone.abort()
  }, [table])
  if (count === null) return <span class="muted">…</span>
  if (typeof count === 'number') return <>{countText(count)}</>
  return (
    <span class="failure-text" title={count}>
      not to be read
    </span>
  )
}

interface TableViewProps {
  readonly name: string
  readonly part: 'rows' | 'structure'
}

function TableView({ name, part }: TableViewProps): JSX.Element {
  const [table, setTable] = useState<TableDetails | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const schema = live.value?.schemaVersion
  const known = useRef('')
  useEffect(() => {
    call('table', { table: name }).then(
      (found) => {
        // The same is not shown anew.
        const text = JSON.stringify(found)
        if (text !== known.current) setTable(found)
        known.current = text
        setFailure(null)
      },
      (error: unknown) => {
        if (!(error instanceof Failed && error.kind === 'gone')) setFailure(describeFailure(error))
      },
    )
  }, [name, schema])
  return (
    <div class="table-view">
      <header class="table-head">
        <h2 class="cut">{name}</h2>
        <nav class="tabs" aria-label={`Parts of ${name}`}>
          {(['rows', 'structure'] as const).map((each) => (
            <a
              key={each}
              aria-current={part === each ? 'page' : undefined}
              class={part === each ? 'chosen' : ''}
              href={hashOf({ view: 'table', table: name, part: each })}
            >
              {each === 'rows' ? 'Rows' : 'Structure'}
            </a>
          ))}
        </nav>
      </header>
      {failure !== null ? (
        <div class="empty" role="alert">
          <h2>Not to be read</h2>
          <p class="failure-text">{failure}</p>
          <a class="button" href="#/tables">
            All tables
          </a>
        </div>
      ) : table === null ? (
        <p class="empty">Reading the schema…</p>
      ) : part === 'rows' ? (
        <TableRows table={table} />
      ) : (
        <Structure table={table} />
      )}
    </div>
  )
}
