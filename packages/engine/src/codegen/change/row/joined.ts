/**
 * Texts that `||` puts together from texts of the row and others: their bytes are joined where they lie, unless something asks for the value. (UPDATE … SET
 * b = b || '…')
 */
import type { BoundExpression } from '../../../plan/index.ts'
import { StoredJoin } from '../../../record/index.ts'
import type { Column } from '../../../schema/index.ts'
import { converted } from '../../source/convert.ts'
import type { FieldBytes, Generation } from '../../source/generation.ts'
import { integerKind, isOnly, mayBe, nullKind, textKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { recordValue } from './image.ts'

/** A piece: a field of a record, or a value that is the same for many rows. */
type Piece = { readonly field: FieldBytes } | { readonly code: Code }

/** The value of a column to be, joined where its parts are texts; null: it is no such value. */
export function joinedValue(
  generation: Generation,
  column: Column,
  value: BoundExpression,
): Code | null {
  const { affinity } = column
  if (generation.encoding !== 'utf8' || (affinity !== 'text' && affinity !== 'blob')) return null
  if (value.kind !== 'arithmetic' || value.operator !== '||') return null
  const pieces = partsOf(value).map((part) => pieceOf(generation, part))
  if (!pieces.every((piece) => piece !== null)) return null
  if (!pieces.some((piece) => 'field' in piece)) return null
  const { emitter } = generation
  const tests = pieces.flatMap((piece) => isText(piece) ?? [])
  const join = emitter.fresh('join')
  const into = (target: string): void => {
    emitter.nested(`if (${tests.join(' && ')})`, () => {
      emitter.link(`const ${join} = new ${emitter.use('StoredJoin', StoredJoin)}(${pieces.length})`)
      pieces.forEach((piece, i) => {
        if ('code' in piece) emitter.line(`${join}.text(${i}, ${piece.code.text})`)
        else {
          const { data, type, offset } = piece.field
          emitter.line(`${join}.field(${i}, ${data}, ${offset}, (${type} - 13) / 2)`)
        }
      })
      emitter.line(`${target} = ${join}`)
    })
    emitter.nested('else', () => {
      const code = converted(generation, column, generation.value(value))
      emitter.line(`${target} = ${recordValue(generation, code).text}`)
    })
  }
  const isNull = (): string => pieces.flatMap((piece) => nullTest(piece) ?? []).join(' || ')
  return {
    get text() {
      return `(${isNull()} ? null : 0)`
    },
    kinds: nullKind | integerKind,
    simple: true,
    joined: into,
  }
}

function partsOf(value: BoundExpression): readonly BoundExpression[] {
  if (value.kind !== 'arithmetic' || value.operator !== '||') return [value]
  return [...partsOf(value.left), ...partsOf(value.right)]
}

function pieceOf(generation: Generation, part: BoundExpression): Piece | null {
  if (part.kind === 'column') {
    const source = generation.source(part.source)
    if (source.frame !== generation.emitter.frame) return null
    const field = source.storedField?.(part.column) ?? null
    return field === null || field.affinity === 'real' ? null : { field }
  }
  if (part.kind !== 'literal' && part.kind !== 'parameter') return null
  const code = generation.value(part)
  return code.simple && mayBe(code, textKind) ? { code } : null
}

/** The condition that a piece is a text; null: it is. */
function isText(piece: Piece): string | null {
  if ('field' in piece) return `${piece.field.type} >= 13 && (${piece.field.type} & 1) === 1`
  return isOnly(piece.code, textKind) ? null : `typeof ${piece.code.text} === 'string'`
}

/** The condition that a piece is NULL; null: it is not. */
function nullTest(piece: Piece): string | null {
  if ('field' in piece) return piece.field.isNull()
  return mayBe(piece.code, nullKind) ? `${piece.code.text} === null` : null
}
