/**
 * Every block of README and guides does what the page says. What is run how stands in `page.ts`, what a program may claim about itself in
 * `claims.ts`; blocks for drivers are run by `npm run test:drivers`.
 */
import test from 'ava'
import { blocksOf } from './blocks.ts'
import { pages, textOf } from './pages.ts'
import { runPage } from './run-page.ts'

for (const page of pages) {
  test(`documents: what ${page} shows is so`, async (t) => {
    const { problems } = await runPage(page, textOf(page))
    t.deepEqual(problems, [])
  })
}

test('documents: few blocks are not run, each for a reason', (t) => {
  const blocks = pages.flatMap((page) => blocksOf(textOf(page)).map((block) => ({ page, block })))
  const left = blocks.filter(({ block }) => block.notRun !== null)
  for (const { page, block } of left) {
    t.regex(block.notRun!, /\w+ \w+/, `${page}:${block.line}`)
  }
  t.true(left.length * 8 < blocks.length, `${left.length} of ${blocks.length}`)
})
