/**
 * What a program in a document claims about itself, and the program that finds out.
 *
 * | behind a statement | claims |
 * |---|---|
 * | `// → value`, or a literal alone (`// { id: 1 }`) | that its expression has that value; of a declaration, what is declared |
 * | the same behind `console.log(…)` | that it prints this; several times: with commas between |
 * | `// throws CODE: message` | that it throws an error of that code, or name; the message may be left out |
 *
 * A claim stands at the end of the line, or on a line of its own right below, and goes on in the comments that follow. `…` stands for anything:
 * within a text, as a value, or for the rest of an array or object. What is no expression is compared with what `console.log` would print.
 *
 * A claim that is never reached is not true either.
 */
import ts from 'typescript'

export interface Claim {
  /** Of the page. */
  readonly line: number
  readonly kind: 'is' | 'prints' | 'throws'
  readonly expected: string
  /** The expression; of `prints`, what is called. */
  readonly start: number
  readonly end: number
}

const arrow = /^\/\/\s*(?:→|throws\b)/

/**
 * The claims of a program.
 * @throws Error where one stands behind nothing that can be looked at
 */
export function claimsOf(text: string, fileName: string): Claim[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true)
  const lineOf = (at: number): number => file.getLineAndCharacterOfPosition(at).line + 1
  const claims: Claim[] = []
  const attached = new Set<number>()

  function visit(node: ts.Node): void {
    const expression = expressionOf(node)
    const comment = expression === null ? null : commentBehind(text, endOf(node, expression))
    const said = comment === null ? null : claimIn(comment.text)
    const isOne = said?.kind !== 'throws' || ts.isExpressionStatement(node)
    if (expression !== null && said !== null && isOne) {
      attached.add(comment!.at)
      const isLog = said.kind === 'is' && isConsoleLog(expression)
      const { start, end } = rangeOf(isLog ? expression.expression : expression)
      claims.push({
        line: lineOf(node.getStart()),
        kind: isLog ? 'prints' : said.kind,
        expected: said.expected,
        start,
        end,
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)

  for (const { pos, end } of commentsOf(file)) {
    if (!attached.has(pos) && arrow.test(text.slice(pos, end))) {
      throw new Error(`${fileName}:${lineOf(pos)}: a claim behind nothing that has a value`)
    }
  }
  return claims
}

function rangeOf(node: ts.Node): { start: number; end: number } {
  return { start: node.getStart(), end: node.end }
}

function expressionOf(node: ts.Node): ts.Expression | null {
  if (ts.isExpressionStatement(node)) return node.expression
  if (!ts.isVariableStatement(node)) return null
  return node.declarationList.declarations.at(-1)?.initializer ?? null
}

/** Where its line goes on: a semicolon on the next line belongs to it and is none of it. */
function endOf(node: ts.Node, expression: ts.Expression): number {
  const { end } = ts.isVariableStatement(node) ? node.declarationList : expression
  return end + /^[ \t]*;?/.exec(node.getSourceFile().text.slice(end))![0].length
}

function isConsoleLog(node: ts.Expression): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'console.log'
}

/** All comments: they stand before tokens, and behind them on their lines. */
function commentsOf(file: ts.SourceFile): { pos: number; end: number }[] {
  const found = new Map<number, { pos: number; end: number }>()
  const { text } = file
  function visit(node: ts.Node): void {
    const children = node.getChildren(file)
    if (children.length > 0) children.forEach(visit)
    else {
      for (const range of [
        ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
        ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
      ]) {
        found.set(range.pos, range)
      }
    }
  }
  visit(file)
  return [...found.values()]
}

interface Comment {
  readonly at: number
  readonly text: string
}

/** The comment behind a statement, or on the lines below it where they begin with a claim. */
function commentBehind(text: string, end: number): Comment | null {
  const trailing = ts.getTrailingCommentRanges(text, end)?.[0]
  if (trailing !== undefined) {
    return { at: trailing.pos, text: text.slice(trailing.pos, trailing.end) }
  }
  const endOfLine = text.indexOf('\n', end)
  if (endOfLine < 0 || text.slice(end, endOfLine).trim() !== '') return null
  const lines = []
  let at = -1
  for (let begin = endOfLine + 1; begin <= text.length;) {
    const stop = text.indexOf('\n', begin)
    const line = text.slice(begin, stop < 0 ? text.length : stop)
    const isFirst = lines.length === 0
    if (isFirst ? !arrow.test(line.trim()) : !/^\/\/(?!\s*(?:→|throws\b))/.test(line.trim())) break
    if (isFirst) at = begin + line.indexOf('//')
    lines.push(line.trim())
    if (stop < 0) break
    begin = stop + 1
  }
  if (at < 0) return null
  return { at, text: lines.map((line) => line.replace(/^\/\/ ?/, '')).join('\n') }
}

function claimIn(comment: string): { kind: 'is' | 'throws'; expected: string } | null {
  const text = comment.replace(/^\/\/\s*/, '').trim()
  const [, word, expected] = /^(→|throws\b)\s*([\s\S]*)$/.exec(text) ?? []
  if (word !== undefined) return { kind: word === '→' ? 'is' : 'throws', expected: expected! }
  const expression = expressionIn(text)
  return expression !== null && isLiteral(expression) ? { kind: 'is', expected: text } : null
}

/** `…` by what it means to the runtime: any value, or the rest of a list; texts keep theirs. */
function withWildcards(text: string): string {
  const piece =
    /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[[{,]\s*)…(?=\s*[\]}])|…/g
  return text.replaceAll(piece, (found, at: number) => {
    if (found !== '…') return found
    const isRest = /[[{,]\s*$/.test(text.slice(0, at)) && /^…\s*[\]}]/.test(text.slice(at))
    return isRest ? '...__rest' : '__any'
  })
}

