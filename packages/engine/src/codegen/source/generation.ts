/**
 * The state of emitting one program: which row sources are running, and the three mutually recursive things
 * that everything else asks for: the value of an expression, the truth of a condition, the rows of a plan node.
 *
 * A `Source` is where the columns of a `SourceId` come from at the place that is being emitted: a cursor's current
 * record, variables, fields of a collected row. It belongs to the frame that runs it. Code in an inner frame gets
 * the column as a parameter of its function, added when it is first asked for; each call of the function then
 * evaluates the argument where the call stands.
 */
import { assert } from '../../base/assert.ts'
import type { BoundDelete, BoundExpression, PlanNode, SourceId } from '../../plan/index.ts'
import { builtInCollations, realValue } from '../../record/index.ts'
import type { Affinity, Collations, TextEncoding } from '../../record/index.ts'
import { blobAsReal, blobAsText, wideOperand } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import { Emitter } from '../emit/emitter.ts'
import type { ProgramKind } from '../emit/emitter.ts'
import type { Frame } from '../emit/block.ts'
import type { Around } from '../emit/unit.ts'
import {
  anyNumber,
  anyValue,
  blobKind,
  fractionKind,
  isOnly,
  kindsOfParameter,
  mayBe,
  nullKind,
  rawKind,
  realKind,
  textKind,
} from './kinds.ts'
import type { Code, Kinds } from './kinds.ts'

/** Where the columns of a row source come from. */
export interface Source {
  /** The frame in which `column` may be called. */
  readonly frame: Frame
  /** What a column can be, without emitting anything. */
  kinds(column: number): Kinds
  /** Emits what is needed to read the column here. The answer is simple. -1: the rowid. */
  column(column: number): Code
  /** All these columns are about to be read here: what they have in common is done once. */
  prepare?(columns: readonly number[]): void
  /** As `column`, for texts of which there are few distinct ones (group keys). */
  repeatedColumn?(column: number): Code
  /** A JavaScript condition that holds where the column is NULL, if that is cheaper to know than its value. */
  isNull?(column: number): string | null
  /** The undecoded text of a column; null: there are no bytes, or it has been decoded already. */
  textBytes?(column: number): TextBytes | null
  /** A column as its record holds it; null: no record does. */
  storedField?(column: number): FieldBytes | null
  /** The cursor that stands on the row. */
  readonly cursor?: string | undefined
}

/** Where a record has a column, as JavaScript expressions. */
export interface FieldBytes {
  readonly data: string
  /** The serial type; -1: the record ends before it. */
  readonly type: string
  readonly offset: string
  /** The condition that it is NULL. */
  readonly isNull: () => string
  /** That of the column in whose table the record is. */
  readonly affinity: Affinity
  readonly place: number
  readonly record: RecordBytes
}

/** A record under a cursor. */
export interface RecordBytes {
  readonly cursor: string
  /** Where it begins. */
  readonly start: string
  /** Size of its header; 0 where it has been read out of line. */
  readonly header: string
  /** How many columns records of the table have. */
  readonly columnCount: number
  /** The place of the column that is the rowid, where the record has NULL; -1: there is none. */
  readonly rowidPlace: number
}

/** A column's content in its page, as JavaScript expressions. */
export interface TextBytes {
  /** The content is text. */
  readonly isText: string
  readonly data: string
  readonly offset: string
  readonly size: string
  /** The value, whatever it is. */
  readonly other: string
  /** By the type of the column it is text as a rule. */
  readonly isLikely: boolean
  /** The content is a BLOB, of `blobSize` bytes at the same place. Absent: it lies in no page. */
  readonly isBlob?: string
  readonly blobSize?: string
}

/** What of the programs of a statement's triggers those ask that write rows. */
export interface FiredPrograms {
  /** Emits the calls of programs for a row that is changed. */
  fire(places: readonly number[], old: RowValues | null, now: RowValues | null): void
  /** The variable with the `Sequence` of a table, which all of a statement share. `creation` makes it. */
  sequence(table: Table, creation: () => string): string
  readonly sequences: Iterable<string>
}

/** A step that is put off: the variable with the `RowidList` of the rows that it has found. */
export interface PostponedStep {
  readonly step: BoundDelete
  readonly list: string
}

