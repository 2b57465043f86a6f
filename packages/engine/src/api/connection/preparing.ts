/**
 * Texts to statements that are ready to run: parsed, compiled, and kept by text. From the second text on that differs from another only
 * in literals, they share a program; the first keeps its literals, which the optimizer can look at.
 */
import { sqlError } from '../../base/error.ts'
import { used } from '../../base/first-use.ts'
import { compiling } from '../../base/v8-error.ts'
import { compileStatement } from '../../codegen/index.ts'
import { bindWithUses, optimize, type BoundStatement } from '../../plan/index.ts'
import type { Catalog } from '../../runtime/index.ts'
import {
  begunBefore,
  parseStatement,
  type ParameterTable,
  type ParsedStatement,
  type Statement,
} from '../../sql/index.ts'
import { prepareAction } from '../statement/action.ts'
import { LiftedStatement } from '../statement/lifted.ts'
import { PreparedAction } from '../statement/prepared-action.ts'
import { StatementCache } from '../statement/cache.ts'
import { PreparedProgram } from '../statement/prepared.ts'
import { SharedTexts } from '../statement/shared-texts.ts'
import { noStatement, tooManyStatements } from './failures.ts'
import type { Compiled, Prepared, Session } from './session.ts'
import { readText } from './sql-text.ts'

