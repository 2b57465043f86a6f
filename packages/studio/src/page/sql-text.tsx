/** Code to be read: SQL, and the JavaScript of programs, with its words in colours. */
import type { JSX } from 'preact'

const sqlWords =
  /^(?:ABORT|ACTION|ADD|AFTER|ALL|ALTER|ALWAYS|AND|AS|ASC|AUTOINCREMENT|BEFORE|BEGIN|BETWEEN|BY|CASCADE|CASE|CHECK|COLLATE|COLUMN|COMMIT|CONFLICT|CONSTRAINT|CREATE|CROSS|DEFAULT|DEFERRABLE|DEFERRED|DELETE|DESC|DISTINCT|DO|DROP|EACH|ELSE|END|ESCAPE|EXCEPT|EXISTS|FAIL|FOR|FOREIGN|FROM|GENERATED|GLOB|GROUP|HAVING|IF|IGNORE|IMMEDIATE|IN|INDEX|INITIALLY|INNER|INSERT|INSTEAD|INTERSECT|INTO|IS|JOIN|KEY|LEFT|LIKE|LIMIT|NATURAL|NO|NOT|NOTHING|NULL|OF|OFFSET|ON|OR|ORDER|OUTER|OVER|PARTITION|PRIMARY|RAISE|RECURSIVE|REFERENCES|REPLACE|RESTRICT|RETURNING|RIGHT|ROLLBACK|ROW|ROWID|SELECT|SET|STORED|STRICT|TABLE|TEMP|TEMPORARY|THEN|TO|TRIGGER|UNION|UNIQUE|UPDATE|USING|VALUES|VIEW|VIRTUAL|WHEN|WHERE|WINDOW|WITH|WITHOUT)$/i
const javaScriptWords =
  /^(?:break|case|catch|const|continue|default|do|else|false|finally|for|function|if|in|instanceof|let|new|null|of|return|switch|this|throw|true|try|typeof|undefined|while|yield)$/

const sqlToken =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*'?)|(?<name>"(?:[^"]|"")*"?)|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>[A-Za-z_]\w*)/g
const javaScriptToken =
  /(?<comment>\/\/[^\n]*)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_$][\w$]*)/g

function colour(text: string, token: RegExp, words: RegExp): JSX.Element[] {
  const pieces: JSX.Element[] = []
  let at = 0
  for (const match of text.matchAll(token)) {
    const groups = match.groups!
    const kind =
      groups['comment'] !== undefined
        ? 'comment'
        : groups['string'] !== undefined
          ? 'string'
          : groups['number'] !== undefined
            ? 'number'
            : groups['word'] !== undefined && words.test(match[0])
              ? 'keyword'
              : null
    if (kind === null) continue
    if (match.index > at) pieces.push(<>{text.slice(at, match.index)}</>)
    pieces.push(<span class={`c-${kind}`}>{match[0]}</span>)
    at = match.index + match[0].length
  }
  pieces.push(<>{text.slice(at)}</>)
  return pieces
}

export function SqlText({ sql }: { readonly sql: string }): JSX.Element {
  return (
    <pre class="code" tabIndex={0}>
      <code>{colour(sql, sqlToken, sqlWords)}</code>
    </pre>
  )
}

export function JavaScriptLine({ text }: { readonly text: string }): JSX.Element {
  return <>{colour(text, javaScriptToken, javaScriptWords)}</>
}
