/**
 * One random database in a fresh process: questions to it, each asked here and of SQLite on the same file. A line of JSON for each. Started by
 * `plans.mjs`. A seed brings the same database and questions back.
 */
import { copyFileSync } from 'node:fs'
import { open } from './peers.mjs'

const [folder, seedText, countText] = process.argv.slice(2)
let state = (Number(seedText) * 2654435761 + 12345) >>> 0
function below(n) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  state >>>= 0
  return state % n
}
const pick = (list) => list[below(list.length)]
const chance = (n) => below(n) === 0

/** Values of a column: how many different ones, and whether a few are most of them. */
function columnOf(name) {
  const kind = pick(['int', 'int', 'int', 'text', 'real'])
  const distinct = pick([2, 5, 20, 100, 1000, 10_000])
  return { name, kind, distinct, isSkewed: chance(4), hasNulls: chance(4) }
}

function numberOf({ distinct, isSkewed }) {
  const n = below(distinct)
  return isSkewed && !chance(10) ? n % Math.max(1, Math.ceil(distinct / 50)) : n
}

function valueOf(column) {
  if (column.hasNulls && chance(8)) return null
  const n = numberOf(column)
  if (column.kind === 'int') return n
  return column.kind === 'real' ? n / 4 : `${'abcdefghij'[n % 10]}${n}`
}

function literalOf(column) {
  const value = valueOf({ ...column, hasNulls: false })
  return typeof value === 'string' ? `'${value}'` : String(value)
}

const types = { int: 'INTEGER', text: 'TEXT', real: 'REAL' }
const tables = []
const setup = []
for (let t = 3 + below(3); t > 0; t--) {
  const name = `t${t}`
  const rows = pick([100, 500, 2000, 5000, 20_000])
  const columns = Array.from({ length: 3 + below(4) }, (_, i) => columnOf(`c${i}`))
  // Joins on small columns of large tables are endless whoever plans them.
  const key = { name: 'id', kind: 'int', distinct: rows, isSkewed: false, hasNulls: false }
  const parent = tables.length > 0 ? pick(tables) : null
  const link = parent && { ...key, name: 'ref', distinct: parent.rows, parent }
  const list = [...columns, ...(link ? [link] : [])]
  setup.push(
    `CREATE TABLE ${name}(id INTEGER PRIMARY KEY, ${list.map((c) => `${c.name} ${types[c.kind]}`).join(', ')})`,
  )
  tables.push({ name, rows, columns: list, key, link })
  for (let i = below(5); i > 0; i--) {
    const parts = new Set(Array.from({ length: 1 + below(3) }, () => pick(list).name))
    const terms = [...parts].map((part) => {
      const column = list.find((c) => c.name === part)
      if (column.kind === 'text' && chance(8)) return `lower(${part})`
      return part + (chance(6) ? ' DESC' : '')
    })
    const where = chance(10) ? ` WHERE ${pick(list).name} IS NOT NULL` : ''
    setup.push(`CREATE INDEX ${name}i${i} ON ${name}(${terms.join(', ')})${where}`)
  }
  if (link && !chance(3)) setup.push(`CREATE INDEX ${name}ref ON ${name}(ref)`)
}

const path = `${folder}/their.db`
const theirs = await open('node:sqlite', path)
theirs.exec(`${setup.join(';')}; BEGIN`)
for (const table of tables) {
  const marks = ['?', ...table.columns.map(() => '?')].join(', ')
  const insert = theirs.prepare(`INSERT INTO ${table.name} VALUES (${marks})`)
  for (let row = 0; row < table.rows; row++) insert.run(row, ...table.columns.map(valueOf))
}
theirs.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
const isAnalyzed = chance(2)
if (isAnalyzed) theirs.exec('ANALYZE')
theirs.exec('PRAGMA wal_checkpoint(TRUNCATE)')
copyFileSync(path, `${folder}/ours.db`)
const ours = await open('chorusdb', `${folder}/ours.db`)

function condition(alias, { columns, key }) {
  const column = chance(5) ? key : pick(columns)
  const name = `${alias}.${column.name}`
  const value = () => literalOf(column)
  switch (below(12)) {
    case 0:
    case 1:
    case 2:
      return `${name} = ${value()}`
    case 3:
      return `${name} > ${value()}`
    case 4:
      return `${name} BETWEEN ${value()} AND ${value()}`
    case 5:
      return `${name} IN (${value()}, ${value()}, ${value()})`
    case 6: {
      const other = pick(columns)
      return `(${name} = ${value()} OR ${alias}.${other.name} = ${literalOf(other)})`
    }
    case 7:
      return column.kind === 'text'
        ? `${name} ${pick(['LIKE', 'GLOB']) === 'LIKE' ? `LIKE 'a1%'` : `GLOB 'b2*'`}`
        : `${name} < ${value()}`
    case 8:
      return `${name} IS ${pick(['', 'NOT '])}NULL`
    case 9:
      return column.kind === 'text' ? `lower(${name}) = ${value()}` : `${name} <> ${value()}`
    default:
      return `${name} >= ${value()}`
  }
}

