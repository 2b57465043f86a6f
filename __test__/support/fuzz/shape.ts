/**
 * Random databases for the differential test of writes: how the file is made, and tables with every kind of column, constraint and
 * index that both engines understand. All of it is text, decided by the random numbers alone, so that a round can be
 * replayed, and shortened, without what made it.
 */
import type { Random } from '../random.ts'

export interface Shape {
  readonly pageSize: number
  readonly encoding: string
  readonly autoVacuum: string
  /** PRAGMA cache_size: small ones spill. */
  readonly cacheSize: number
  readonly autoCheckpoint: number
  /** Ours is opened for several processes. */
  readonly isShared: boolean
  /** Ours reads each question a second time, row by row, for which it is compiled in another way. */
  readonly readsTwice: boolean
  readonly tables: readonly TableShape[]
}

export interface TableShape {
  /** As statements name it, with its database. */
  readonly name: string
  /** Those that are given values. */
  readonly columns: readonly string[]
  /** These, and the generated ones. */
  readonly readable: readonly string[]
  /** The column that is the rowid; null: none is. */
  readonly alias: string | null
  /** What tells rows apart, and orders them: the rowid, or the primary key of a WITHOUT ROWID table. */
  readonly key: readonly string[]
  readonly hasRowid: boolean
  /** Terms of ORDER BY that leave no two rows equal. */
  readonly order: string
  /**
   * The name of a WITHOUT ROWID table's own tree. SQLite reads the whole table by any index that is smaller, and the order of an UPDATE
   * matters; null: there is none, or its name is not known.
   */
  readonly tree: string | null
  /** What ON CONFLICT may name: each what stands between the parentheses, and a condition. */
  readonly targets: readonly string[]
  readonly create: string
  readonly indexes: readonly string[]
}

const values = [
  'NULL',
  '0',
  '1',
  '2',
  '3',
  '-1',
  '7',
  '1.0',
  '2.5',
  '-0.5',
  '1e300',
  '9007199254740993',
  '9223372036854775807',
  '(-9223372036854775807 - 1)',
  "''",
  "'a'",
  "'A'",
  "'b'",
  "'B '",
  "'ab'",
  "'1'",
  "'2.0'",
  "' 3 '",
  "'0x10'",
  "'é'",
  "'😀z'",
  "x''",
  "x'61'",
  "x'00ff'",
]

/** A literal; small numbers most often, so that keys meet. */
export function randomValue(random: Random): string {
  const kind = random.below(10)
  if (kind < 4) return String(random.below(12))
  if (kind === 4) return `'${random.pick(['k', 'K', 'm'])}${random.below(6)}'`
  if (kind === 5 && random.below(4) === 0) return longText(random)
  // abs() of it fails.
  if (kind === 6 && random.below(3) === 0) return '(-9223372036854775807 - 1)'
  return random.pick(values)
}

/**
 * Longer than a page of the smaller sizes holds. SQLite reads a stored BLOB of 4,000 bytes and more as UTF-8, whatever the encoding
 * of the database is, and a shorter one in that encoding (`vdbeColumnFromOverflow`).
 */
function longText(random: Random): string {
  const isText = random.below(2) === 0
  const size = random.pick([100, 400, 1200, isText ? 5000 : 1900])
  const text = `printf('%.*c', ${size}, '${random.pick(['x', 'y'])}')`
  return isText ? text : `CAST(${text} AS BLOB)`
}

const collations = ['', '', '', ' COLLATE NOCASE', ' COLLATE RTRIM']
const conflicts = [
  '',
  '',
  '',
  ' ON CONFLICT IGNORE',
  ' ON CONFLICT REPLACE',
  ' ON CONFLICT FAIL',
  ' ON CONFLICT ROLLBACK',
]

const defaults = ['5', "'d'", '-1.5', "x'64'", '0x10', "'12'", 'NULL', "('d' || 1)", '(abs(-4))']

/** JSON with a value in it, and what comes out of it again. No call of these fails. */
function jsonOf(random: Random, value: string): string {
  return random.pick([
    `json_quote(${value})`,
    `json_array(${value}, json_array(${value}))`,
    `json_object('k', ${value}) ->> 'k'`,
    `json_extract(json_array(1, ${value}), '$[1]')`,
    `json_set('{"a":[1]}', '$.a[#]', ${value}, '$.b', json('[]'))`,
    // Of a long one the first bytes are no text, of which SQLite makes another in a UTF-16 database. (COMPATIBILITY.md)
    `jsonb_array(CASE WHEN length(${value}) < 100 THEN ${value} END)`,
    `json_type(json_object('k', ${value}), '$.k')`,
  ])
}

