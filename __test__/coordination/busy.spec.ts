/** The busy handler: at once without a timeout, never longer than it, and asleep meanwhile. */
import test from 'ava'
import { BusyHandler } from '../../packages/engine/src/coordination/index.ts'

test('busy: a timeout of 0 answers at once', (t) => {
  t.false(new BusyHandler(0).wait())
})

test('busy: waits as long as the timeout, no longer, and without spinning', (t) => {
  const start = performance.now()
  const busyHandler = new BusyHandler(100)
  const before = process.cpuUsage()
  let waits = 0
  while (busyHandler.wait()) waits++
  const elapsed = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  t.true(elapsed >= 99 && elapsed < 400, `${elapsed} ms`)
  t.true(waits > 10 && waits < 1000, `${waits} waits`)
  t.true((user + system) / 1000 < 80, `${(user + system) / 1000} ms of processor time`)
})
