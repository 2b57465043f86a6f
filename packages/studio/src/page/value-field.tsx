/** A value and its type, to be written. Both are kept apart: `1` is an INTEGER or a TEXT, as the user says. */
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { WireValue } from '../protocol.ts'
import { bytesOf, hexOf, parseValue, plainText, valueTypes, type ValueType } from './values.ts'

export interface Draft {
  readonly type: ValueType
  readonly text: string
}

/** The draft that a value begins with. */
export function draftOf(value: WireValue, type: ValueType): Draft {
  return { type, text: plainText(value) }
}

/** @throws Error with a sentence for the user */
export function valueOf({ type, text }: Draft): WireValue {
  return parseValue(type, text)
}

/** The type that a text is probably meant to have, in a column of a declared type. (Datatypes In SQLite §3.1) */
export function typeFor(declared: string, text: string): ValueType {
  const looksInteger = /^\s*[-+]?\d+\s*$/.test(text)
  const looksReal = !looksInteger && text.trim() !== '' && !Number.isNaN(Number(text))
  if (/int/i.test(declared)) return looksReal ? 'REAL' : looksInteger ? 'INTEGER' : 'TEXT'
  if (/char|clob|text/i.test(declared)) return 'TEXT'
  if (/blob/i.test(declared)) return 'BLOB'
  if (/real|floa|doub/i.test(declared)) return looksReal || looksInteger ? 'REAL' : 'TEXT'
  return looksInteger ? 'INTEGER' : looksReal ? 'REAL' : 'TEXT'
}

interface ValueFieldProps {
  readonly id: string
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
  readonly hasFocus?: boolean
  readonly isDisabled?: boolean
}

export function ValueField({
  id,
  draft,
  onDraft,
  hasFocus = false,
  isDisabled = false,
}: ValueFieldProps): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null)
  const { type, text } = draft
  useLayoutEffect(() => {
    const element = area.current
    if (!hasFocus || element === null) return
    element.focus()
    element.setSelectionRange(0, element.value.length)
  }, [])
  const lines = Math.min(12, Math.max(1, text.split('\n').length, Math.ceil(text.length / 44)))
  return (
    <div class="value-field">
      <div class="segments" role="radiogroup" aria-label="Type">
        {valueTypes.map((name) => (
          <label
            key={name}
            class={`segment ${name.toLowerCase()}${name === type ? ' chosen' : ''}`}
          >
            <input
              type="radio"
              name={`${id}-type`}
              checked={name === type}
              disabled={isDisabled}
              onChange={() => onDraft({ type: name, text: convert(draft, name) })}
            />
            {name}
          </label>
        ))}
      </div>
      {type === 'NULL' ? (
        <p class="null-note">No value.</p>
      ) : (
        <textarea
          id={id}
          ref={area}
          class="mono"
          rows={lines}
          spellcheck={false}
          aria-label="Value"
          value={text}
          disabled={isDisabled}
          onInput={({ currentTarget }) => onDraft({ type, text: currentTarget.value })}
        />
      )}
      {type === 'BLOB' && (
        <label class="file">
          <span class="button small">From a file…</span>
          <input
            type="file"
            class="sr-only"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0]
              void file?.arrayBuffer().then((buffer) => {
                onDraft({ type, text: hexOf(new Uint8Array(buffer), ' ') })
              })
            }}
          />
        </label>
      )}
    </div>
  )
}

/** From texts to BLOBs and back the bytes stay. */
function convert({ type, text }: Draft, to: ValueType): string {
  if (type === to) return text
  if (to === 'BLOB' && type === 'TEXT') return hexOf(new TextEncoder().encode(text), ' ')
  if (type === 'BLOB' && to === 'TEXT') {
    try {
      const value = parseValue('BLOB', text) as readonly ['b', string, number]
      return new TextDecoder().decode(bytesOf(value[1]))
    } catch {
      return text
    }
  }
  return text
}
