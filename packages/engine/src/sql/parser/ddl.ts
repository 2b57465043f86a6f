/** CREATE INDEX, VIEW, TRIGGER and VIRTUAL TABLE, and DROP. */
import { parseCreateTable, parseIfNotExists, parseNewName } from './create-table.ts'
import { parseExpression } from './expression.ts'
import { parseOrderingTerms } from './list.ts'
import { parseColumnNames, parseSelect } from './select.ts'
import { END } from '../lexer.ts'
import type { Parser } from './parser.ts'
import type { Drop, Statement } from '../ast/statement.ts'

/** What follows CREATE. `parseBody` parses a statement of a trigger's body. */
export function parseCreate(p: Parser, parseBody: (p: Parser) => Statement): Statement {
  const { start } = p
  p.advance()
  const temporary = p.accept('TEMP') || p.accept('TEMPORARY')
  if (p.accept('TABLE')) return parseCreateTable(p, start, temporary)
  if (p.accept('VIEW')) return parseCreateView(p, start, temporary)
  if (p.accept('TRIGGER')) return parseCreateTrigger(p, start, temporary, parseBody)
  if (temporary) throw p.syntaxError()
  const unique = p.accept('UNIQUE')
  if (p.accept('INDEX')) return parseCreateIndex(p, start, unique)
  if (!unique && p.accept('VIRTUAL')) return parseCreateVirtualTable(p, start)
  throw p.syntaxError()
}

function parseCreateIndex(p: Parser, start: number, unique: boolean): Statement {
  const ifNotExists = parseIfNotExists(p)
  const named = parseNewName(p)
  p.expect('ON')
  const tableStart = p.start
  const table = p.name()
  const tableEnd = p.lastEnd
  p.expectOperator('(')
  const columns = parseOrderingTerms(p)
  p.expectOperator(')')
  const where = p.accept('WHERE') ? parseExpression(p) : null
  const index: Statement = {
    kind: 'create-index',
    unique,
    ifNotExists,
    ...named,
    table,
    columns,
    where,
    start,
    end: p.lastEnd,
    textEnd: p.start,
  }
  p.places?.add(index, tableStart, tableEnd)
  return index
}

function parseCreateView(p: Parser, start: number, temporary: boolean): Statement {
  const ifNotExists = parseIfNotExists(p)
  const named = parseNewName(p)
  const columns = p.isOperator('(') ? parseColumnNames(p) : null
  p.expect('AS')
  const select = parseSelect(p)
  const { textEnd, lastEnd: end } = p
  return {
    kind: 'create-view',
    temporary,
    ifNotExists,
    ...named,
    columns,
    select,
    start,
    end,
    textEnd,
  }
}

function parseCreateTrigger(
  p: Parser,
  start: number,
  temporary: boolean,
  parseBody: (p: Parser) => Statement,
): Statement {
  const ifNotExists = parseIfNotExists(p)
  const named = parseNewName(p)
  let time: 'BEFORE' | 'AFTER' | 'INSTEAD OF' = 'BEFORE'
  if (p.accept('AFTER')) time = 'AFTER'
  else if (p.accept('INSTEAD')) {
    p.expect('OF')
    time = 'INSTEAD OF'
  } else p.accept('BEFORE')
  const event = p.text as 'INSERT' | 'DELETE' | 'UPDATE'
  if (event !== 'INSERT' && event !== 'DELETE' && event !== 'UPDATE') throw p.syntaxError()
  p.advance()
  let columns: string[] | null = null
  if (event === 'UPDATE' && p.accept('OF')) {
    columns = []
    do columns.push(p.placedName(columns))
    while (p.acceptOperator(','))
  }
  p.expect('ON')
  const on = p.qualifiedName()
  const onEnd = p.lastEnd
  const onStart = p.nameStart
  if (p.accept('FOR')) {
    p.expect('EACH')
    p.expect('ROW')
  }
  const when = p.accept('WHEN') ? parseExpression(p) : null
  const trigger = {
    kind: 'create-trigger',
    temporary,
    ifNotExists,
    ...named,
    time,
    event,
    columns,
    tableSchema: on.schema,
    table: on.name,
    when,
    start,
  } as const
  if (p.isKeyword('BEGIN')) p.begun = { ...trigger, body: [], end: p.lastEnd, textEnd: p.lastEnd }
  p.expect('BEGIN')
  const body: Statement[] = []
  do {
    body.push(parseBody(p))
    p.expectOperator(';')
  } while (!p.isKeyword('END'))
  p.advance()
  const whole: Statement = { ...trigger, body, end: p.lastEnd, textEnd: p.lastEnd }
  p.places?.add(whole, onStart, onEnd)
  return whole
}

function parseCreateVirtualTable(p: Parser, start: number): Statement {
  p.expect('TABLE')
  const ifNotExists = parseIfNotExists(p)
  const named = parseNewName(p)
  const nameEnd = p.lastEnd
  p.expect('USING')
  const module = p.name()
  const args: string[] = []
  if (p.isOperator('(')) {
    let from = p.end
    let depth = 0
    for (;;) {
      if (p.kind === END) throw p.syntaxError()
      if (p.isOperator('(')) depth++
      const closes = p.isOperator(')') && --depth === 0
      if (closes || (depth === 1 && p.isOperator(','))) {
        const arg = p.sql.slice(from, p.start).trim()
        if (arg !== '') args.push(arg)
        from = p.end
      }
      p.advance()
      if (closes) break
    }
  }
  const end = p.lastEnd
  const table: Statement = {
    kind: 'create-virtual-table',
    ifNotExists,
    ...named,
    module,
    args,
    start,
    end,
    textEnd: end,
  }
  p.places?.add(table, named.nameStart, nameEnd)
  return table
}

export function parseDrop(p: Parser): Drop {
  const { start } = p
  p.advance()
  const kinds = ['TABLE', 'INDEX', 'VIEW', 'TRIGGER'] as const
  const word = kinds.find((kind) => p.isKeyword(kind))
  if (word === undefined) throw p.syntaxError()
  p.advance()
  let ifExists = false
  if (p.accept('IF')) {
    p.expect('EXISTS')
    ifExists = true
  }
  const { schema, name } = p.qualifiedName()
  const what = word.toLowerCase() as Drop['what']
  return { kind: 'drop', what, ifExists, schema, name, start, end: p.lastEnd }
}
