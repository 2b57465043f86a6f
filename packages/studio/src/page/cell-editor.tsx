/** One cell, to be looked at and edited: beside the cell where there is room, at the lower edge of a narrow window. */
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ColumnDetails, EditAnswer, Row, TableDetails, WireValue } from '../protocol.ts'
import { call, describeFailure, Failed } from './client.ts'
import { draftOf, typeFor, ValueField, valueOf, type Draft } from './value-field.tsx'
import { bytesOf, isWhole, plainText, sizeText, typeOf } from './values.ts'

interface CellEditorProps {
  readonly table: TableDetails
  readonly column: ColumnDetails
  readonly row: Row
  readonly value: WireValue
  readonly rect: DOMRect
  /** The character that it was opened by. */
  readonly typed: string | null
  readonly onSaved: (answer: EditAnswer) => void
  /** The row is another one by now: it should be read again. */
  readonly onConflict: () => void
  readonly onClose: () => void
}

export function CellEditor(props: CellEditorProps): JSX.Element {
  const { table, column, row, value, rect, typed, onSaved, onConflict, onClose } = props
  const element = useRef<HTMLDivElement>(null)
  const why = table.fixed ?? column.fixed ?? (table.can.update ? null : 'Rows cannot be changed.')
  const [whole, setWhole] = useState<WireValue | null>(isWhole(value) ? value : null)
  const [print, setPrint] = useState<string | null>(null)
  const [draft, setDraft] = useState<Draft>(() => firstDraft(value, column, typed))
  const [failure, setFailure] = useState<{ text: string; isConflict: boolean } | null>(null)
  const [isBusy, setBusy] = useState(false)
  const isLoading = whole === null && !isWhole(value)

  useEffect(() => {
    if (isWhole(value)) return
    call('value', { table: table.name, column: column.name, key: row.key }).then(
      (answer) => {
        setWhole(answer.value)
        setPrint(answer.print)
        setDraft(draftOf(answer.value, typeOf(answer.value)))
      },
      (error: unknown) => setFailure({ text: describeFailure(error), isConflict: false }),
    )
  }, [])

  // Beside the cell, and never beyond the window.
  useLayoutEffect(() => {
    const { style, offsetWidth, offsetHeight } = element.current!
    if (innerWidth < 560) return
    const isBelow = rect.bottom + offsetHeight + 8 < innerHeight
    const top = isBelow ? rect.bottom + 2 : Math.max(8, rect.top - offsetHeight - 2)
    style.left = `${Math.max(8, Math.min(rect.left, innerWidth - offsetWidth - 8))}px`
    style.top = `${Math.min(top, Math.max(8, innerHeight - offsetHeight - 8))}px`
  })

  useLayoutEffect(() => {
    if (why !== null || draft.type === 'NULL') {
      element.current!.querySelector<HTMLElement>('input:checked, button')?.focus()
    }
  }, [])

  const save = async (): Promise<void> => {
    if (isBusy) return
    let next: WireValue
    try {
      next = valueOf(draft)
    } catch (error) {
      setFailure({ text: (error as Error).message, isConflict: false })
      return
    }
    setBusy(true)
    try {
      const answer = await call('edit', {
        action: 'update',
        table: table.name,
        row: { key: row.key, print: row.print },
        column: column.name,
        value: next,
        valuePrint: print,
      })
      onSaved(answer)
    } catch (error) {
      setFailure({
        text: describeFailure(error),
        isConflict: error instanceof Failed && error.kind === 'conflict',
      })
      setBusy(false)
    }
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation()
    if (event.key === 'Escape') onClose()
    else if (event.key === 'Enter' && !event.shiftKey && why === null && !isLoading) {
      const { target } = event
      if (target instanceof HTMLButtonElement) return
      void save()
    } else return
    event.preventDefault()
  }

  const shown = whole ?? value
  return (
    <>
      <div class="backdrop" onMouseDown={onClose} />
      <div
        ref={element}
        class="popover cell-editor"
        role="dialog"
        aria-modal="true"
        aria-label={`${column.name} of ${table.name}`}
        onKeyDown={onKeyDown}
      >
        <header>
          <strong class="cut">{column.name}</strong>
          <span class="muted mono">{column.type}</span>
        </header>
        {isLoading ? (
          <p class="muted">Reading {sizeOf(value)}…</p>
        ) : (
          <ValueField
            id="cell-value"
            draft={draft}
            onDraft={setDraft}
            hasFocus={why === null}
            isDisabled={why !== null}
          />
        )}
        {failure !== null && (
          <p class="failure" role="alert">
            {failure.text}
          </p>
        )}
        {why !== null && <p class="muted">{why}</p>}
        <div class="buttons">
          <button
            class="button small"
            disabled={isLoading}
            onClick={() => download(shown, column.name)}
          >
            Download
          </button>
          <span class="stretch" />
          {failure?.isConflict === true && (
            <button class="button small" onClick={onConflict}>
              Read again
            </button>
          )}
          <button class="button small" onClick={onClose}>
            {why === null ? 'Cancel' : 'Close'}
          </button>
          {why === null && (
            <button
              class="button small primary"
              disabled={isBusy || isLoading}
              onClick={() => void save()}
            >
              Save
            </button>
          )}
        </div>
      </div>
    </>
  )
}

function firstDraft(value: WireValue, { type }: ColumnDetails, typed: string | null): Draft {
  if (typed !== null) return { type: typeFor(type, typed), text: typed }
  if (value === null) return { type: 'NULL', text: '' }
  return isWhole(value) ? draftOf(value, typeOf(value)) : { type: typeOf(value), text: '' }
}

function sizeOf(value: WireValue): string {
  return Array.isArray(value) && value.length === 3 ? sizeText(value[2] as number) : ''
}

function download(value: WireValue, name: string): void {
  const isBlob = typeOf(value) === 'BLOB'
  const content = isBlob ? bytesOf((value as readonly ['b', string, number])[1]) : plainText(value)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content]))
  link.download = `${name}.${isBlob ? 'bin' : 'txt'}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
