/** ALTER TABLE. */
import { parseColumnDefinition, parseOnConflict, parseParenthesized } from './create-table.ts'
import type { Parser } from './parser.ts'
import type { AlterTable } from '../ast/statement.ts'

export function parseAlter(p: Parser): AlterTable {
  const { start } = p
  p.advance()
  p.expect('TABLE')
  const { schema, name: table } = p.qualifiedName()
  const action = parseAlterAction(p)
  return { kind: 'alter-table', schema, table, action, start, end: p.lastEnd }
}

function parseAlterAction(p: Parser): AlterTable['action'] {
  if (p.accept('RENAME')) {
    if (p.accept('TO')) return { kind: 'rename-table', name: p.name() }
    p.accept('COLUMN')
    const fromPlace = { start: p.start, end: p.end }
    const from = p.name()
    p.expect('TO')
    const toPlace = { start: p.start, end: p.end }
    return { kind: 'rename-column', from, to: p.name(), fromPlace, toPlace }
  }
  if (p.accept('ADD')) return parseAdd(p)
  if (p.accept('ALTER')) return parseAlterColumn(p)
  p.expect('DROP')
  if (p.accept('CONSTRAINT')) return { kind: 'drop-constraint', name: p.name() }
  p.accept('COLUMN')
  const place = { start: p.start, end: p.end }
  return { kind: 'drop-column', column: p.name(), place }
}

function parseAdd(p: Parser): AlterTable['action'] {
  let textStart = p.start
  if (p.isKeyword('CONSTRAINT') || p.isKeyword('CHECK')) {
    const name = p.accept('CONSTRAINT') ? p.name() : null
    p.expect('CHECK')
    const check = parseParenthesized(p)
    const constraint = { name, kind: 'check', ...check, onConflict: parseOnConflict(p) } as const
    return { kind: 'add-constraint', constraint, textStart, textEnd: p.textEnd }
  }
  p.accept('COLUMN')
  textStart = p.start
  const column = parseColumnDefinition(p, { name: null, reference: null })
  return { kind: 'add-column', column, textStart, textEnd: p.textEnd }
}

function parseAlterColumn(p: Parser): AlterTable['action'] {
  p.accept('COLUMN')
  const column = p.name()
  const isSet = p.accept('SET')
  if (!isSet) p.expect('DROP')
  const textStart = p.start
  p.expect('NOT')
  p.expect('NULL')
  if (!isSet) return { kind: 'drop-not-null', column }
  const onConflict = parseOnConflict(p)
  return { kind: 'set-not-null', column, onConflict, textStart, textEnd: p.textEnd }
}
