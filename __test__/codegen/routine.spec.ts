/** Routines: functions of a module that have cursors of their own for each activation, may call themselves, and keep nothing between calls. */
import test from 'ava'
import { newGeneration } from '../../packages/engine/src/codegen/compile.ts'
import { tableCursor } from '../../packages/engine/src/codegen/scan/table-cursor.ts'
import { newRowList, spilling } from '../../packages/engine/src/codegen/source/parts.ts'
import type { Frame } from '../../packages/engine/src/codegen/emit/block.ts'
import type { Generation } from '../../packages/engine/src/codegen/source/generation.ts'
import type { ProgramKind } from '../../packages/engine/src/codegen/emit/emitter.ts'
import { complete, type Work } from '../../packages/engine/src/runtime/index.ts'
import { BareEngine } from './bare-engine.ts'

/** A routine of one parameter, which `body` gets as the name of a variable. */
function routineOf(generation: Generation, body: (n: string, self: Frame) => void): Frame {
  const { emitter } = generation
  return generation.routine('walk', () => {
    const { frame } = emitter
    const name = emitter.fresh('n')
    const code = { text: name, kinds: 0, simple: true }
    frame.parameters.set('n', { key: 'n', name, argument: () => 'next', code })
    body(name, frame)
  })
}

function run(engine: BareEngine, generation: Generation, kind: ProgramKind): unknown {
  const program = generation.emitter.build(engine.connection.context)
  const answer = program([])
  return kind === 'sliced' ? complete(answer as Work<unknown>) : answer
}

for (const kind of ['function', 'sliced'] as const) {
  test(`routine: each activation stands on a row of its own (${kind})`, (t) => {
    const engine = new BareEngine()
    engine.exec('CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)')
    const table = engine.connection.context.schema.tables.get('t')!
    const generation = newGeneration(new Map(), 'utf8', kind)
    const { emitter } = generation
    emitter.atStart('const seen = []')
    const walk = routineOf(generation, (n, self) => {
      const cursor = tableCursor(generation, table)
      self.parameters.set('seen', {
        key: 'seen',
        name: 'seen',
        argument: () => 'seen',
        code: { text: 'seen', kinds: 0, simple: true },
      })
      emitter.loop(`for (let more = ${cursor}.first(); more; more = ${cursor}.next())`, () => {
        emitter.line(`const before = ${cursor}.rowid`)
        emitter.nested(`if (${n} > 1)`, () => {
          emitter.line(`const next = ${n} - 1`)
          emitter.line(emitter.callText(self))
        })
        emitter.line(`seen.push(${n} * 10 + ${cursor}.rowid, before === ${cursor}.rowid)`)
      })
    })
    emitter.line('const next = 2')
    emitter.line(emitter.callText(walk))
    emitter.line('return seen')
    const seen = engine.inside(() => run(engine, generation, kind)) as unknown[]
    t.deepEqual(
      seen.filter((one) => typeof one === 'number'),
      [11, 12, 13, 21, 11, 12, 13, 22, 11, 12, 13, 23],
    )
    t.false(seen.includes(false))
    t.is(emitter.source().match(/new TableCursor/g)!.length, 1)
    engine.close()
  })

  test(`routine: rows that are collected stay those of their activation, also in the file (${kind})`, (t) => {
    const engine = new BareEngine()
    engine.exec('PRAGMA cache_size = 1')
    const generation = newGeneration(new Map(), 'utf8', kind)
    const { emitter } = generation
    const walk = routineOf(generation, (n, self) => {
      const list = emitter.runState('rows')
      emitter.line(`${list} = ${spilling(generation, newRowList(generation))}`)
      emitter.loop('for (let i = 0; i < 200; i++)', () => {
        emitter.line(`${list}.add([${n} * 1000 + i, 'x'.repeat(100)])`)
      })
      emitter.line('let below = 0')
      emitter.nested(`if (${n} > 1)`, () => {
        emitter.line(`const next = ${n} - 1`)
        emitter.line(`below = ${emitter.callText(self)}`)
      })
      emitter.line('let sum = 0')
      emitter.line(`for (let part = ${list}.first(); part !== null; part = part.next())`)
      emitter.line('  for (const row of part.rows) sum += row[0]')
      emitter.line('return sum + below')
    })
    emitter.line('const next = 3')
    emitter.line(`const all = ${emitter.callText(walk)}`)
    emitter.line(`return [all, ${generation.spill()}.isUsed]`)
    const sum = 200 * (1000 + 2000 + 3000) + 3 * ((199 * 200) / 2)
    t.deepEqual(
      engine.inside(() => run(engine, generation, kind)),
      [sum, true],
    )
    engine.close()
  })
}

test('routine: a second run makes nothing anew', (t) => {
  const engine = new BareEngine()
  const generation = newGeneration(new Map(), 'utf8')
  const { emitter } = generation
  const made = emitter.slot({ count: 0 })
  const walk = routineOf(generation, (n, self) => {
    emitter.link(`${made}.count++`)
    emitter.nested(`if (${n} > 1)`, () => {
      emitter.line(`const next = ${n} - 1`)
      emitter.line(emitter.callText(self))
    })
  })
  emitter.line('const next = 4')
  emitter.line(emitter.callText(walk))
  emitter.line(`return ${made}.count`)
  const program = emitter.build(engine.connection.context)
  t.is(program([]), 4)
  t.is(program([]), 4)
  engine.close()
})
