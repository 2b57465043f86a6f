/** Which syncs of commits are waited for: none before the disk is known, those of a quick one, none of a slow one, and hardly any of one that is slow now and then. */
import test from 'ava'
import { SyncPace } from '../../packages/engine/src/storage/pager/sync-pace.ts'

/** @returns of each commit whether it was done at once */
function commits(pace: SyncPace, count: number, ms: (n: number) => number): boolean[] {
  return Array.from({ length: count }, (_, n) => {
    const isAtOnce = pace.isAtOnce(3)
    pace.note(ms(n), isAtOnce)
    return isAtOnce
  })
}

const countOf = (answers: readonly boolean[]): number => answers.filter(Boolean).length

test('sync pace: a quick disk is waited for as soon as it is known', (t) => {
  const answers = commits(new SyncPace(), 200, () => 0.1)
  t.false(answers[0])
  t.true(answers.indexOf(true) < 60)
  t.true(answers.slice(answers.indexOf(true)).every(Boolean))
})

test('sync pace: a slow disk is not, nor is a large commit', (t) => {
  const pace = new SyncPace()
  t.is(countOf(commits(pace, 1000, () => 3)), 0)
  t.true(countOf(commits(pace, 200, () => 0.1)) > 100)
  t.true(pace.isAtOnce(32))
  t.false(pace.isAtOnce(33))
})

test('sync pace: one that is slow now and then holds the thread up less and less', (t) => {
  const pace = new SyncPace()
  const isSlow = (n: number): boolean => n % 100 === 99
  const held = [10_000, 10_000, 100_000].map((count) => {
    const answers = commits(pace, count, (n) => (isSlow(n) ? 20 : 0.1))
    return answers.filter((isAtOnce, n) => isAtOnce && isSlow(n)).length
  })
  t.true(held[0]! > 0)
  t.true(held[0]! < 20)
  t.true(held[1]! <= held[0]!)
  t.true(held[2]! < 10)
})
