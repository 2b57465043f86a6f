/** Tabs, one of which is chosen; arrows move between them. (ARIA Authoring Practices, Tabs) */
import type { ComponentChildren, JSX } from 'preact'

export interface Tab {
  /** What it is about, in full. */
  readonly title: string
  readonly content: ComponentChildren
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly chosen: number
  readonly onChoose: (index: number) => void
}

export function Tabs({ label, tabs, chosen, onChoose }: TabsProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key, currentTarget } = event
    const last = tabs.length - 1
    const to = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: last }[key]
    if (to === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(last, to))
    onChoose(next)
    ;(currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')[next]!.focus()
  }
  return (
    <div class="tabs result-tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ title, content }, i) => (
        <button
          key={i}
          role="tab"
          aria-selected={i === chosen}
          tabIndex={i === chosen ? 0 : -1}
          class={i === chosen ? 'chosen' : ''}
          title={title}
          onClick={() => onChoose(i)}
        >
          <span class="muted">{i + 1}</span> {content}
        </button>
      ))}
    </div>
  )
}

/** The first word of a statement. */
export function firstWord(sql: string): string {
  return sql.split(/\s+/, 1)[0]!
}