/** The values of a row, and its rowid where it has one. */
export interface RowValues {
  readonly columns: readonly Code[]
  readonly rowid: Code | null
}

/** The three recursive parts, each in a file of its own. */
export interface GenerationRules {
  readonly value: (generation: Generation, expression: BoundExpression) => Code
  readonly condition: (
    generation: Generation,
    expression: BoundExpression,
    whenNull: boolean,
  ) => string
  readonly produce: (generation: Generation, node: PlanNode, consume: () => void) => void
}

interface Local {
  readonly frame: Frame
  readonly code: Code
}

/** Levels of operators that are written as one JavaScript expression. */
const deepestText = 64

/** What the user's functions have to do with a statement. */
export interface UsersPart {
  readonly collations: Collations
  readonly callsUsers: boolean
  readonly callsReentrant: boolean
}

const noUsersPart: UsersPart = {
  collations: builtInCollations,
  callsUsers: false,
  callsReentrant: false,
}

export class Generation {
  readonly emitter: Emitter
  readonly encoding: TextEncoding
  readonly collations: Collations
  /** The statement calls functions of the user's. */
  readonly callsUsers: boolean
  /** They may change the pages of a row while it is read. */
  readonly callsReentrant: boolean
  /** Names of the functions that make keys under collations of the user's. */
  keyFunctions: Map<string, string> = new Map()
  readonly sources: Map<SourceId, Source> = new Map()
  readonly locals: Map<number, Local> = new Map()
  /** Columns that the statement names, by source; a source that is not here may be asked for any. */
  readonly used: ReadonlyMap<SourceId, ReadonlySet<number>>
  /** The functions that were written for subqueries, by their purpose and id. */
  subqueries: Map<string, unknown> = new Map()
  /** The variables of the rows of shared common tables. */
  #commonRows: Map<object, string> = new Map()
  /** Those of what the routine that is being emitted stands in. */
  #outerCommonRows: ReadonlyMap<object, string> | null = null
  /** Rows of a hash table come in the order in which SQLite's automatic index would have them: it matters which row of a join is the last. */
  isIndexOrder = false
  readonly #databases = new Map<string, string>()
  #spill: string | null = null
  #sites = 0
  readonly #rules: GenerationRules
  #parameters = new Map<number, Code>()
  /** The routine that is being emitted; null: the program. */
  #routine: Frame | null = null
  /** The program of a trigger that is being emitted; null: the statement itself. */
  #program: Frame | null = null
  /** The variable with the statement's `Spill`, for the programs of its triggers; null: none of them collects rows. */
  #commonSpill: string | null = null
  /** The programs of the statement's triggers. */
  triggers: FiredPrograms | null = null
  /** Of all violations of foreign keys that CASCADE and SET NULL mend it is known that they do (`mendsItself`). */
  mendsItself = false
  /** Steps of the programs that are put off to the end of the statement, as they are emitted; null: none are. */
  postponed: PostponedStep[] | null = null
  /** The variable that counts violations of immediate foreign keys, in all programs of the statement; null: none are counted. */
  #violations: string | null = null
  #keyViolations: string | null = null
  /** Operators around the expression that is being emitted. */
  #depth = 0

  constructor(
    encoding: TextEncoding,
    rules: GenerationRules,
    used: ReadonlyMap<SourceId, ReadonlySet<number>>,
    kind: ProgramKind,
    { collations, callsUsers, callsReentrant }: UsersPart = noUsersPart,
  ) {
    this.encoding = encoding
    this.collations = collations
    this.callsUsers = callsUsers
    this.callsReentrant = callsReentrant
    this.#rules = rules
    this.used = used
    this.emitter = new Emitter(kind)
  }

  /** The statement changes nothing, and nothing of the user's runs in it: what has been found once is found again. Set by who emits it. */
  keepsAnswers = false