function expressionIn(text: string): ts.Expression | null {
  const file = ts.createSourceFile('claim.ts', `(${withWildcards(text)})`, ts.ScriptTarget.Latest)
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: unknown[] }
  const statement = file.statements[0]
  if (parseDiagnostics.length > 0 || file.statements.length !== 1) return null
  if (statement === undefined || !ts.isExpressionStatement(statement)) return null
  const { expression } = statement
  return ts.isParenthesizedExpression(expression) ? expression.expression : null
}

function isLiteral(node: ts.Node): boolean {
  if (ts.isStringLiteral(node) || ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return true
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isLiteral)
  if (ts.isSpreadElement(node)) return isLiteral(node.expression)
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((property) =>
      ts.isPropertyAssignment(property)
        ? isLiteral(property.initializer)
        : ts.isSpreadAssignment(property) && isLiteral(property.expression),
    )
  }
  if (ts.isPrefixUnaryExpression(node)) return isLiteral(node.operand)
  const words = ['null', 'true', 'false', 'undefined', '__any', '__rest']
  return ts.isIdentifier(node)
    ? words.includes(node.text)
    : [ts.SyntaxKind.NullKeyword, ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(
        node.kind,
      )
}

/** What it is known by in the runtime's notes. */
export function nameOf(page: string, { line }: Claim): string {
  return `${page}:${line}`
}

/**
 * The program with calls of the runtime (`claims-runtime.ts`) where it claims something; its lines are where they were.
 * @param script the program, in JavaScript, with everything where it stood when its claims were found
 */
export function withClaims(script: string, claims: readonly Claim[], page: string): string {
  const inserted: { at: number; order: number; text: string; skip: number }[] = []
  for (const claim of claims) {
    const { kind, start, end } = claim
    const name = JSON.stringify(nameOf(page, claim))
    const text = JSON.stringify(claim.expected)
    const given = script.slice(start, end)
    const awaits = /\bawait\b/.test(given)
    const isExpression = kind === 'is' && expressionIn(claim.expected) !== null
    const expected = isExpression
      ? `(__any, __rest) => (${withWildcards(claim.expected).replaceAll('\n', ' ')})`
      : text
    const [before, after] = {
      is: [`__is(${name}, (`, `), ${expected})`],
      prints: [`__prints(${name}, ${text})`, ''],
      throws: awaits
        ? [`await __throwsLater(${name}, async () => (`, `), ${text})`]
        : [`__throws(${name}, () => (`, `), ${text})`],
    }[kind] as [string, string]
    const skip = kind === 'prints' ? end - start : 0
    inserted.push({ at: start, order: 1, text: before, skip })
    if (after !== '') inserted.push({ at: end, order: 0, text: after, skip: 0 })
  }
  inserted.sort((a, b) => a.at - b.at || a.order - b.order)
  let result = ''
  let at = 0
  for (const { at: place, text, skip } of inserted) {
    result += script.slice(at, place) + text
    at = place + skip
  }
  return result + script.slice(at)
}