/** An expression of one row, that gives the same for the same row always, and may fail for some values. */
export function rowExpression(random: Random, columns: readonly string[], depth = 0): string {
  const column = random.pick(columns)
  const inner = (): string =>
    depth > 1 || random.below(2) === 0
      ? random.pick(columns)
      : rowExpression(random, columns, depth + 1)
  switch (random.below(20)) {
    case 0:
    case 18:
    case 19:
      return `abs(${inner()})`
    case 1:
      return `lower(${inner()})`
    case 2:
      return `substr(${inner()}, ${random.pick(['1', '2', '-2'])}, ${random.pick(['1', '3'])})`
    case 3:
      return `length(${inner()})`
    case 4:
      return `${inner()} || ${random.pick(["'x'", column])}`
    case 5:
      return `(${inner()} + ${random.pick(['1', '0.5', column])})`
    case 6:
      return `coalesce(${inner()}, ${randomValue(random)})`
    case 7:
      return `CAST(${inner()} AS ${random.pick(['INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB'])})`
    case 8:
      return `CASE WHEN ${predicate(random, columns, depth + 1)} THEN ${inner()} ELSE ${randomValue(random)} END`
    case 9:
      return `typeof(${inner()})`
    case 10:
      return `(${inner()} % 5)`
    case 11:
      return `nullif(${inner()}, ${randomValue(random)})`
    case 12:
      return `max(${inner()}, ${randomValue(random)})`
    case 13:
      return `hex(${inner()})`
    case 14:
      return `- ${inner()}`
    case 15:
      return `(${inner()} COLLATE NOCASE)`
    case 16:
      // JSON that the statement has just computed for the column is text here (COMPATIBILITY), and by `||` in SQLite too.
      return jsonOf(
        random,
        `CASE typeof(${column}) WHEN 'blob' THEN hex(${column}) WHEN 'text' THEN ${column} || '' ELSE ${column} END`,
      )
    default:
      return column
  }
}

export function predicate(random: Random, columns: readonly string[], depth = 0): string {
  const left = (): string =>
    depth > 1 || random.below(3) > 0
      ? random.pick(columns)
      : rowExpression(random, columns, depth + 1)
  const nested = (): string => predicate(random, columns, depth + 1)
  switch (random.below(depth > 1 ? 8 : 11)) {
    case 0:
      return `${left()} IS NULL`
    case 1:
      return `${left()} IS NOT NULL`
    case 2:
      return `${left()} IN (${randomValue(random)}, ${randomValue(random)}, ${randomValue(random)})`
    case 3:
      return `${left()} BETWEEN ${randomValue(random)} AND ${randomValue(random)}`
    case 4:
      return `${left()} LIKE ${random.pick(["'a%'", "'%b%'", "'k_'", "'1%'"])}`
    case 5:
      return `${left()} <> ${randomValue(random)}`
    case 6:
      return `${left()} ${random.pick(['<', '<=', '>', '>='])} ${randomValue(random)}`
    case 7:
      return `${left()} = ${randomValue(random)}`
    case 8:
      return `(${nested()} OR ${nested()})`
    case 9:
      return `(${nested()} AND ${nested()})`
    default:
      return `NOT (${nested()})`
  }
}

/** A condition that most rows meet. */
function checkOf(random: Random, columns: readonly string[]): string {
  return `CHECK (${random.pick(columns)} IS NULL OR ${predicate(random, columns)} OR ${predicate(random, columns)})`
}

const looseTypes = [
  'INTEGER',
  'INT',
  'TEXT',
  'REAL',
  'NUMERIC',
  'BLOB',
  '',
  'VARCHAR(10)',
  'DOUBLE',
]
const strictTypes = ['INTEGER', 'INT', 'TEXT', 'REAL', 'BLOB', 'ANY']

/** The primary key of a WITHOUT ROWID table, which may name a column twice. */
function tableKey(random: Random, columns: readonly string[]): { names: string[]; terms: string } {
  const names = Array.from({ length: 1 + random.below(3) }, () => random.pick(columns))
  const terms = names.map((name) => name + random.pick(collations) + random.pick(['', '', ' DESC']))
  return { names: [...new Set(names)], terms: terms.join(', ') }
}

/** Computed from columns that are there, generated ones among them. */
function generatedColumn(
  random: Random,
  name: string,
  types: readonly string[],
  columns: readonly string[],
): { readonly definition: string; readonly isUnique: boolean } {
  const isUnique = random.below(6) === 0
  const isStored = random.below(3) === 0
  // Of an index SQLite reads a virtual REAL as the INTEGER that it is stored as. (COMPATIBILITY)
  const mayBe = types.filter((type) => isStored || (type !== 'REAL' && type !== 'DOUBLE'))
  const parts = [
    name,
    random.pick(mayBe),
    `AS (${rowExpression(random, columns)})`,
    isStored ? 'STORED' : random.pick(['', 'VIRTUAL']),
    random.below(6) === 0 ? `NOT NULL${random.pick(conflicts)}` : '',
    isUnique ? `UNIQUE${random.pick(conflicts)}` : '',
    random.pick(collations),
  ]
  return { definition: parts.filter((part) => part !== '').join(' '), isUnique }
}