export class Preparing {
  readonly #session: Session
  readonly #cache = new StatementCache<Prepared>()
  /** Of texts that the connection itself has written. */
  readonly #own = new StatementCache<Prepared>()
  readonly #shared = new SharedTexts({
    plan: (statement, sql) => this.#plan(statement, sql),
    lifted: (shared, values, text) => new LiftedStatement(this.#session, shared, values, text),
    prepareShared: (...parsed) => this.#prepareParsed(...parsed, false),
  })

  constructor(session: Session) {
    this.#session = session
  }

  /** The script that was last asked for a statement, and how it is read. */
  #script = ''
  #scriptText = ''

  /** For which catalog what is kept was compiled; what is prepared for another one is looked at anew, as in SQLite. */
  #catalog: Catalog | null = null

  /** What is kept of a text; undefined: nothing that holds. */
  #known(sql: string): Prepared | undefined {
    this.#refresh()
    return this.#cache.get(sql)
  }

  #keep(sql: string, prepared: Prepared): void {
    this.#refresh()
    this.#cache.set(sql, prepared)
  }

  #refresh(): void {
    const { catalog } = this.#session.context
    if (catalog === this.#catalog) return
    this.clear()
    this.#catalog = catalog
  }

  /** Names may mean other objects now. */
  clear(): void {
    this.#cache.clear()
    this.#own.clear()
    this.#shared.clear()
  }

  /** The statement for a text that holds exactly one. */
  prepare(sql: string): Prepared {
    const known = this.#known(sql)
    if (known !== undefined) return known
    const text = readText(sql)
    const cached = this.#shared.find(text)
    if (cached !== undefined) return cached
    const { statement, end, parameters } = this.#parse(text, 0)
    if (statement === null) throw noStatement()
    if (end < text.length && !isBlank(text, end)) throw tooManyStatements()
    const prepared = this.#prepareParsed(statement, text, parameters, text)
    this.#keep(sql, prepared)
    return prepared
  }

  /** A statement that is a part of another one: nobody is told of it. */
  prepareOwn(sql: string): Prepared {
    this.#refresh()
    const known = this.#own.get(sql)
    if (known !== undefined) return known
    const { statement, parameters } = this.#parse(sql, 0)
    if (statement === null) throw noStatement()
    const prepared = this.#prepareParsed(statement, sql, parameters, sql, false)
    this.#refresh()
    this.#own.set(sql, prepared)
    return prepared
  }

  /** The first statement of a text, whatever follows it; null: it holds none. */
  first(sql: string): Prepared | null {
    const known = this.#known(sql)
    if (known !== undefined) return known
    const text = readText(sql)
    const cached = this.#shared.find(text)
    if (cached !== undefined) return cached
    const { statement, end, parameters } = this.#parse(text, 0)
    if (statement === null) return null
    const prepared = this.#prepareParsed(statement, text, parameters, text.slice(0, end))
    if (end >= text.length || isBlank(text, end)) this.#keep(sql, prepared)
    return prepared
  }

  /** Gives `run` all statements of a text, one after the other, each with its part of the text. */
  forEach(sql: string, run: (prepared: Prepared, text: string) => void): void {
    for (let at = 0; at < sql.length;) {
      const next = this.next(sql, at)
      if (next === null) break
      run(next.prepared, sql.slice(at, next.end))
      at = next.end
    }
  }

  /** The statement of a text that begins at a place; null: there is none any more. */
  next(sql: string, at: number): { readonly prepared: Prepared; readonly end: number } | null {
    const cached = at === 0 ? this.#known(sql) : undefined
    if (cached !== undefined) return { prepared: cached, end: sql.length }
    // A script is asked for its statements one after the other.
    if (at === 0 || sql !== this.#script) {
      this.#script = sql
      this.#scriptText = readText(sql)
    }
    const text = this.#scriptText
    const { statement, end, parameters } = this.#parse(text, at)
    if (statement === null) {
      this.#script = ''
      this.#scriptText = ''
      return null
    }
    const prepared = this.#prepareParsed(statement, text, parameters, text.slice(at, end))
    if (at === 0 && end >= sql.length) this.#keep(sql, prepared)
    return { prepared, end }
  }

  /** SQLite looks up what a CREATE is to make before it has read all of it. */
  #parse(sql: string, at: number): ParsedStatement {
    try {
      return parseStatement(sql, at)
    } catch (error) {
      const begun = begunBefore(error)
      const session = this.#session
      if (begun !== null)
        session.withSchemas(() => void bindWithUses(begun, sql, session.context.catalog))
      throw error
    }
  }

  /** @param text the statement's part of `sql`. @param tells who listens is told when it runs */
  #prepareParsed(
    statement: Statement,
    sql: string,
    parameters: ParameterTable,
    text: string,
    tells = true,
  ): Prepared {
    used.add(statement.kind)
    const session = this.#session
    if (!session.options.profile.takesTclVariables) refuseTclVariables(parameters)
    const action = prepareAction(session, statement, sql, parameters)
    if (action !== null) {
      if (tells) action.text = text
      return action
    }
    return session.withSchemas(() => {
      const compiled = this.compile(statement, sql, parameters)
      const program = new PreparedProgram(session, statement, sql, parameters, compiled, text)
      program.tells = tells
      const { countsChanges } = session.context.catalog.environment.settings
      const column = countsChanges && !program.hasRows ? countNames.get(statement.kind) : undefined
      if (column === undefined) return program
      program.tells = false
      const counting = new PreparedAction(session, parameters, [column], true, (params) => {
        program.run(params)
        return [[session.context.changes]]
      })
      if (tells) counting.text = text
      return counting
    })
  }

  #plan(statement: Statement, sql: string): BoundStatement {
    const session = this.#session
    return session.withSchemas(() => {
      const { catalog } = session.context
      return compiling(() => optimize(bindWithUses(statement, sql, catalog).bound, catalog))
    })
  }

  /** Compiles against the schemas as they were last read. */
  compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled {
    return compiling(() => this.#compile(statement, sql, parameters))
  }

  #compile(statement: Statement, sql: string, parameters: ParameterTable): Compiled {
    const session = this.#session
    const { catalog } = session.context
    const { bound, uses, callsUsers, callsReentrant } = bindWithUses(statement, sql, catalog)
    const usesTemporary = uses.reads.has('temp') || uses.writes.has('temp')
    if (session.databases.temporary === null && usesTemporary) {
      session.openTemporary()
      return this.#compile(statement, sql, parameters)
    }
    const program = compileStatement(optimize(bound, catalog), session.context, {
      parameterCount: parameters.count,
      callsUsers,
      callsReentrant,
    })
    return { program, uses }
  }
}

/** As where they are left out. (SQLITE_OMIT_TCL_VARIABLE) */
function refuseTclVariables({ names }: ParameterTable): void {
  const name = names.find((one) => one !== null && /::|\(/.test(one))
  if (name === undefined || name === null) return
  const [mark] = /::|\(/.exec(name)!
  throw sqlError(mark === '(' ? 'near "(": syntax error' : 'unrecognized token: ":"')
}

/** The column in which a statement says how many rows it has changed. (PRAGMA count_changes) */
const countNames: ReadonlyMap<Statement['kind'], string> = new Map([
  ['insert', 'rows inserted'],
  ['update', 'rows updated'],
  ['delete', 'rows deleted'],
])

/** Spaces, semicolons and comments; a comment may be open. */
const blank = /(?:[ \t-\r;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/y

/** Whether nothing follows the statement that ends at `end`. */
function isBlank(sql: string, end: number): boolean {
  blank.lastIndex = end
  return blank.test(sql)
}
