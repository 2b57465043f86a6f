/** How the statements in the editor would be run: a tree of loops, and beside it the JavaScript that does it. */
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { CodeLine, PlanAnswer, PlanNode, PlannedStatement } from '../protocol.ts'
import { call, describeFailure, Failed, session } from './client.ts'
import { JavaScriptLine } from './sql-text.tsx'
import { database, sqlText } from './state.ts'
import { firstWord, Tabs } from './tabs.tsx'
import { counted } from './values.ts'

const restMs = 300

export function PlanView(): JSX.Element {
  const text = sqlText.value
  const info = database.value
  const [answer, setAnswer] = useState<PlanAnswer | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [chosen, setChosen] = useState(0)
  useEffect(() => {
    const gone = new AbortController()
    const ask = (): void => {
      call('plan', { session, sql: text }, gone.signal).then(
        (found) => {
          setAnswer(found)
          setFailure(null)
        },
        (error: unknown) => {
          if (error instanceof Failed && error.kind !== 'error') return
          setFailure(describeFailure(error))
        },
      )
    }
    const timer = setTimeout(ask, answer === null ? 0 : restMs)
    return () => {
      clearTimeout(timer)
      gone.abort()
    }
  }, [text, info])

  if (text.trim() === '') {
    return (
      <div class="empty">
        <p>Write a statement above: its plan appears here as you type.</p>
      </div>
    )
  }
  if (answer === null) return <p class="empty">{failure ?? 'Planning…'}</p>
  const wrong = answer.failure
  const { statements } = answer
  const at = Math.min(chosen, statements.length - 1)
  const statement = statements[at]
  return (
    <div class="plan-view">
      {wrong !== null && (
        <div class="failure bar" role="alert">
          <span>
            {wrong.message} {wrong.code !== null && <span class="mono">({wrong.code})</span>}
          </span>
        </div>
      )}
      {statements.length > 1 && (
        <Tabs
          label="Statements"
          chosen={at}
          onChoose={setChosen}
          tabs={statements.map(({ sql }) => ({ title: sql, content: firstWord(sql) }))}
        />
      )}
      {statement !== undefined && <Planned key={statement.sql} statement={statement} />}
    </div>
  )
}

function Planned({ statement }: { readonly statement: PlannedStatement }): JSX.Element {
  const { nodes, code } = statement
  const lines = useMemo(() => linesOf(nodes, code), [nodes, code])
  const [chosen, setChosen] = useState<number | null>(null)
  const pane = useRef<HTMLDivElement>(null)
  const marked = chosen === null ? undefined : lines.get(chosen)

  const choose = (id: number): void => {
    setChosen(id)
    const line = lines.get(id)
    if (line === undefined) return
    const element = pane.current?.querySelector(`[data-line="${line}"]`)
    element?.scrollIntoView({ block: 'center' })
  }

  return (
    <div class="planned">
      <section class="plan-pane" aria-label="Query plan">
        <h3>Plan</h3>
        {nodes.length === 0 ? (
          <p class="muted pad">Nothing is scanned or searched: it is done in one step.</p>
        ) : (
          <PlanTree nodes={nodes} chosen={chosen} onChoose={choose} />
        )}
      </section>
      <section class="code-pane" aria-label="Emitted code">
        <h3>
          Emitted code <span class="muted">{counted(code.length, 'line')}</span>
        </h3>
        {code.length === 0 ? (
          <p class="muted pad">The connection does this itself, without a program.</p>
        ) : (
          <div class="code-lines" ref={pane} tabIndex={0} role="region" aria-label="Code">
            {code.map(({ text, depth }, i) => (
              <div key={i} data-line={i} class={`code-line${i === marked ? ' marked' : ''}`}>
                <span class="line-number" aria-hidden="true">
                  {i + 1}
                </span>
                <code style={{ paddingLeft: `${depth * 1.2}em` }}>
                  <JavaScriptLine text={text} />
                </code>
              </div>
            ))}
          </div>
        )}
      </section>
    </div>
  )
}

interface PlanTreeProps {
  readonly nodes: readonly PlanNode[]
  readonly chosen: number | null
  readonly onChoose: (id: number) => void
}

function PlanTree({ nodes, chosen, onChoose }: PlanTreeProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('button')]
    const at = items.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    items[to]?.focus()
    items[to]?.click()
  }
  const level = (parent: number): JSX.Element | null => {
    const found = nodes.filter((node) => node.parent === parent)
    if (found.length === 0) return null
    return (
      <ul role={parent === 0 ? 'tree' : 'group'} aria-label={parent === 0 ? 'Plan' : undefined}>
        {found.map(({ id, detail }) => (
          <li key={id} role="treeitem" aria-expanded="true" aria-selected={id === chosen}>
            <button
              class={`plan-node ${costOf(detail)}${id === chosen ? ' chosen' : ''}`}
              tabIndex={id === (chosen ?? nodes[0]!.id) ? 0 : -1}
              onClick={() => onChoose(id)}
            >
              <Detail text={detail} />
            </button>
            {level(id)}
          </li>
        ))}
      </ul>
    )
  }
  return (
    <div class="plan-tree" onKeyDown={onKeyDown}>
      {level(0)}
    </div>
  )
}

/** What a step costs, roughly: a search is cheap, a whole scan or a sort may not be. */
function costOf(detail: string): string {
  if (/^SCAN (?!CONSTANT)/.test(detail)) return 'scan'
  if (detail.startsWith('SEARCH')) return 'search'
  if (/TEMP B-TREE|AUTOMATIC/.test(detail)) return 'sort'
  return 'step'
}

/** The first words say what is done, the next what with, the rest how. */
function Detail({ text }: { readonly text: string }): JSX.Element {
  const loop = /^(SCAN|SEARCH) (CONSTANT ROW|\S+)(.*)$/.exec(text)
  const [, verb, what, how] = loop ?? /^([A-Z][A-Z -]*[A-Z])()(.*)$/.exec(text) ?? []
  if (verb === undefined) return <span>{text}</span>
  return (
    <>
      <span class="plan-verb">{verb}</span>
      {what !== '' && <strong>{what}</strong>}
      <span class="plan-how">{how}</span>
    </>
  )
}

/**
 * The line at which the code of each loop begins: emitted code names its loops in comments, in the order of the plan.
 */
function linesOf(nodes: readonly PlanNode[], code: readonly CodeLine[]): Map<number, number> {
  const found = new Map<number, number>()
  let from = 0
  for (const { id, detail } of nodes) {
    const verb = /^(SCAN|SEARCH) ([^ ]+)/.exec(detail)
    if (verb === null) continue
    const comment = new RegExp(`^// ${verb[1]!.toLowerCase()}\\b`)
    const at = code.findIndex(({ text }, i) => i >= from && comment.test(text))
    if (at < 0) continue
    found.set(id, at)
    from = at + 1
  }
  return found
}
