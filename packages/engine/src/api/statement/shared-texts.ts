/**
 * Texts that differ only in literals share a compiled statement, from the second on; the first keeps its literals, which the
 * optimizer can look at.
 *
 * A text has a shape (`sql/text-shape.ts`). The second text of a shape is compiled with marks on its literals: those that the
 * binder and the optimizer have looked at are *pinned*, and so is what no expression of the plan has (a name, the number of
 * ORDER BY 1). The others become parameters. A later text of the shape may have the program if its pinned literals are the
 * same; so a shape has a program for each combination of them that has come twice.
 */
import { SqliteError } from '../../base/error.ts'
import { liftedMarks, valueOfLiteral, type BoundStatement } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import {
  LiteralMark,
  parseStatement,
  shapeOf,
  type ParameterTable,
  type ShapeLiteral,
  type Statement,
  type TextShape,
} from '../../sql/index.ts'
import type { Prepared } from '../connection/session.ts'
import { StatementCache } from './cache.ts'

/** What the connection does for it. */
export interface TextCompiler {
  /** The statement as it would be compiled. */
  plan(statement: Statement, sql: string): BoundStatement
  /** A statement that has its own text and values for a program. */
  lifted(shared: Prepared, values: readonly Value[], text: string): Prepared
  /** A program that several have. @param text the statement as others see it */
  prepareShared(
    statement: Statement,
    sql: string,
    parameters: ParameterTable,
    text: string,
  ): Prepared
}

/** Whether the index that is named serves may come to depend on any literal, when the schema changes. */
const namesIndex = /\bindexed\s+by\b/i

/** Combinations of pinned literals that are remembered of a shape. */
const mostPrograms = 8

interface Shape {
  /** Places of literals that decided about a program of the shape; null: none has been made. */
  pinned: readonly number[] | null
  /** By the pinned literals; null: a text with them has come once. */
  readonly programs: Map<string, Prepared | null>
  /** There is nothing to share. */
  isHopeless: boolean
}

export class SharedTexts {
  readonly #compiler: TextCompiler
  readonly #shapes = new StatementCache<Shape>()

  constructor(compiler: TextCompiler) {
    this.#compiler = compiler
  }

  clear(): void {
    this.#shapes.clear()
  }

  /** The statement of a text, by a program that it shares; undefined: it has to have its own. */
  find(sql: string): Prepared | undefined {
    const text = shapeOf(sql)
    if (text === null) return undefined
    const shape = this.#shapes.get(text.key)
    if (shape === undefined) {
      this.#shapes.set(text.key, { pinned: null, programs: new Map(), isHopeless: false })
      return undefined
    }
    if (shape.isHopeless) return undefined
    const { literals } = text
    const shared =
      shape.pinned === null
        ? this.#share(shape, sql, text)
        : this.#known(shape, shape.pinned, sql, text)
    return shared === null ? undefined : this.#compiler.lifted(shared, valuesOf(literals), sql)
  }

  #known(shape: Shape, pinned: readonly number[], sql: string, text: TextShape): Prepared | null {
    const key = pinnedKey(pinned, text.literals)
    const known = shape.programs.get(key)
    if (known !== undefined) return known ?? this.#share(shape, sql, text)
    if (shape.programs.size >= mostPrograms) shape.programs.clear()
    shape.programs.set(key, null)
    return null
  }

  /** Makes the program for texts with the pinned literals of this one; null: it is no statement, and compiled alone it says why. */
  #share(shape: Shape, sql: string, text: TextShape): Prepared | null {
    try {
      return this.#compile(shape, sql, text)
    } catch (error) {
      if (!(error instanceof SqliteError) || error.code !== 'SQLITE_ERROR') throw error
      shape.isHopeless = true
      return null
    }
  }

  #compile(shape: Shape, sql: string, { literals }: TextShape): Prepared | null {
    const marks = literals.map(({ type, text }, place) => new LiteralMark(place, type, text))
    const places = new Map(literals.map(({ start }, place) => [start, marks[place]!]))
    const { statement } = parseStatement(sql, 0, places)
    if (statement === null || namesIndex.test(sql)) {
      shape.isHopeless = true
      return null
    }
    const lifted = liftedMarks(this.#compiler.plan(statement, sql))
    for (const mark of marks) {
      if (lifted.has(mark)) mark.lift()
      else mark.look()
    }
    if (lifted.size === 0) {
      shape.isHopeless = true
      return null
    }
    // What one program depends on, others are asked about too.
    const pinned = marks.flatMap((mark, place) =>
      mark.isPinned || shape.pinned?.includes(place) === true ? [place] : [],
    )
    if (pinned.length !== shape.pinned?.length) shape.programs.clear()
    shape.pinned = pinned
    const names = marks.map(() => null)
    const parameters = { count: marks.length, names }
    const shown = withMarks(sql, literals, marks)
    const prepared = this.#compiler.prepareShared(statement, sql, parameters, shown)
    shape.programs.set(pinnedKey(pinned, literals), prepared)
    return prepared
  }
}

function pinnedKey(pinned: readonly number[], literals: readonly ShapeLiteral[]): string {
  let key = ''
  for (const place of pinned) {
    const { text } = literals[place]!
    key += `${text.length} ${text}`
  }
  return key
}

function valuesOf(literals: readonly ShapeLiteral[]): readonly Value[] {
  return literals.map(({ type, text }) => valueOfLiteral(type, text))
}

/** The text with `?` for each lifted literal: others are not to see those of one of many texts. */
function withMarks(
  sql: string,
  literals: readonly ShapeLiteral[],
  marks: readonly LiteralMark[],
): string {
  let text = ''
  let copied = 0
  literals.forEach(({ start, end }, place) => {
    if (marks[place]!.isPinned) return
    text += `${sql.slice(copied, start)}?`
    copied = end
  })
  return text + sql.slice(copied)
}