/** Tables that hang together by their references. */
function fromClause(count) {
  const chosen = [{ table: pick(tables), alias: 'a' }]
  let text = `${chosen[0].table.name} a`
  for (let i = 1; i < count; i++) {
    const alias = 'abcdef'[i]
    const links = []
    for (const one of chosen) {
      if (one.table.link) {
        links.push([one.table.link.parent, `${alias}.id = ${one.alias}.ref`])
      }
      for (const table of tables) {
        if (table.link?.parent === one.table) links.push([table, `${alias}.ref = ${one.alias}.id`])
      }
    }
    if (links.length === 0) break
    const [table, on] = pick(links)
    text += ` ${pick(['JOIN', 'JOIN', 'JOIN', 'LEFT JOIN'])} ${table.name} ${alias} ON ${on}`
    chosen.push({ table, alias })
  }
  return { chosen, text }
}

function question() {
  const { chosen, text } = fromClause(1 + below(4))
  const conditions = []
  for (const { alias, table } of chosen) {
    if (chance(2)) conditions.push(condition(alias, table))
  }
  if (chance(2)) conditions.push(condition(chosen[0].alias, chosen[0].table))
  const children = tables.filter((t) => t.link?.parent === chosen[0].table)
  if (children.length > 0 && chance(4)) {
    const child = pick(children)
    const inner = condition('x', child)
    const kind = below(4)
    if (kind === 0)
      conditions.push(`EXISTS (SELECT 1 FROM ${child.name} x WHERE x.ref = a.id AND ${inner})`)
    else if (kind === 1)
      conditions.push(`NOT EXISTS (SELECT 1 FROM ${child.name} x WHERE x.ref = a.id AND ${inner})`)
    else if (kind === 2) conditions.push(`a.id IN (SELECT ref FROM ${child.name} x WHERE ${inner})`)
    else
      conditions.push(
        `a.id NOT IN (SELECT ref FROM ${child.name} x WHERE ref IS NOT NULL AND ${inner})`,
      )
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const columnName = () => {
    const { alias, table } = pick(chosen)
    return `${alias}.${pick([table.key, ...table.columns]).name}`
  }
  const all = chosen.map(({ alias }) => `${alias}.id`).join(', ')
  switch (below(8)) {
    case 0:
      return `SELECT count(*) FROM ${text}${where}`
    case 1: {
      const key = columnName()
      return `SELECT ${key}, count(*), max(${columnName()}) FROM ${text}${where} GROUP BY ${key}`
    }
    case 2:
      return `SELECT DISTINCT ${columnName()} FROM ${text}${where}`
    case 3:
      return `SELECT ${pick(['min', 'max'])}(${columnName()}) FROM ${text}${where}`
    case 4:
    case 5:
      return `SELECT ${columnName()}, ${all} FROM ${text}${where} ORDER BY ${columnName()}${pick(['', ' DESC'])}, ${all} LIMIT ${pick([1, 10, 100])}`
    case 6:
      return `SELECT ${columnName()}, ${columnName()}, ${all} FROM ${text}${where} ORDER BY ${columnName()}, ${all}`
    default:
      return `SELECT sum(${chosen[0].alias}.id), count(${columnName()}) FROM ${text}${where}`
  }
}

/** The quickest of the runs in so much time, two at least. */
function best(statement, ms = 100) {
  let least = Infinity
  let rows
  const end = performance.now() + ms
  for (let i = 0; i < 2 || (performance.now() < end && i < 500); i++) {
    const start = performance.now()
    rows = statement.all()
    least = Math.min(least, performance.now() - start)
  }
  return { ms: least, rows }
}

const shown = (rows) =>
  rows
    .map((row) => JSON.stringify(Object.values(row)))
    .sort()
    .join('\n')
for (let i = 0; i < Number(countText); i++) {
  const sql = question()
  process.stdout.write(`${JSON.stringify({ sql })}\n`)
  const their = best(theirs.prepare(sql))
  const statement = ours.prepare(sql)
  let our = best(statement)
  // What takes long has not been compiled well yet.
  if (our.ms > 3 * their.ms && our.ms > 5) our = best(statement, 2000)
  const isSame = shown(our.rows) === shown(their.rows)
  const plan = (db) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => row.detail)
  const line = { ours: our.ms, theirs: their.ms, rows: our.rows.length, isSame, isAnalyzed }
  const isSlow = our.ms > 3 * their.ms && our.ms > 5
  if (isSlow || !isSame)
    Object.assign(line, { setup, plans: { ours: plan(ours), theirs: plan(theirs) } })
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
ours.close()
theirs.close()
