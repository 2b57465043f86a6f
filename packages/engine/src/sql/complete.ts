/**
 * Whether a text ends where a statement ends: what a shell asks before it runs the lines so far.
 * (`sqlite3_complete`.) A trigger ends with `END;`.
 */

type State = 'start' | 'normal' | 'explain' | 'create' | 'trigger' | 'semicolon' | 'end'

/** True when the last statement of `sql` is finished by a semicolon. */
export function isComplete(sql: string): boolean {
  let state: State | 'invalid' = 'invalid'
  const tokens =
    /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*('|$)|"(?:[^"]|"")*("|$)|`(?:[^`]|``)*(`|$)|\[[^\]]*(\]|$)|;|[A-Za-z_0-9$\u0080-\uffff]+|./g
  for (const match of sql.matchAll(tokens)) {
    const [token, single, double, back, bracket] = match
    if (/^(\s|--)/.test(token)) continue
    if (token.startsWith('/*')) {
      if (!token.endsWith('*/') || token.length < 4) return false
      continue
    }
    const isQuoted = /^['"`[]/.test(token)
    if (
      isQuoted &&
      ![single, double, back, bracket].some((mark) => mark !== undefined && mark !== '')
    ) {
      return false
    }
    state = step(state, isQuoted ? '' : token.toUpperCase())
  }
  return state === 'start'
}

function step(state: State | 'invalid', token: string): State | 'invalid' {
  const isTemporary = token === 'TEMP' || token === 'TEMPORARY'
  switch (state) {
    case 'invalid':
    case 'start':
      if (token === ';') return 'start'
      if (token === 'EXPLAIN') return 'explain'
      return token === 'CREATE' ? 'create' : 'normal'
    case 'normal':
      return token === ';' ? 'start' : 'normal'
    case 'explain':
      if (token === ';') return 'start'
      if (token === 'CREATE') return 'create'
      return token === 'QUERY' || token === 'PLAN' ? 'explain' : 'normal'
    case 'create':
      if (token === ';') return 'start'
      if (isTemporary) return 'create'
      return token === 'TRIGGER' ? 'trigger' : 'normal'
    case 'trigger':
      return token === ';' ? 'semicolon' : 'trigger'
    case 'semicolon':
      if (token === ';') return 'semicolon'
      return token === 'END' ? 'end' : 'trigger'
    case 'end':
      return token === ';' ? 'start' : 'trigger'
    default:
      return state satisfies never
  }
}
