/** A new row: what is left out gets its default. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { EditAnswer, TableDetails, WireValue } from '../protocol.ts'
import { call, describeFailure } from './client.ts'
import { Dialog } from './dialog.tsx'
import { typeFor, ValueField, valueOf, type Draft } from './value-field.tsx'

interface InsertRowProps {
  readonly table: TableDetails
  readonly onInserted: (answer: EditAnswer) => void
  readonly onClose: () => void
}

export function InsertRow({ table, onInserted, onClose }: InsertRowProps): JSX.Element {
  const columns = table.columns.filter(({ fixed }) => fixed === null)
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(
    () =>
      new Map(
        columns
          .filter(({ notNull, defaultValue, keyPlace }) => notNull && !defaultValue && !keyPlace)
          .map(({ name, type }) => [name, { type: typeFor(type, '0'), text: '' }]),
      ),
  )
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)

  const set = (name: string, draft: Draft | null): void => {
    const next = new Map(drafts)
    if (draft === null) next.delete(name)
    else next.set(name, draft)
    setDrafts(next)
  }

  const insert = async (): Promise<void> => {
    const values: Record<string, WireValue> = Object.create(null) as Record<string, WireValue>
    for (const [name, draft] of drafts) {
      try {
        values[name] = valueOf(draft)
      } catch (error) {
        setFailure(`${name}: ${(error as Error).message}`)
        return
      }
    }
    setBusy(true)
    try {
      onInserted(await call('edit', { action: 'insert', table: table.name, values }))
    } catch (error) {
      setFailure(describeFailure(error))
      setBusy(false)
    }
  }

  return (
    <Dialog label={`New row of ${table.name}`} onClose={onClose} class="insert">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void insert()
        }}
      >
        <h2>New row of {table.name}</h2>
        <div class="insert-fields">
          {columns.map(({ name, type, notNull, defaultValue, keyPlace }) => {
            const draft = drafts.get(name)
            return (
              <fieldset key={name} class="insert-field">
                <legend>
                  <label>
                    <input
                      type="checkbox"
                      checked={draft !== undefined}
                      onChange={({ currentTarget: { checked } }) =>
                        set(name, checked ? { type: typeFor(type, '0'), text: '' } : null)
                      }
                    />
                    <strong>{name}</strong>
                  </label>
                  <span class="muted mono">
                    {type}
                    {notNull ? ' NOT NULL' : ''}
                  </span>
                </legend>
                {draft === undefined ? (
                  <p class="null-note">{omitted(type, defaultValue, keyPlace, table)}</p>
                ) : (
                  <ValueField
                    id={`new-${name}`}
                    draft={draft}
                    onDraft={(next) => set(name, next)}
                  />
                )}
              </fieldset>
            )
          })}
        </div>
        {failure !== null && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <div class="buttons">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" disabled={isBusy}>
            Insert
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function omitted(
  type: string,
  defaultValue: string | null,
  keyPlace: number,
  { isWithoutRowid, columns }: TableDetails,
): string {
  if (defaultValue !== null) return `Default: ${defaultValue}`
  const isOnlyKey = columns.filter((column) => column.keyPlace > 0).length === 1
  const isRowid = keyPlace > 0 && isOnlyKey && /^integer$/i.test(type) && !isWithoutRowid
  return isRowid ? 'The next free number' : 'NULL'
}
