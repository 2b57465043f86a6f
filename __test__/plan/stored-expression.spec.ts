/** An expression of the schema that cannot be bound leaves the binder as it was. */
import test from 'ava'
import { Binder } from '../../packages/engine/src/plan/binder/binder.ts'
import { bindExpression } from '../../packages/engine/src/plan/binder/expression.ts'
import { bindSelect } from '../../packages/engine/src/plan/binder/select.ts'
import { bindStored } from '../../packages/engine/src/plan/binder/stored.ts'
import { catalogOf } from '../../packages/engine/src/runtime/index.ts'
import { noObjects } from '../../packages/engine/src/schema/index.ts'
import type { Expression } from '../../packages/engine/src/sql/index.ts'

test('stored expression: after one that names nothing, names in double quotes mean what they meant before', (t) => {
  const expression: Expression = {
    kind: 'column',
    schema: null,
    table: null,
    column: 'absent',
    quoted: false,
    start: 0,
    end: 0,
  }
  for (const meaning of [false, true]) {
    const b = new Binder(catalogOf(noObjects('main', 0)), '', bindExpression, bindSelect)
    b.doubleQuotedStrings = meaning
    t.throws(() => bindStored(b, expression, 'CREATE TABLE t(a)', null, 'check'), {
      message: /no such column/,
    })
    t.is(b.doubleQuotedStrings, meaning)
  }
})
