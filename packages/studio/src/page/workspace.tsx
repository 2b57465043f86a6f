/** The SQL editor, and below it what its statements answer, or how they would be run. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, ResultColumn, SqlEvent, WireValue } from '../protocol.ts'
import { call, describeFailure, Failed, runSql, session } from './client.ts'
import { Grid } from './grid.tsx'
import { PlanView } from './plan-view.tsx'
import { createEditor, type SqlEditor } from './sql-editor.ts'
import { database, go, sqlText, say } from './state.ts'
import { firstWord, Tabs } from './tabs.tsx'
import { counted, countText, durationText } from './values.ts'

/** What one statement has answered so far. */
interface Result {
  readonly sql: string
  columns: readonly ResultColumn[] | null
  readonly rows: (readonly WireValue[])[]
  changes: number | null
  ms: number | null
  isCut: boolean
  failure: (Failure & { readonly from: number; readonly to: number }) | null
}

interface Run {
  /** Tells it from others. */
  readonly id: number
  readonly results: Result[]
  readonly began: number
  ms: number | null
}

const limits = [1000, 10_000, 100_000, 1_000_000]

export function Workspace({ part }: { readonly part: 'sql' | 'plan' }): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<SqlEditor | null>(null)
  const running = useRef<AbortController | null>(null)
  const [run, setRun] = useState<Run | null>(null)
  const [isRunning, setRunning] = useState(false)
  const [inTransaction, setInTransaction] = useState(false)
  const [limit, setLimit] = useState(100_000)
  const [chosen, setChosen] = useState(0)
  const [, setTick] = useState(0)
  const start = useRef<() => void>(() => {})

  useEffect(() => {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')!.content
    const made = createEditor({
      parent: host.current!,
      text: sqlText.value,
      nonce,
      onText: (text) => (sqlText.value = text),
      onRun: () => start.current(),
    })
    editor.current = made
    made.view.focus()
    return () => made.view.destroy()
  }, [])
  const info = database.value
  useEffect(() => {
    if (info !== null) editor.current!.setSchema(info)
  }, [info])

  /** The server ends it, so that what has come is kept, and it is known that it has ended. */
  const cancel = (): void => {
    call('cancel', { session }).then(
      ({ isStopped }) => {
        if (!isStopped) say('This statement cannot be stopped: it goes on to its end.', true)
      },
      () => running.current?.abort(),
    )
  }

  const execute = async (text: string): Promise<void> => {
    if (running.current !== null || text.trim() === '') return
    const controller = new AbortController()
    running.current = controller
    const next: Run = { id: Date.now(), results: [], began: performance.now(), ms: null }
    setRun(next)
    setChosen(0)
    setRunning(true)
    editor.current?.mark(null)
    const ticking = setInterval(() => setTick((n) => n + 1), 200)
    try {
      await runSql({ session, sql: text, limit }, controller.signal, (events) => {
        for (const event of events) {
          take(next, text, event)
          if (event.kind === 'done') setInTransaction(event.inTransaction)
        }
        setChosen(next.results.length - 1)
        setTick((n) => n + 1)
      })
    } catch (error) {
      const isCancelled = error instanceof Failed && error.kind === 'cancelled'
      const last = next.results.at(-1)
      const stopped = isCancelled || controller.signal.aborted
      const failure = {
        code: null,
        message: stopped ? 'Cancelled.' : describeFailure(error),
        kind: stopped ? ('cancelled' as const) : ('error' as const),
        from: 0,
        to: 0,
      }
      if (last !== undefined && last.ms === null) last.failure = failure
      else next.results.push({ ...emptyResult(text), failure })
      setChosen(next.results.length - 1)
    } finally {
      clearInterval(ticking)
      next.ms ??= performance.now() - next.began
      running.current = null
      setRunning(false)
    }
    const failed = next.results.find(({ failure }) => failure !== null && failure.to > 0)?.failure
    if (failed && sqlText.value === text) editor.current?.mark(failed)
  }

  /** What is selected, or all. */
  start.current = () => {
    if (part === 'plan') go({ view: 'sql' })
    const { state } = editor.current!.view
    const { from, to, empty } = state.selection.main
    void execute(empty ? state.doc.toString() : state.sliceDoc(from, to))
  }

  const showPlace = (place: { from: number; to: number }): void => {
    const { view } = editor.current!
    const at = Math.min(place.from, view.state.doc.length)
    view.dispatch({ selection: { anchor: at }, scrollIntoView: true })
    view.focus()
  }

  const end = (sql: string): void => {
    void execute(sql).then(() => say(sql === 'COMMIT' ? 'Committed.' : 'Rolled back.'))
  }

  return (
    <div class={`workspace ${part}`}>
      <div class="editor" ref={host} />
      <div class="toolbar">
        {isRunning ? (
          <button class="button small danger" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button
            class="button small primary"
            title="Run (Ctrl+Enter)"
            onClick={() => start.current()}
          >
            Run
          </button>
        )}
        <a
          class="button small"
          href={part === 'sql' ? '#/plan' : '#/sql'}
          title={part === 'sql' ? 'Show the plan (Alt+3)' : 'Show the results (Alt+2)'}
        >
          {part === 'sql' ? 'Show plan' : 'Show results'}
        </a>
        {part === 'sql' && (
          <label class="limit">
            at most{' '}
            <select
              aria-label="Rows of each result at most"
              value={limit}
              onChange={({ currentTarget }) => setLimit(Number(currentTarget.value))}
            >
              {limits.map((rows) => (
                <option key={rows} value={rows}>
                  {countText(rows)} rows
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="stretch" />
        {inTransaction && (
          <span class="transaction" role="status">
            <span class="tag warn">transaction open</span>
            <button class="button small" disabled={isRunning} onClick={() => end('COMMIT')}>
              Commit
            </button>
            <button class="button small" disabled={isRunning} onClick={() => end('ROLLBACK')}>
              Roll back
            </button>
          </span>
        )}
        {isRunning && run !== null && (
          <span class="muted" role="status">
            <span class="spinner" /> {durationText(performance.now() - run.began)}
          </span>
        )}
      </div>
      <div class="below">
        {part === 'plan' ? (
          <PlanView />
        ) : run === null ? (
          <Welcome />
        ) : (
          <Results
            run={run}
            chosen={Math.max(0, Math.min(chosen, run.results.length - 1))}
            isRunning={isRunning}
            onChoose={setChosen}
            onPlace={showPlace}
          />
        )}
      </div>
    </div>
  )
}

function Welcome(): JSX.Element {
  return (
    <div class="empty">
      <p>
        <kbd>Ctrl</kbd>+<kbd>Enter</kbd> runs the statements, or those that are selected.
      </p>
      <p class="muted">
        <kbd>Ctrl</kbd>+<kbd>Space</kbd> completes names. BEGIN opens a transaction that lasts until
        COMMIT.
      </p>
    </div>
  )
}

function emptyResult(sql: string): Result {
  return { sql, columns: null, rows: [], changes: null, ms: null, isCut: false, failure: null }
}

function take(run: Run, text: string, event: SqlEvent): void {
  const result = run.results.at(-1)!
  switch (event.kind) {
    case 'statement':
      run.results.push(emptyResult(text.slice(event.start, event.end)))
      return
    case 'columns':
      result.columns = event.columns
      return
    case 'rows':
      for (const row of event.rows) result.rows.push(row)
      return
    case 'end':
      result.ms = event.ms
      result.changes = event.changes
      result.isCut = event.isCut
      return
    case 'error':
      result.ms = event.ms
      result.failure = { ...event.failure, from: event.from, to: event.to }
      return
    case 'done':
      run.ms = event.ms
      return
    default:
      event satisfies never
  }
}

interface ResultsProps {
  readonly run: Run
  readonly chosen: number
  readonly isRunning: boolean
  readonly onChoose: (index: number) => void
  readonly onPlace: (place: { from: number; to: number }) => void
}

function Results({ run, chosen, isRunning, onChoose, onPlace }: ResultsProps): JSX.Element {
  const result = run.results[chosen]
  if (result === undefined) {
    return <p class="empty">{isRunning ? 'Running…' : 'There is no statement in it.'}</p>
  }
  return (
    <div class="results">
      {run.results.length > 1 && (
        <Tabs
          label="Results"
          chosen={chosen}
          onChoose={onChoose}
          tabs={run.results.map(({ sql, failure }) => ({
            title: sql,
            content: (
              <>
                {firstWord(sql)}
                {failure !== null && <span class="dot bad" title="failed" />}
              </>
            ),
          }))}
        />
      )}
      {result.failure !== null && (
        <div class={`result-failure ${result.failure.kind}`} role="alert">
          <p>
            <strong>{result.failure.message}</strong>
          </p>
          {result.failure.code !== null && <p class="mono muted">{result.failure.code}</p>}
          {result.failure.to > 0 && (
            <button class="button small" onClick={() => onPlace(result.failure!)}>
              Show it in the text
            </button>
          )}
        </div>
      )}
      {result.columns !== null && (result.failure === null || result.rows.length > 0) && (
        <Grid
          label={`Result ${chosen + 1}`}
          identity={`${run.id} ${chosen}`}
          columns={result.columns.map(({ name, type, table }) => ({
            name,
            detail: [table, type?.toLowerCase()].filter(Boolean).join(' · '),
          }))}
          rowCount={result.rows.length}
          rowAt={(index) => result.rows[index]}
        />
      )}
      {result.columns === null && result.failure === null && (
        <div class="empty">
          <p>
            {result.ms === null
              ? 'Running…'
              : result.changes === null || result.changes === 0
                ? 'Done.'
                : `${counted(result.changes, 'row')} changed.`}
          </p>
        </div>
      )}
      <p class="result-foot" role="status">
        {result.columns !== null && counted(result.rows.length, 'row')}
        {result.isCut && <span class="tag warn">more rows than the limit</span>}
        {result.changes !== null && result.changes > 0 && counted(result.changes, 'change')}
        {result.ms !== null && <span>{durationText(result.ms)}</span>}
        {run.results.length > 1 && run.ms !== null && (
          <span class="muted">all {durationText(run.ms)}</span>
        )}
      </p>
    </div>
  )
}
