/**
 * Statements to SQL, in the canonical form of `print.ts`. Where a clause can be written in several ways (a default
 * that is spelled out, a comma that may be left out), the answer has the one that parses to the same tree.
 */
import type { Expression, OrderingTerm, ResultColumn } from './ast/query.ts'
import type {
  AlterTable,
  Assignment,
  ColumnConstraint,
  ColumnDefinition,
  ConflictAction,
  CreateTable,
  CreateTrigger,
  Delete,
  ForeignKeyReference,
  Insert,
  Pragma,
  Statement,
  TableConstraint,
  Update,
  Upsert,
} from './ast/statement.ts'
import {
  printExpression,
  printFrom,
  printNames,
  printResult,
  printSelect,
  printTableName,
  printTerms,
  printWith,
  qualified,
  quoteName,
  quoteText,
} from './print.ts'

/** Any statement, without a semicolon. */
export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return printSelect(statement)
    case 'insert':
      return printInsert(statement)
    case 'update':
      return printUpdate(statement)
    case 'delete':
      return printDelete(statement)
    case 'create-table':
      return printCreateTable(statement)
    case 'create-trigger':
      return printTrigger(statement)
    case 'create-index': {
      const { unique, table, columns } = statement
      const head = createHead(unique ? 'UNIQUE INDEX' : 'INDEX', statement)
      return `${head} ON ${quoteName(table)} (${printTerms(columns)})${where(statement.where)}`
    }
    case 'create-view': {
      const names = statement.columns === null ? '' : printNames(statement.columns)
      return `${createHead('VIEW', statement)}${names} AS ${printSelect(statement.select)}`
    }
    case 'create-virtual-table': {
      const args = statement.args.length === 0 ? '' : `(${statement.args.join(', ')})`
      return `${createHead('VIRTUAL TABLE', statement)} USING ${quoteName(statement.module)}${args}`
    }
    case 'alter-table':
      return `ALTER TABLE ${qualified(statement.schema, statement.table)} ${printAlter(statement)}`
    case 'drop': {
      const condition = statement.ifExists ? 'IF EXISTS ' : ''
      const name = qualified(statement.schema, statement.name)
      return `DROP ${statement.what.toUpperCase()} ${condition}${name}`
    }
    case 'explain':
      return `EXPLAIN ${statement.queryPlan ? 'QUERY PLAN ' : ''}${printStatement(statement.statement)}`
    case 'pragma':
      return printPragma(statement)
    case 'begin':
      return `BEGIN ${statement.mode}`
    case 'commit':
      return 'COMMIT'
    case 'rollback':
      return statement.savepoint === null
        ? 'ROLLBACK'
        : `ROLLBACK TO ${quoteName(statement.savepoint)}`
    case 'savepoint':
      return `SAVEPOINT ${quoteName(statement.name)}`
    case 'release':
      return `RELEASE ${quoteName(statement.name)}`
    case 'attach': {
      const key = statement.key === null ? '' : ` KEY ${printExpression(statement.key)}`
      return `ATTACH ${printExpression(statement.file)} AS ${printExpression(statement.name)}${key}`
    }
    case 'detach':
      return `DETACH ${printExpression(statement.name)}`
    case 'vacuum': {
      const schema = statement.schema === null ? '' : ` ${quoteName(statement.schema)}`
      const into = statement.into === null ? '' : ` INTO ${printExpression(statement.into)}`
      return `VACUUM${schema}${into}`
    }
    case 'reindex':
    case 'analyze': {
      const { schema, name } = statement
      return statement.kind.toUpperCase() + (name === null ? '' : ` ${qualified(schema, name)}`)
    }
    default:
      return statement satisfies never
  }
}

function where(condition: Expression | null): string {
  return condition === null ? '' : ` WHERE ${printExpression(condition)}`
}

function returning(columns: readonly ResultColumn[]): string {
  return columns.length === 0 ? '' : ` RETURNING ${columns.map(printResult).join(', ')}`
}

function withPrefix(clause: Insert['with']): string {
  return clause === null ? '' : `${printWith(clause)} `
}

