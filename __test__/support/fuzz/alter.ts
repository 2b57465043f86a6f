/**
 * Changes of the schema between the statements of a round: what they leave has the names that the other statements know. So columns that are
 * added have names of their own, and what is renamed gets its name back.
 */
import type { Random } from '../random.ts'
import { predicate, randomValue } from './shape.ts'
import type { Shape, TableShape } from './shape.ts'

const types = ['', ' INTEGER', ' TEXT', ' REAL', ' NUMERIC', ' BLOB', ' ANY']

function added(random: Random, { name }: TableShape): string[] {
  const value = randomValue(random)
  const isConstant = !value.includes('printf')
  const fallback = isConstant && random.below(3) > 0 ? ` DEFAULT ${value}` : ''
  const notNull = random.below(4) === 0 ? ' NOT NULL' : ''
  const check = random.below(5) === 0 ? ` CHECK (x IS NOT ${randomValue(random)})` : ''
  return [`ALTER TABLE ${name} ADD COLUMN x${random.pick(types)}${notNull}${fallback}${check}`]
}

function renamedAndBack(random: Random, { name, columns, hasRowid, key }: TableShape): string[] {
  const plain = name.replace('temp.', '')
  const other = random.pick(['other', '"an other"', '[select]'])
  if (random.below(2) === 0) {
    const database = name === plain ? '' : 'temp.'
    return [
      `ALTER TABLE ${name} RENAME TO ${other}`,
      `ALTER TABLE ${database}${other} RENAME TO ${plain}`,
    ]
  }
  const column = random.pick(columns)
  // SQLite refuses where this is an INTEGER, and part of a UNIQUE constraint too. (COMPATIBILITY.md)
  if (!hasRowid && key.length === 1 && key[0] === column) return []
  return [
    `ALTER TABLE ${name} RENAME COLUMN ${column} TO ${other}`,
    `ALTER TABLE ${name} RENAME COLUMN ${other} TO ${column}`,
  ]
}

/** One change, or two that take each other back. */
export function alterSteps(random: Random, { tables }: Shape): string[] {
  const table = random.pick(tables)
  const { name, columns } = table
  const column = random.pick(columns)
  switch (random.below(9)) {
    case 0:
    case 1:
      return added(random, table)
    case 2:
    case 3:
      return [`ALTER TABLE ${name} DROP COLUMN x`]
    case 4:
      return ['VACUUM']
    case 5:
      return [
        `ALTER TABLE ${name} ADD CONSTRAINT k CHECK (${predicate(random, columns)} OR ${column} IS NOT 3)`,
        `ALTER TABLE ${name} DROP CONSTRAINT k`,
      ]
    case 6:
      return [
        `ALTER TABLE ${name} ALTER COLUMN ${column} SET NOT NULL`,
        ...(random.below(2) === 0 ? [`ALTER TABLE ${name} ALTER ${column} DROP NOT NULL`] : []),
      ]
    default:
      return renamedAndBack(random, table)
  }
}
