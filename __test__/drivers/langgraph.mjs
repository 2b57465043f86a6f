import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Annotation, Command, END, START, StateGraph, interrupt } from '@langchain/langgraph'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import { uuid6 } from '@langchain/langgraph-checkpoint'
import { Database, folder, inspect, suite } from './harness.mjs'

const State = Annotation.Root({
  lines: Annotation({ reducer: (a, b) => a.concat(b), default: () => [] }),
  count: Annotation({ reducer: (_, b) => b, default: () => 0 }),
})

/** Two nodes; the second asks somebody before it goes on. */
const build = (checkpointer) =>
  new StateGraph(State)
    .addNode('first', (state) => ({ lines: [`first ${state.count}`], count: state.count + 1 }))
    .addNode('second', (state) => ({ lines: [`second ${interrupt({ question: state.count })}`] }))
    .addEdge(START, 'first')
    .addEdge('first', 'second')
    .addEdge('second', END)
    .compile({ checkpointer })

const checkpoint = (id, values) => ({
  v: 4,
  id,
  ts: new Date().toISOString(),
  channel_values: values,
  channel_versions: Object.fromEntries(Object.keys(values).map((key) => [key, 1])),
  versions_seen: {},
})

async function steps(step) {
  const file = join(folder(), 'graph.db')
  let saver = SqliteSaver.fromConnString(file)
  const config = { configurable: { thread_id: '1' } }

  await step('a graph stops, and goes on in a connection of its own', async () => {
    const stopped = await build(saver).invoke({ lines: ['begin'], count: 5 }, config)
    assert.deepEqual(
      stopped.__interrupt__.map(({ value }) => value),
      [{ question: 6 }],
    )
    saver.db.close()
    saver = SqliteSaver.fromConnString(file)
    const graph = build(saver)
    assert.deepEqual((await graph.getState(config)).next, ['second'])
    const done = await graph.invoke(new Command({ resume: 'yes' }), config)
    assert.deepEqual(done.lines, ['begin', 'first 5', 'second yes'])
  })

  await step('its history, a past state that goes another way', async () => {
    const graph = build(saver)
    const history = []
    for await (const state of graph.getStateHistory(config)) history.push(state)
    assert.deepEqual(
      history.map(({ next }) => next),
      [[], ['second'], ['first'], ['__start__']],
    )
    const fork = await graph.updateState(history[1].config, { count: 100 })
    assert.equal((await graph.getState(fork)).values.count, 100)
    const filtered = []
    for await (const tuple of saver.list(config, { limit: 2, filter: { source: 'loop' } }))
      filtered.push(tuple)
    assert.equal(filtered.length, 2)
  })

  await step('the saver by itself: put, writes, list before, delete', async () => {
    const ids = [0, 1, 2].map((i) => uuid6(i))
    let parent = { configurable: { thread_id: '2', checkpoint_ns: '' } }
    for (const id of ids) {
      parent = await saver.put(
        parent,
        checkpoint(id, { text: `ä ${id}`, bytes: new Uint8Array([0, 255]) }),
        { source: 'loop', step: 1, parents: {} },
      )
      await saver.putWrites(
        parent,
        [
          ['a', { x: 1 }],
          ['b', 'two'],
        ],
        'task',
      )
    }
    const tuple = await saver.getTuple({ configurable: { thread_id: '2', checkpoint_ns: '' } })
    assert.equal(tuple.checkpoint.id, ids[2])
    assert.deepEqual(tuple.pendingWrites, [
      ['task', 'a', { x: 1 }],
      ['task', 'b', 'two'],
    ])
    assert.equal(tuple.parentConfig.configurable.checkpoint_id, ids[1])
    const before = []
    for await (const one of saver.list(
      { configurable: { thread_id: '2' } },
      { before: tuple.config },
    ))
      before.push(one.checkpoint.id)
    assert.deepEqual(before, [ids[1], ids[0]])
    await saver.deleteThread('2')
    assert.equal(await saver.getTuple({ configurable: { thread_id: '2' } }), undefined)
  })

  await step('the file is sound', () => {
    saver.db.close()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    const saver = SqliteSaver.fromConnString(file)
    await saver.put({ configurable: { thread_id: 'none' } }, checkpoint(uuid6(0), { a: 1 }), {
      source: 'input',
      step: -1,
      parents: {},
    })
    await saver.deleteThread('none')
    saver.db.exec('CREATE TABLE counter (number INTEGER); INSERT INTO counter VALUES (0)')
    saver.db.close()
  },
  async work({ file, who, rounds, ready }) {
    const database = new Database(file, { timeout: 30_000 })
    const saver = new SqliteSaver(database)
    const read = database.prepare('SELECT number FROM counter').pluck()
    const write = database.prepare('UPDATE counter SET number = ?')
    const increment = database.transaction(() => write.run(read.get() + 1))
    await ready()
    let config = { configurable: { thread_id: String(who), checkpoint_ns: '' } }
    for (let i = 0; i < rounds; i++) {
      config = await saver.put(config, checkpoint(uuid6(i), { i }), {
        source: 'loop',
        step: i,
        parents: {},
      })
      await saver.putWrites(config, [['a', i]], 'task')
      const tuple = await saver.getTuple({ configurable: { thread_id: String(who) } })
      assert.equal(tuple.checkpoint.channel_values.i, i)
      increment.immediate()
    }
    database.close()
  },
  async result(file) {
    const database = new Database(file)
    const rows = database.prepare('SELECT count(*) FROM checkpoints').pluck().get()
    const writes = database.prepare('SELECT count(*) FROM writes').pluck().get()
    assert.equal(writes, rows)
    const number = database.prepare('SELECT number FROM counter').pluck().get()
    database.close()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
