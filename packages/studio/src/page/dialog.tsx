/** A modal dialog: the browser's own, which keeps the focus in and gives it back. */
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  readonly label: string
  readonly class?: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

export function Dialog({ label, onClose, children, class: name = '' }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const before = document.activeElement
    element.current!.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      class={`dialog ${name}`}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      {children}
    </dialog>
  )
}

interface ConfirmProps {
  readonly question: string
  readonly detail: string
  readonly action: string
  readonly onYes: () => void
  readonly onClose: () => void
}

export function Confirm({ question, detail, action, onYes, onClose }: ConfirmProps): JSX.Element {
  return (
    <Dialog label={question} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          onYes()
        }}
      >
        <h2>{question}</h2>
        <p class="muted">{detail}</p>
        <div class="buttons">
          <button type="button" class="button" autofocus onClick={onClose}>
            Cancel
          </button>
          <button class="button danger">{action}</button>
        </div>
      </form>
    </Dialog>
  )
}