  /**
   * The value of an expression at this place. May write statements before it; whatever can fail or is costly is
   * evaluated only when the text is.
   */
  value(expression: BoundExpression): Code {
    if (this.#depth % deepestText === deepestText - 1) return this.outlined(expression)
    this.#depth++
    const code = this.#rules.value(this, expression)
    this.#depth--
    return code
  }

  /**
   * The value as a call of a function of its own, for what is nested too deeply or too long for one JavaScript
   * expression: V8 parses by recursion.
   */
  outlined(
    expression: BoundExpression,
    body: () => Code = () => this.#rules.value(this, expression),
  ): Code {
    let kinds: Kinds = 0
    const frame = this.emitter.function('part', 'return', () => {
      this.#depth++
      const code = body()
      this.#depth--
      kinds = code.kinds
      this.emitter.line(`return ${code.text}`)
    })
    return { text: this.emitter.callText(frame), kinds, simple: false }
  }

  /** `value`, in a variable. */
  named(expression: BoundExpression): Code {
    return this.emitter.name(this.value(expression))
  }

  /** `value` in the value domain: for functions, records, parameters of seeks. */
  plainValue(expression: BoundExpression): Code {
    return this.toValue(this.value(expression))
  }

  /** A JavaScript boolean: the truth of a condition, `whenNull` where that is unknown. */
  condition(expression: BoundExpression, whenNull = false): string {
    const isDeep = this.#depth % deepestText === deepestText - 1
    this.#depth++
    let text = ''
    if (isDeep) {
      const frame = this.emitter.function('part', 'return', () => {
        this.emitter.line(`return ${this.#rules.condition(this, expression, whenNull)}`)
      })
      text = this.emitter.callText(frame)
    } else text = this.#rules.condition(this, expression, whenNull)
    this.#depth--
    return text
  }

  /** Leaves the current row unless the condition is true. */
  guard(expression: BoundExpression): void {
    if (expression.kind === 'and') for (const operand of expression.operands) this.guard(operand)
    else this.emitter.guard(this.condition(expression, false))
  }

  /** Emits code that runs `consume`'s code for each row of a plan node. `consume` is called once. */
  produce(node: PlanNode, consume: () => void): void {
    this.#rules.produce(this, node, consume)
  }

  /** A column of a running source. */
  column(source: SourceId, column: number): Code {
    const binding = this.source(source)
    const { frame } = this.emitter
    if (binding.frame === frame) return binding.column(column)
    return this.#parameter(
      `${source}.${column}`,
      () => this.kinds(source, column),
      () => {
        return this.column(source, column)
      },
    )
  }

  /** Announces that these columns of a source are about to be read. */
  prepare(source: SourceId, columns: readonly number[]): void {
    const binding = this.source(source)
    if (binding.frame === this.emitter.frame) binding.prepare?.(columns)
  }

  /** What a column can be as seen from here. */
  kinds(source: SourceId, column: number): Kinds {
    const binding = this.source(source)
    let kinds = binding.kinds(column)
    for (
      let frame: Frame | null = this.emitter.frame;
      frame !== null && frame !== binding.frame;
      frame = frame.parent
    )
      if (frame.nullable.has(source)) kinds |= nullKind
    return kinds
  }

  source(source: SourceId): Source {
    const binding = this.sources.get(source)
    assert(binding !== undefined, 'a column names a source that is not running')
    return binding
  }

