/**
 * The opposite of a JavaScript condition, as one would write it: `k0 === null` for `k0 !== null`, `a || !b` for `!a && b`. Only what
 * stays the same is turned: `!(a < b)` is not `a >= b`, for one of them may be undefined or NaN.
 */

/** A condition that is longer is put behind one sign: nobody reads it, and each turn would read it again. */
const longest = 400

export function negation(condition: string): string {
  return condition.length > longest ? `!(${condition})` : turned(condition)
}

function turned(condition: string): string {
  const operators = operatorsOf(condition)
  if (operators === null) return `!(${condition})`
  const inner = insideParentheses(condition, operators)
  if (inner !== null) return turned(inner)
  const either = split(condition, operators, '||')
  if (either.length > 1) return either.map((part) => inConjunction(turned(part))).join(' && ')
  const both = split(condition, operators, '&&')
  if (both.length > 1) return both.map(turned).join(' || ')
  const [only] = operators
  if (only === undefined) return turnedTerm(condition)
  const isEquality = operators.length === 1 && (only.text === '===' || only.text === '!==')
  if (!isEquality) return `!(${condition})`
  const other = only.text === '===' ? '!==' : '==='
  return condition.slice(0, only.at) + other + condition.slice(only.at + 3)
}

/** No operator stands outside of parentheses but perhaps a sign before it. */
function turnedTerm(term: string): string {
  if (!term.startsWith('!')) return `!${term}`
  const rest = term.slice(1)
  const inner = insideParentheses(rest, operatorsOf(rest) ?? [])
  // A choice keeps its parentheses: what stands beside it is no part of it.
  return inner === null || operatorsOf(inner) === null ? rest : inner
}

function inConjunction(condition: string): string {
  const operators = operatorsOf(condition)
  const isEither = operators === null || operators.some(({ text }) => text === '||')
  return isEither ? `(${condition})` : condition
}

interface Operator {
  readonly text: string
  readonly at: number
}

/** Binary operators outside of all brackets; null: there is something else, such as a `?`. */
function operatorsOf(condition: string): readonly Operator[] | null {
  const found: Operator[] = []
  let depth = 0
  for (let at = 0; at < condition.length; at++) {
    const mark = condition[at]!
    if (mark === "'" || mark === '"') {
      at = closing(condition, at)
    } else if (mark === '(' || mark === '[' || mark === '{') {
      depth++
    } else if (mark === ')' || mark === ']' || mark === '}') {
      depth--
    } else if (depth === 0 && mark === ' ') {
      const end = condition.indexOf(' ', at + 1)
      const text = condition.slice(at + 1, end < 0 ? undefined : end)
      if (!binary.has(text)) return null
      found.push({ text, at: at + 1 })
      at = end
      if (end < 0) return null
    } else if (depth === 0 && mark === ',') return null
  }
  return depth === 0 ? found : null
}

const binary = new Set(['===', '!==', '<', '<=', '>', '>=', '&&', '||', '+', '-', '*', '&', '|'])

function closing(text: string, from: number): number {
  const mark = text[from]!
  let at = from + 1
  while (at < text.length && text[at] !== mark) at += text[at] === '\\' ? 2 : 1
  return at
}

/** What stands in the parentheses around the whole; null: there are none. */
function insideParentheses(condition: string, operators: readonly Operator[]): string | null {
  if (operators.length > 0 || !condition.startsWith('(') || !condition.endsWith(')')) return null
  let depth = 0
  for (let at = 0; at < condition.length - 1; at++) {
    const mark = condition[at]!
    if (mark === "'" || mark === '"') at = closing(condition, at)
    else if (mark === '(') depth++
    else if (mark === ')' && --depth === 0) return null
  }
  return condition.slice(1, -1)
}

function split(condition: string, operators: readonly Operator[], by: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (const { text, at } of operators) {
    if (text !== by) continue
    parts.push(condition.slice(from, at - 1))
    from = at + text.length + 1
  }
  parts.push(condition.slice(from))
  return parts
}
