/** The editor for SQL: CodeMirror, with SQLite's words, the database's names, and a mark where an error is. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { sql, SQLite } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  type DecorationSet,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { DatabaseInfo } from '../protocol.ts'

export interface SqlEditor {
  readonly view: EditorView
  /** Names to complete. */
  setSchema(info: DatabaseInfo): void
  /** Marks a place; null: none. */
  mark(place: { readonly from: number; readonly to: number } | null): void
}

const setMark = StateEffect.define<{ from: number; to: number } | null>()
const errorMark = Decoration.mark({ class: 'cm-error-mark' })

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(found, transaction) {
    let next = transaction.docChanged ? Decoration.none : found
    for (const effect of transaction.effects) {
      if (!effect.is(setMark)) continue
      const { value } = effect
      const { length } = transaction.state.doc
      const from = Math.min(value?.from ?? 0, length)
      const to = Math.min(value?.to ?? 0, length)
      next =
        value === null || from === to
          ? Decoration.none
          : Decoration.set([errorMark.range(from, to)])
    }
    return next
  },
  provide: (field) => EditorView.decorations.from(field),
})

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: 'c-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'c-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'c-number' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], class: 'c-comment' },
  { tag: [tags.typeName, tags.standard(tags.name)], class: 'c-type' },
  { tag: tags.operator, class: 'c-operator' },
])

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly text: string
  /** Of the page, which allows its style sheets. */
  readonly nonce: string
  readonly onText: (text: string) => void
  readonly onRun: () => void
}

export function createEditor({ parent, text, nonce, onText, onRun }: EditorOptions): SqlEditor {
  const language = new Compartment()
  const run = (): boolean => {
    onRun()
    return true
  }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false, maxRenderedOptions: 60 }),
        highlightActiveLine(),
        syntaxHighlighting(colours),
        placeholder('SELECT … FROM …'),
        marks,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL', spellcheck: 'false' }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) onText(state.doc.toString())
        }),
        // Tab stays the browser's, so that nobody is caught in here.
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run, preventDefault: true }])),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
        ]),
        language.of(sql({ dialect: SQLite, upperCaseKeywords: true })),
      ],
    }),
  })
  return {
    view,
    setSchema: (info) => view.dispatch({ effects: language.reconfigure(languageFor(info)) }),
    mark: (place) => view.dispatch({ effects: setMark.of(place) }),
  }
}

function languageFor({ tables, functions }: DatabaseInfo): ReturnType<typeof sql>[] {
  const schema = Object.fromEntries(tables.map(({ name, columnNames }) => [name, columnNames]))
  const support = sql({ dialect: SQLite, schema, upperCaseKeywords: true })
  const names = functions
    .filter((name) => /^\w+$/.test(name))
    .map((name) => ({ label: name, type: 'function', apply: `${name}(`, detail: 'function' }))
  // Columns also where no table stands before them yet.
  const columns = new Map<string, string[]>()
  for (const { name, columnNames } of tables) {
    for (const column of columnNames) columns.set(column, [...(columns.get(column) ?? []), name])
  }
  const columnOptions = [...columns].map(([label, of]) => ({
    label,
    type: 'property',
    detail: of.length > 2 ? `${of.length} tables` : of.join(', '),
    boost: 1,
  }))
  const complete = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[\w$]+/)
    if (word === null && !context.explicit) return null
    const before = context.state.sliceDoc(Math.max(0, (word?.from ?? context.pos) - 1), word?.from)
    if (before === '.' || before === '"') return null
    return {
      from: word?.from ?? context.pos,
      options: [...columnOptions, ...names],
      validFor: /^\w*$/,
    }
  }
  return [support, support.language.data.of({ autocomplete: complete })] as never
}