function orClause(action: ConflictAction | null): string {
  return action === null ? '' : ` OR ${action}`
}

function onConflict(action: ConflictAction | null): string {
  return action === null ? '' : ` ON CONFLICT ${action}`
}

function printInsert(statement: Insert): string {
  const { table, columns, source, upserts } = statement
  const names = columns === null ? '' : ` ${printNames(columns)}`
  const head = `INSERT${orClause(statement.orAction)} INTO ${printTableName(table)}${names}`
  const rows = source === null ? 'DEFAULT VALUES' : printSelect(source)
  const conflicts = upserts.map(printUpsert).join('')
  return `${withPrefix(statement.with)}${head} ${rows}${conflicts}${returning(statement.returning)}`
}

function printUpsert({ target, update }: Upsert): string {
  const on = target === null ? '' : ` (${printTerms(target.columns)})${where(target.where)}`
  if (update === null) return ` ON CONFLICT${on} DO NOTHING`
  return ` ON CONFLICT${on} DO UPDATE SET ${printAssignments(update.assignments)}${where(update.where)}`
}

function printAssignments(assignments: readonly Assignment[]): string {
  return assignments
    .map(({ columns, value }) => {
      const left = columns.length === 1 ? quoteName(columns[0]!) : printNames(columns)
      return `${left} = ${printExpression(value)}`
    })
    .join(', ')
}

function printUpdate(statement: Update): string {
  const head = `UPDATE${orClause(statement.orAction)} ${printTableName(statement.table)}`
  const from = statement.from === null ? '' : ` FROM ${printFrom(statement.from)}`
  const set = ` SET ${printAssignments(statement.assignments)}`
  const rest = where(statement.where) + returning(statement.returning)
  return withPrefix(statement.with) + head + set + from + rest
}

function printDelete(statement: Delete): string {
  const head = `DELETE FROM ${printTableName(statement.table)}`
  return withPrefix(statement.with) + head + where(statement.where) + returning(statement.returning)
}

interface Created {
  readonly temporary?: boolean
  readonly ifNotExists: boolean
  readonly schema: string | null
  readonly name: string
}

function createHead(what: string, { temporary, ifNotExists, schema, name }: Created): string {
  const kind = temporary === true ? `TEMP ${what}` : what
  return `CREATE ${kind} ${ifNotExists ? 'IF NOT EXISTS ' : ''}${qualified(schema, name)}`
}

function printCreateTable(statement: CreateTable): string {
  const head = createHead('TABLE', statement)
  if (statement.select !== null) return `${head} AS ${printSelect(statement.select)}`
  const parts = [
    ...statement.columns.map(printColumn),
    ...statement.constraints.map(printTableConstraint),
  ]
  const options: string[] = []
  if (statement.withoutRowid) options.push('WITHOUT ROWID')
  if (statement.strict) options.push('STRICT')
  const tail = options.length === 0 ? '' : ` ${options.join(', ')}`
  return `${head} (${parts.join(', ')})${tail}`
}

function constraintName(name: string | null): string {
  return name === null ? '' : `CONSTRAINT ${quoteName(name)} `
}

function printColumn({ name, type, constraints }: ColumnDefinition): string {
  const words = [quoteName(name)]
  if (type !== '') words.push(type)
  for (const constraint of constraints) words.push(printColumnConstraint(constraint))
  return words.join(' ')
}

function printColumnConstraint(constraint: ColumnConstraint): string {
  const prefix = constraintName(constraint.name)
  switch (constraint.kind) {
    case 'primary-key': {
      const order = constraint.descending ? ' DESC' : ''
      const increment = constraint.autoincrement ? ' AUTOINCREMENT' : ''
      return `${prefix}PRIMARY KEY${order}${onConflict(constraint.onConflict)}${increment}`
    }
    case 'not-null':
      return `${prefix}NOT NULL${onConflict(constraint.onConflict)}`
    case 'null':
      return `${prefix}NULL`
    case 'unique':
      return `${prefix}UNIQUE${onConflict(constraint.onConflict)}`
    case 'check':
      return `${prefix}CHECK (${printExpression(constraint.expression)})`
    case 'default':
      return `${prefix}DEFAULT (${printExpression(constraint.expression)})`
    case 'collate':
      return `${prefix}COLLATE ${quoteName(constraint.collation)}`
    case 'references':
      return prefix + printReference(constraint.reference)
    case 'generated': {
      const kind = constraint.stored ? 'STORED' : 'VIRTUAL'
      return `${prefix}AS (${printExpression(constraint.expression)}) ${kind}`
    }
    default:
      return constraint satisfies never
  }
}