function tableShape(random: Random, name: string): TableShape {
  const isStrict = random.below(4) === 0
  const types = isStrict ? strictTypes : looseTypes
  const columns = ['a', 'b', 'c', 'd', 'e'].slice(0, 2 + random.below(4))
  const keyKind = random.below(8)
  const hasRowid = keyKind < 5
  const alias = keyKind < 2 ? 'a' : null
  const targets: string[] = []
  let key = [alias ?? 'rowid']
  const definitions = columns.map((column, index) => {
    if (index === 0 && alias !== null) {
      targets.push('a')
      return `a INTEGER PRIMARY KEY${keyKind === 0 ? random.pick(['', ' AUTOINCREMENT', ' ON CONFLICT REPLACE']) : ''}`
    }
    const isKey = index === 0 && (keyKind === 2 || keyKind === 5)
    // An INTEGER PRIMARY KEY would be the rowid.
    const parts = [column, random.pick(isKey ? ['INT', 'TEXT', 'REAL', 'BLOB'] : types)]
    if (isKey) {
      parts.push(`PRIMARY KEY${random.pick(conflicts)}`)
      targets.push(column)
      if (!hasRowid) key = [column]
    }
    if (random.below(5) === 0) parts.push(`NOT NULL${random.pick(conflicts)}`)
    if (random.below(5) === 0) parts.push(`DEFAULT ${random.pick(defaults)}`)
    // Behind these the key's index would have another number.
    if (random.below(6) === 0 && keyKind !== 6) {
      parts.push(`UNIQUE${random.pick(conflicts)}`)
      targets.push(column)
    }
    if (random.below(8) === 0) parts.push(checkOf(random, [column]))
    parts.push(random.pick(collations))
    return parts.filter((part) => part !== '').join(' ')
  })
  if (keyKind > 5) {
    const { names, terms } = tableKey(random, columns)
    definitions.push(`PRIMARY KEY (${terms})${random.pick(conflicts)}`)
    targets.push(terms)
    key = names
  }
  if (random.below(5) === 0) {
    const terms = `${random.pick(leading(columns, alias))}, ${columns.at(-1)}`
    definitions.push(`UNIQUE (${terms})${random.pick(conflicts)}`)
    targets.push(terms)
  }
  const readable = [...columns]
  for (const column of ['g', 'h'].slice(0, random.pick([0, 0, 1, 2]))) {
    // What takes over a generated REAL and has no affinity of its own keeps a whole number as an INTEGER in SQLite. (COMPATIBILITY)
    const hasReal = definitions.some((definition) => /^g (REAL|DOUBLE)\b/.test(definition))
    const mayBe = hasReal ? types.filter((type) => !['BLOB', '', 'ANY'].includes(type)) : types
    const { definition, isUnique } = generatedColumn(random, column, mayBe, readable)
    // Anywhere among the columns, whose places in the record it may move.
    definitions.splice(random.below(columns.length + 1), 0, definition)
    readable.push(column)
    if (isUnique) targets.push(column)
  }
  if (random.below(5) === 0) definitions.push(checkOf(random, readable))
  const indexes: string[] = []
  const [database, plain] = name.includes('.') ? name.split('.') : ['', name]
  for (let count = random.below(4); count > 0; count--) {
    const keys = Array.from({ length: 1 + random.below(2) }, (_, place) => {
      const named = place === 0 ? leading(readable, alias) : readable
      const term = random.below(3) === 0 ? rowExpression(random, named) : random.pick(named)
      return term + random.pick(collations) + random.pick(['', '', ' DESC'])
    })
    const where = random.below(3) === 0 ? ` WHERE ${predicate(random, readable)}` : ''
    const unique = random.below(3) === 0 ? 'UNIQUE ' : ''
    const index = `${database ? `${database}.` : ''}${plain}_i${count}`
    indexes.push(`CREATE ${unique}INDEX ${index} ON ${plain}(${keys.join(', ')})${where}`)
    if (unique !== '') targets.push(`${keys.join(', ')})${where}`)
  }
  const options = [...(isStrict ? ['STRICT'] : []), ...(hasRowid ? [] : ['WITHOUT ROWID'])]
  const create = `CREATE TABLE ${name}(${definitions.join(', ')})${options.join(', ')}`
  const order = hasRowid ? key[0]! : key.map((column) => `${column} COLLATE BINARY`).join(', ')
  const tree = keyKind === 5 || keyKind === 6 ? `sqlite_autoindex_${plain}_1` : null
  return { name, columns, readable, alias, key, hasRowid, order, tree, targets, create, indexes }
}

/** What an index may begin with: not the rowid, of whose ranges SQLite would then ask the index, and change rows in its order. (COMPATIBILITY) */
export function leading(columns: readonly string[], alias: string | null): readonly string[] {
  return columns.filter((column) => column !== alias)
}

export function randomShape(random: Random): Shape {
  const names = ['t', 'u', ...(random.below(3) === 0 ? ['temp.w'] : [])]
  return {
    pageSize: random.pick([512, 1024, 4096, 4096, 8192, 65536]),
    encoding: random.pick(['UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be']),
    autoVacuum: random.pick(['none', 'none', 'full', 'incremental']),
    cacheSize: random.pick([-65536, 10, 10, 30]),
    autoCheckpoint: random.pick([1000, 1, 7, 40]),
    isShared: random.below(2) === 0,
    readsTwice: random.below(3) === 0,
    tables: names.map((name) => tableShape(random, name)),
  }
}