  /** The value that a `let` named. */
  local(id: number): Code {
    const local = this.locals.get(id)
    assert(local !== undefined, 'a local is used outside its let')
    if (local.frame === this.emitter.frame) return local.code
    return this.#parameter(
      `local ${id}`,
      () => local.code.kinds,
      () => this.local(id),
    )
  }

  #parameter(key: string, kinds: () => Kinds, argument: () => Code): Code {
    const { frame } = this.emitter
    const known = frame.parameters.get(key)
    if (known !== undefined) return known.code
    const code: Code = { text: this.emitter.fresh('a'), kinds: kinds(), simple: true }
    frame.parameters.set(key, {
      key,
      name: code.text,
      argument: () => argument().text,
      code,
    })
    return code
  }

  /** A parameter of the statement. */
  parameter(expression: Extract<BoundExpression, { readonly kind: 'parameter' }>): Code {
    const { index } = expression
    const known = this.#parameters.get(index)
    if (known !== undefined) return known
    const code: Code = { text: `p${index}`, kinds: kindsOfParameter(expression), simple: true }
    this.#parameters.set(index, code)
    this.needParams()
    this.emitter.atStart(`const ${code.text} = params[${index - 1}]`)
    return code
  }

  /** The same value in the value domain, where a whole REAL is boxed. */
  toValue(code: Code): Code {
    if (!mayBe(code, rawKind)) return code
    const use = this.emitter.use('realValue', realValue)
    const kinds = (code.kinds & ~rawKind) | fractionKind | realKind
    if (isOnly(code, rawKind)) return { text: `${use}(${code.text})`, kinds, simple: false }
    if (code.double !== undefined && code.rest !== undefined) {
      const { double, rest } = code
      return {
        text: `(${double} === ${double} ? ${use}(${double}) : ${rest})`,
        kinds,
        simple: false,
      }
    }
    const { before, code: named } = this.emitter.repeatable(code)
    const text = `(${before}typeof ${named.text} === 'number' ? ${use}(${named.text}) : ${named.text})`
    return { text, kinds, simple: false }
  }

  /**
   * The same value for what reads it as a text or a number: there a BLOB stands for the text whose bytes it has in the
   * encoding of the database. The runtime reads BLOBs as UTF-8 by itself; of another encoding they are made text here, or
   * at once the REAL that the text begins with.
   */
  toReadable(code: Code, asReal = false): Code {
    if (this.encoding === 'utf8' || !mayBe(code, blobKind)) return code
    const use = asReal
      ? this.emitter.use('blobAsReal', blobAsReal)
      : this.emitter.use('blobAsText', blobAsText)
    const text = `${use}(${code.text}, '${this.encoding}')`
    const { kinds, double } = code
    const more = asReal ? realKind : textKind
    const readable = { text, kinds: (kinds & ~blobKind) | more, simple: false }
    return double === undefined ? readable : { ...readable, double }
  }

  /** The same value as an operand of arithmetic or of CAST AS NUMERIC, where UTF-16 reads text in a way of its own. */
  toOperand(code: Code): Code {
    if (this.encoding === 'utf8' || !mayBe(code, textKind | blobKind)) return code
    const use = this.emitter.use('wideOperand', wideOperand)
    const value = this.toValue(code)
    return {
      text: `${use}(${value.text}, '${this.encoding}')`,
      kinds: (value.kinds & ~blobKind) | textKind | anyNumber,
      simple: false,
    }
  }

  /** `plainValue` for what reads a text or a number. */
  readableValue(expression: BoundExpression): Code {
    return this.toReadable(this.plainValue(expression))
  }

  /** The variable that holds a database: `ctx` is the main one. */
  database(name: string): string {
    if (name === 'main') return 'ctx'
    const known = this.#databases.get(name)
    if (known !== undefined) return known
    const variable = this.emitter.fresh('d')
    this.emitter.share(`const ${variable} = ctx.database(${this.emitter.slot(name)})`)
    this.#databases.set(name, variable)
    return variable
  }

  /** The statement cannot end while there are violations that were to be mended later. */
  refusesPostponed = false

  /** The variable that counts violations of immediate foreign keys. */
  violations(): string {
    if (this.#violations === null) {
      this.#violations = this.emitter.fresh('violations')
      this.emitter.share(`let ${this.#violations} = 0`)
    }
    return this.#violations
  }

  /** The same, where any are counted. */
  get countedViolations(): string | null {
    return this.#violations
  }

  /** The variable with the violations of the transaction. */
  keyViolations(): string {
    if (this.#keyViolations === null) {
      this.#keyViolations = this.emitter.fresh('keys')
      this.emitter.share(`const ${this.#keyViolations} = ctx.keyViolations`)
    }
    return this.#keyViolations
  }

  /** The same, where they are asked for. */
  get askedKeyViolations(): string | null {
    return this.#keyViolations
  }

  /** The variable that holds what a run may keep in memory, and its temporary file. */
  spill(): string {
    if (this.#spill !== null) return this.#spill
    const { emitter } = this
    const name = emitter.fresh('spill')
    this.#spill = name
    const slice = emitter.isSliced ? emitter.slice : ''
    const routine = this.#routine
    if (routine !== null && routine === this.#program) {
      if (this.#commonSpill === null) {
        this.#commonSpill = emitter.fresh('common')
        emitter.share(`let ${this.#commonSpill}`)
      }
      emitter.atStart(`const ${name} = ${this.#commonSpill}.nested()`)
    } else if (routine === null) {
      emitter.atStart(`const ${name} = ctx.newSpill(${slice})`)
      if (emitter.isSliced) emitter.atEnd(`${slice}.forget()`)
    } else {
      const outer = emitter.fresh('a')
      const code: Code = { text: outer, kinds: anyValue, simple: true }
      const argument = (): string => this.spill()
      routine.parameters.set('spill', { key: 'spill', name: outer, argument, code })
      emitter.atStart(`const ${name} = ${outer}.nested()`)
    }
    emitter.atEnd(`${name}.close()`)
    return this.#spill
  }

  /** What is emitted belongs to the program of a trigger, not to the statement itself. */
  get isInProgram(): boolean {
    return this.#program !== null
  }

  /** At the end of the statement itself: its programs find its `Spill`. */
  shareSpill(): void {
    if (this.#commonSpill !== null) this.emitter.atStart(`${this.#commonSpill} = ${this.spill()}`)
  }

  /** The parameters of the statement are at hand. */
  needParams(): void {
    const argument = (): string => {
      this.needParams()
      return 'params'
    }
    const code: Code = { text: 'params', kinds: anyValue, simple: true }
    this.#routine?.parameters.set('params', { key: 'params', name: 'params', argument, code })
  }

  /**
   * A function that keeps nothing from one call to the next, and may call itself (`Emitter.routine`). What it reads of sources outside it
   * becomes its parameters, as with other functions.
   */
  routine(prefix: string, body: () => void): Frame {
    const frame = this.emitter.declareRoutine(prefix)
    this.#defineRoutine(frame, body)
    return frame
  }

  /** The program of a trigger: a routine that has been declared with all its parameters, and may be called by others. */
  defineProgram(frame: Frame, body: () => void, around: Around): void {
    this.#program = frame
    this.#defineRoutine(frame, body, around)
    this.#program = null
  }

  #defineRoutine(frame: Frame, body: () => void, around?: Around): void {
    const outer = {
      subqueries: this.subqueries,
      keyFunctions: this.keyFunctions,
      commonRows: this.#commonRows,
      outerCommonRows: this.#outerCommonRows,
      parameters: this.#parameters,
      spill: this.#spill,
      routine: this.#routine,
    }
    this.subqueries = new Map()
    this.keyFunctions = new Map()
    this.#outerCommonRows = this.#commonRows
    this.#commonRows = new Map()
    this.#parameters = new Map()
    this.#spill = null
    this.emitter.defineRoutine(
      frame,
      () => {
        this.#routine = frame
        body()
      },
      around,
    )
    this.subqueries = outer.subqueries
    this.keyFunctions = outer.keyFunctions
    this.#commonRows = outer.commonRows
    this.#outerCommonRows = outer.outerCommonRows
    this.#parameters = outer.parameters
    this.#spill = outer.spill
    this.#routine = outer.routine
  }

  /**
   * The variable with the rows of a shared common table, undefined until somebody collects them. A routine gets them as a parameter where they are read
   * around it.
   */
  commonRows(common: object): string {
    const known = this.#commonRows.get(common)
    if (known !== undefined) return known
    const outer = this.#routine === null ? undefined : this.#outerCommonRows?.get(common)
    let name = ''
    if (outer === undefined) name = this.emitter.runState('common')
    else {
      name = this.emitter.fresh('common')
      const key = `common ${outer}`
      const code: Code = { text: name, kinds: anyValue, simple: true }
      this.#routine!.parameters.set(key, { key, name, argument: () => outer, code })
    }
    this.#commonRows.set(common, name)
    return name
  }

  /** A number for a place in the statement where rows are collected. */
  nextSite(): number {
    return this.#sites++
  }

  /** Runs `body` with other bindings for some sources. */
  withSources(bindings: ReadonlyMap<SourceId, Source>, body: () => void): void {
    const saved = new Map<SourceId, Source | undefined>()
    for (const [id, source] of bindings) {
      saved.set(id, this.sources.get(id))
      this.sources.set(id, source)
    }
    body()
    for (const [id, source] of saved) {
      if (source === undefined) this.sources.delete(id)
      else this.sources.set(id, source)
    }
  }
}
