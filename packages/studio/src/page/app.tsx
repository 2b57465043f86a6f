/** The frame of all views: what stands at the top, and what every view shares. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { ProcessesView } from './processes-view.tsx'
import {
  database,
  go,
  hashOf,
  isConnected,
  live,
  loadDatabase,
  notice,
  route,
  trouble,
  type Route,
} from './state.ts'
import { TablesView } from './tables-view.tsx'
import { Workspace } from './workspace.tsx'

const views: readonly (readonly [Route, string])[] = [
  [{ view: 'tables' }, 'Tables'],
  [{ view: 'sql' }, 'SQL'],
  [{ view: 'plan' }, 'Plan'],
  [{ view: 'processes' }, 'Processes'],
]

export function App(): JSX.Element {
  const [showsKeys, setShowsKeys] = useState(false)
  const current = route.value
  const section = current.view === 'table' ? 'tables' : current.view

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { key, altKey, target } = event
      const isWriting =
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      const view =
        altKey && /^Digit[1-4]$/.test(event.code) ? views[Number(event.code.at(-1)) - 1] : undefined
      if (view !== undefined) go(view[0])
      else if (key === '?' && !isWriting && !isInGrid(target)) setShowsKeys(true)
      else if (key === '/' && !isWriting && !isInGrid(target)) {
        document.getElementById('table-filter')?.focus()
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])

  useEffect(() => {
    document.title = `${database.value?.name ?? 'ChorusDB'} · Studio`
  }, [database.value?.name])

  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="top">
        <a class="brand" href="#/tables" aria-label="ChorusDB Studio">
          <img src="icon.svg" alt="" width="24" height="24" />
          <span class="brand-name">ChorusDB</span>
        </a>
        <nav class="views" aria-label="Views">
          {views.map(([to, name], i) => (
            <a
              key={name}
              href={hashOf(to)}
              class={section === to.view ? 'chosen' : ''}
              aria-current={section === to.view ? 'page' : undefined}
              title={`Alt+${i + 1}`}
            >
              {name}
            </a>
          ))}
        </nav>
        <span class="stretch" />
        <span class="file-name mono cut" title={database.value?.path}>
          {database.value?.name}
        </span>
        <State />
        <button
          class="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => setShowsKeys(true)}
        >
          ?
        </button>
      </header>
      {!isConnected.value && (
        <p class="failure bar gone" role="alert">
          The studio does not answer. It may have been ended: start it again, and open its new
          address.
        </p>
      )}
      {trouble.value !== null && isConnected.value && (
        <div class="failure bar" role="alert">
          <span>{trouble.value}</span>
          <button class="button small" onClick={() => void loadDatabase()}>
            Try again
          </button>
        </div>
      )}
      <main id="main" tabIndex={-1}>
        {section === 'tables' && <TablesView />}
        {(section === 'sql' || section === 'plan') && <Workspace part={section} />}
        {section === 'processes' && <ProcessesView />}
      </main>
      <div class="notice-place" role="status" aria-live="polite">
        {notice.value !== null && (
          <p class={`notice${notice.value.isError ? ' bad' : ''}`}>{notice.value.text}</p>
        )}
      </div>
      {showsKeys && <Keys onClose={() => setShowsKeys(false)} />}
    </>
  )
}

function isInGrid(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.grid') !== null
}

function skip(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')!.focus()
}

function State(): JSX.Element | null {
  const status = live.value?.status
  if (!isConnected.value) return <span class="state bad">disconnected</span>
  if (status === undefined) return null
  const count = status.processes.length
  const name =
    status.mode === 'multi-process'
      ? `${count} ${count === 1 ? 'process' : 'processes'}`
      : status.mode
  return (
    <a class="state" href="#/processes" title="Who has the database open">
      <span class="dot good" />
      <span class="state-name">{name}</span>
      {database.value?.readonly === true && <span class="tag">read-only</span>}
    </a>
  )
}

/** Keys that go together, and what they do. */
const keys: readonly (readonly [readonly string[], string])[] = [
  [['Alt+1', 'Alt+2', 'Alt+3', 'Alt+4'], 'Tables, SQL, Plan, Processes'],
  [['/'], 'find a table'],
  [['?'], 'this list'],
  [['←', '→', '↑', '↓', 'Home', 'End', 'PgUp', 'PgDn'], 'move in a grid; with Ctrl to its ends'],
  [['Shift+↑', 'Shift+↓'], 'select rows'],
  [['Enter', 'F2', 'any character'], 'edit the cell; on a column’s name, Enter orders by it'],
  [['Alt+←', 'Alt+→'], 'make the column narrower, wider'],
  [['Ctrl+C'], 'copy the cell, or the rows that are selected'],
  [['Alt+N', 'Insert'], 'insert a row'],
  [['Delete'], 'delete the rows that are selected, after a question'],
  [['Enter', 'Shift+Enter', 'Esc'], 'in a cell: save, new line, leave'],
  [['Ctrl+Enter'], 'run the SQL, or what is selected of it'],
  [['Ctrl+Space'], 'complete a name'],
]

function Keys({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog label="Keyboard shortcuts" onClose={onClose} class="keys">
      <h2>Keyboard shortcuts</h2>
      <table class="list">
        <tbody>
          {keys.map(([names, what]) => (
            <tr key={what}>
              <th scope="row">
                {names.map((name) => (
                  <span key={name}>
                    <kbd>{name}</kbd>{' '}
                  </span>
                ))}
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="buttons">
        <button class="button" autofocus onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