function printTableConstraint(constraint: TableConstraint): string {
  const prefix = constraintName(constraint.name)
  switch (constraint.kind) {
    case 'primary-key': {
      const columns = keyColumns(constraint.columns, constraint.autoincrement)
      return `${prefix}PRIMARY KEY ${columns}${onConflict(constraint.onConflict)}`
    }
    case 'unique':
      return `${prefix}UNIQUE ${keyColumns(constraint.columns, false)}${onConflict(constraint.onConflict)}`
    case 'check': {
      const condition = printExpression(constraint.expression)
      return `${prefix}CHECK (${condition})${onConflict(constraint.onConflict)}`
    }
    case 'foreign-key':
      return `${prefix}FOREIGN KEY ${printNames(constraint.columns)} ${printReference(constraint.reference)}`
    default:
      return constraint satisfies never
  }
}

function keyColumns(columns: readonly OrderingTerm[], autoincrement: boolean): string {
  return `(${printTerms(columns)}${autoincrement ? ' AUTOINCREMENT' : ''})`
}

function printReference(reference: ForeignKeyReference): string {
  const { table, columns, onDelete, onUpdate, match, deferred } = reference
  const parts = [`REFERENCES ${quoteName(table)}`]
  if (columns.length > 0) parts.push(printNames(columns))
  if (onDelete !== 'NO ACTION') parts.push(`ON DELETE ${onDelete}`)
  if (onUpdate !== 'NO ACTION') parts.push(`ON UPDATE ${onUpdate}`)
  if (match !== null) parts.push(`MATCH ${quoteName(match)}`)
  if (deferred) parts.push('DEFERRABLE INITIALLY DEFERRED')
  return parts.join(' ')
}

function printTrigger(statement: CreateTrigger): string {
  const { time, event, columns, when, body } = statement
  const names = columns === null ? '' : ` OF ${columns.map(quoteName).join(', ')}`
  const table = qualified(statement.tableSchema, statement.table)
  const condition = when === null ? '' : ` WHEN ${printExpression(when)}`
  const steps = body.map((step) => `${printStatement(step)};`).join(' ')
  const head = createHead('TRIGGER', statement)
  return `${head} ${time} ${event}${names} ON ${table}${condition} BEGIN ${steps} END`
}

function printAlter({ action }: AlterTable): string {
  switch (action.kind) {
    case 'rename-table':
      return `RENAME TO ${quoteName(action.name)}`
    case 'rename-column':
      return `RENAME COLUMN ${quoteName(action.from)} TO ${quoteName(action.to)}`
    case 'add-column':
      return `ADD COLUMN ${printColumn(action.column)}`
    case 'drop-column':
      return `DROP COLUMN ${quoteName(action.column)}`
    case 'add-constraint':
      return `ADD ${printTableConstraint(action.constraint)}`
    case 'drop-constraint':
      return `DROP CONSTRAINT ${quoteName(action.name)}`
    case 'set-not-null':
      return `ALTER COLUMN ${quoteName(action.column)} SET NOT NULL${onConflict(action.onConflict)}`
    case 'drop-not-null':
      return `ALTER COLUMN ${quoteName(action.column)} DROP NOT NULL`
    default:
      return action satisfies never
  }
}

function printPragma({ schema, name, value }: Pragma): string {
  const head = `PRAGMA ${qualified(schema, name)}`
  if (value === null) return head
  return `${head} = ${typeof value === 'string' ? quoteText(value) : value}`
}
