/**
 * The studio's page in a real browser, by its keyboard: `npm run test:studio`. It takes a minute, and is no part of `npm test`. Where there is no Chromium, this
 * says so.
 */
import test, { type ExecutionContext } from 'ava'
import type { Browser } from 'puppeteer-core'
import { chromium, launch, noChromium, visit, type Visitor } from './chromium.ts'
import { openStudio, type OpenStudio } from './open-studio.ts'
import { fillSample } from './sample-database.ts'

let browser: Browser
let studio: OpenStudio

test.before(async (t) => {
  if (chromium === null) t.log(noChromium)
  if (!isWanted) return
  browser = await launch()
  studio = await openStudio('')
  fillSample(studio.database, 100_000)
})
test.after.always(async () => {
  if (!isWanted) return
  await browser?.close()
  await studio?.close()
})

/** Each in a window of its own; nothing may be complained of. */
const inWindow = test.macro(
  async (
    t: ExecutionContext,
    hash: string,
    run: (t: ExecutionContext, visitor: Visitor) => Promise<void>,
    width?: number,
    height?: number,
  ) => {
    const visitor = await visit(browser, `${studio.url}${hash}`, width, height)
    try {
      await run(t, visitor)
      t.deepEqual(visitor.complaints, [])
    } finally {
      await visitor.page.browserContext().close()
    }
  },
)

const isWanted = process.env['STUDIO_BROWSER'] !== undefined && chromium !== null
const inBrowser = isWanted ? test.serial : test.serial.skip

function stored(sql: string): unknown {
  return studio.database.prepare(sql).raw().all()
}

/** The grid is there, and has the focus. */
async function enterGrid(visitor: Visitor): Promise<void> {
  await visitor.until(`document.querySelector('.grid-cell.active')?.textContent !== ''`)
  await visitor.look(`document.querySelector('.grid').focus()`)
}

inBrowser(
  'studio page: all tables with their counts, and one of them found by keys',
  inWindow,
  '',
  async (t, visitor) => {
    await visitor.untilText('.overview td.number', '100,000')
    t.is(await visitor.text('title'), 'app.db · Studio')
    await visitor.press('/')
    await visitor.type('trac')
    t.is(await visitor.count('.sidebar li'), 2)
    await visitor.press('Enter')
    await visitor.untilText('.table-head h2', 'track')
    await visitor.untilText('.count', '100,000 rows')
    await visitor.press('Alt+4')
    await visitor.untilText('.card', 'Several processes')
  },
)

inBrowser(
  'studio page: a hundred thousand rows, of which those on the screen exist',
  inWindow,
  '#/table/track/rows',
  async (t, visitor) => {
    await enterGrid(visitor)
    await visitor.untilText('.count', '100,000 rows')
    t.is(
      await visitor.look(`document.querySelector('.grid').getAttribute('aria-rowcount')`),
      '100001',
    )
    await visitor.press('Control+End')
    await visitor.untilText('.grid-number', '100000')
    await visitor.press('Home')
    await visitor.untilText('.grid .active', '100000')
    t.true((await visitor.count('.grid-row')) < 80)
    for (let i = 0; i < 30; i++) await visitor.press('PageUp')
    await visitor.until(`document.querySelectorAll('.grid-cell.waiting').length === 0`)
    await visitor.until(`Number(document.querySelector('.grid .active')?.textContent) > 0`)
    const at = Number(await visitor.activeCell())
    t.true(at < 99_500 && at > 98_000, String(at))
    await visitor.look(`document.querySelector('.grid').scrollTo(0, 1_500_000)`)
    await visitor.until(
      `document.querySelectorAll('.grid-cell.waiting').length === 0 && document.querySelector('.grid-number').textContent > '49000'`,
    )
    t.deepEqual(
      await visitor.look(
        `[...document.querySelectorAll('.grid-row')].map((row) => row.querySelector('.grid-number').textContent === row.querySelector('.grid-cell').textContent).every(Boolean)`,
      ),
      true,
    )
    await visitor.press('Control+Home')
    await visitor.untilText('.grid .active', '1')
  },
)

inBrowser(
  'studio page: a cell is edited by keys, of any type',
  inWindow,
  '#/table/artist/rows',
  async (t, visitor) => {
    await enterGrid(visitor)
    await visitor.press('ArrowRight', 'ArrowRight')
    await visitor.type('J')
    await visitor.until(`document.activeElement.tagName === 'TEXTAREA'`)
    await visitor.press('End')
    await visitor.type('apan')
    await visitor.press('Enter')
    await visitor.until(`document.querySelector('.cell-editor') === null`)
    t.is(await visitor.activeCell(), 'Japan')
    t.deepEqual(stored('SELECT country FROM artist WHERE id = 1'), [['Japan']])
    // The next is a REAL; it becomes NULL, by the choice of types.
    await visitor.press('ArrowRight', 'Enter')
    await visitor.until(`document.activeElement.tagName === 'TEXTAREA'`)
    await visitor.press('Shift+Tab', 'ArrowLeft', 'ArrowLeft')
    await visitor.until(`document.querySelector('.segment.null.chosen') !== null`)
    await visitor.press('Enter')
    await visitor.until(`document.querySelector('.cell-editor') === null`)
    t.deepEqual(stored('SELECT typeof(rating) FROM artist WHERE id = 1'), [['null']])
    await visitor.type('9')
    await visitor.press('Enter')
    await visitor.untilText(
      '.cell-editor .failure',
      'CHECK constraint failed: rating BETWEEN 0 AND 5',
    )
    await visitor.press('Escape')
    t.deepEqual(stored('SELECT typeof(rating) FROM artist WHERE id = 1'), [['null']])
    t.true(await visitor.look(`document.activeElement.classList.contains('grid')`))
  },
)

inBrowser(
  'studio page: who has changed a row meanwhile is not written over',
  inWindow,
  '#/table/setting/rows',
  async (t, visitor) => {
    await enterGrid(visitor)
    await visitor.press('ArrowRight', 'Enter')
    await visitor.until(`document.activeElement.tagName === 'TEXTAREA'`)
    studio.database.exec("UPDATE setting SET value = 'other' WHERE name = 'key'")
    await visitor.press('Shift+Tab', 'ArrowLeft')
    await visitor.type('7')
    await visitor.press('Enter')
    await visitor.until(
      `document.querySelector('.cell-editor .failure') !== null || document.querySelector('.cell-editor') === null`,
    )
    t.regex(
      (await visitor.text('.cell-editor .failure')) ?? '',
      /changed the row since it was read/,
    )
    t.deepEqual(stored("SELECT value FROM setting WHERE name = 'key'"), [['other']])
  },
)

inBrowser(
  'studio page: what another process commits is shown',
  inWindow,
  '#/table/playlist/rows',
  async (t, visitor) => {
    await visitor.untilText('.grid-cell', 'Late night')
    studio.database.exec("UPDATE playlist SET name = 'Very late night' WHERE id = 2")
    await visitor.untilText('.grid-cell', 'Very late night')
    studio.database.exec('CREATE TABLE brand_new(a)')
    await visitor.untilText('.sidebar a', 'brand_new')
    studio.database.exec('DROP TABLE brand_new')
    await visitor.until(
      `![...document.querySelectorAll('.sidebar a')].some((each) => each.textContent.includes('brand_new'))`,
    )
    t.pass()
  },
)

inBrowser(
  'studio page: rows are inserted and deleted by keys',
  inWindow,
  '#/table/playlist/rows',
  async (t, visitor) => {
    await enterGrid(visitor)
    await visitor.press('Alt+n')
    await visitor.until(`document.querySelector('dialog.insert') !== null`)
    await visitor.look(`document.getElementById('new-name').focus()`)
    await visitor.type("It's new")
    await visitor.press('Tab', 'Tab', 'Tab')
    await visitor.look(`document.querySelector('dialog .primary').focus()`)
    await visitor.press('Enter')
    await visitor.until(`document.querySelector('dialog.insert') === null`)
    t.deepEqual(stored('SELECT name FROM playlist WHERE id = 4'), [["It's new"]])
    await visitor.untilText('.grid-cell', "It's new")
    await visitor.look(`document.querySelector('.grid').focus()`)
    await visitor.press('Control+End', 'Shift+ArrowUp', 'Delete')
    await visitor.untilText('dialog h2', 'Delete 2 rows?')
    // The focus is where nothing is lost.
    await visitor.press('Tab', 'Enter')
    await visitor.untilText('.count', '2 rows')
    t.deepEqual(stored('SELECT id FROM playlist'), [[1], [2]])
  },
)

inBrowser(
  'studio page: rows are ordered and filtered by keys',
  inWindow,
  '#/table/album/rows',
  async (t, visitor) => {
    await enterGrid(visitor)
    await visitor.press('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'Enter', 'Enter')
    await visitor.until(`document.querySelector('[aria-sort=descending]') !== null`)
    await visitor.untilText('.grid-cell', '2024')
    const [[year]] = stored('SELECT max(year) FROM album') as [[number]]
    t.is(year, 2024)
    await visitor.look(`document.getElementById('filter-column').focus()`)
    await visitor.type('title')
    await visitor.press('Tab', 'Tab')
    await visitor.type('moon')
    await visitor.press('Enter')
    const [[count]] = stored("SELECT count(*) FROM album WHERE title LIKE '%moon%'") as [[number]]
    await visitor.untilText('.count', `${count} rows`)
  },
)

inBrowser(
  'studio page: SQL is completed, run, and its errors are marked',
  inWindow,
  '#/sql',
  async (t, visitor) => {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.type('select count(*) from tra')
    await visitor.untilText('.cm-tooltip-autocomplete li[aria-selected]', 'track')
    // A list that has just appeared takes no Enter that was meant for the text.
    await new Promise((resolve) => setTimeout(resolve, 150))
    await visitor.press('Enter')
    await visitor.type('; select nix from artist')
    await visitor.press('Escape', 'Control+Enter')
    await visitor.untilText('.result-failure', 'no such column: nix')
    t.is(await visitor.text('.cm-error-mark'), 'nix')
    t.is(await visitor.count('.result-tabs [role=tab]'), 2)
    await visitor.click('.result-tabs [role=tab]')
    await visitor.untilText('.grid-cell', '100000')
  },
)

inBrowser(
  'studio page: a statement without end is cancelled',
  inWindow,
  '#/sql',
  async (t, visitor) => {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.type(
      'WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i) SELECT max(x) FROM i',
    )
    await visitor.press('Escape', 'Control+Enter')
    await visitor.untilText('.toolbar button', 'Cancel')
    await visitor.click('.toolbar .danger')
    await visitor.untilText('.result-failure', 'cancelled')
    await visitor.untilText('.toolbar button', 'Run')
    t.pass()
  },
)

inBrowser(
  'studio page: a hundred thousand rows of a result',
  inWindow,
  '#/sql',
  async (t, visitor) => {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.type('SELECT id, title FROM track')
    await visitor.press('Escape', 'Control+Enter')
    await visitor.untilText('.result-foot', '100,000 rows')
    await visitor.look(`document.querySelector('.grid').focus()`)
    await visitor.press('Control+End', 'Home')
    await visitor.untilText('.grid .active', '100000')
    t.true((await visitor.count('.grid-row')) < 80)
  },
)

inBrowser(
  'studio page: a transaction is seen, and ended by a button',
  inWindow,
  '#/sql',
  async (t, visitor) => {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.type('BEGIN; DELETE FROM setting')
    await visitor.press('Escape', 'Control+Enter')
    await visitor.untilText('.transaction', 'transaction open')
    t.deepEqual(stored('SELECT count(*) FROM setting'), [[6]])
    await visitor.click('.transaction button:last-child')
    await visitor.until(`document.querySelector('.transaction') === null`)
    studio.database.exec("INSERT INTO setting VALUES ('again', 1)")
    t.deepEqual(stored('SELECT count(*) FROM setting'), [[7]])
  },
)

inBrowser(
  'studio page: a plan as a tree leads to the lines of its code',
  inWindow,
  '#/plan',
  async (t, visitor) => {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.type(
      'SELECT * FROM album JOIN artist ON artist.id = album.artist WHERE album.id = 5',
    )
    await visitor.press('Escape')
    await visitor.untilText('.plan-node', 'SEARCHalbum')
    await visitor.untilText('.code-line', '// search album by rowid')
    await visitor.look(`document.querySelector('.plan-node').focus()`)
    await visitor.press('Enter', 'ArrowDown')
    await visitor.until(
      `document.querySelector('.code-line.marked')?.textContent.includes('// search artist')`,
    )
    t.is(await visitor.count('[role=treeitem]'), 2)
  },
)

inBrowser(
  'studio page: who writes, and who reads which frame',
  inWindow,
  '#/processes',
  async (t, visitor) => {
    await visitor.untilText('.card', 'Nobody waits')
    const reader = studio.database.prepare('SELECT * FROM track').iterate()
    reader.next()
    await visitor.untilText('.processes-view .list', 'SELECT * FROM track')
    await visitor.until(`document.querySelectorAll('.pin').length === 1`)
    t.true((await visitor.count('.log-chart canvas')) === 1)
    reader.return!()
    studio.database.exec("BEGIN IMMEDIATE; UPDATE setting SET value = 3 WHERE name = 'schema'")
    await visitor.untilText('.tag.role-writer', 'writer')
    studio.database.exec('ROLLBACK')
    await visitor.untilText('.card', 'Nobody')
  },
)

for (const hash of [
  '#/tables',
  '#/table/track/rows',
  '#/table/track/structure',
  '#/sql',
  '#/plan',
  '#/processes',
]) {
  inBrowser(
    `studio page: ${hash} has room in a window of 360 pixels`,
    inWindow,
    hash,
    async (t, visitor) => {
      await visitor.until(`document.querySelector('#main').textContent.length > 10`)
      t.is(await visitor.look('document.documentElement.scrollWidth'), 360)
      const beyond = await visitor.look<string[]>(`
        [...document.querySelectorAll('button, select, input, .views a')]
          .filter((each) => !each.closest('.grid, .scroll-x, .cm-editor, .sr-only') && each.offsetParent !== null)
          .filter((each) => each.getBoundingClientRect().right > 361 || each.getBoundingClientRect().left < -1)
          .map((each) => each.outerHTML)`)
      t.deepEqual(beyond, [])
      t.deepEqual(await visitor.nameless(), [])
    },
    360,
    640,
  )
}

inBrowser('studio page: of hundreds of columns those on the screen exist', async (t) => {
  const names = Array.from({ length: 300 }, (_, i) => `c${i}`)
  const own = await openStudio(`CREATE TABLE wide(${names.join(', ')});
    INSERT INTO wide(c0, c299) VALUES ('first', 'last')`)
  const visitor = await visit(browser, `${own.url}#/table/wide/rows`)
  await enterGrid(visitor)
  t.true((await visitor.count('.grid-cell')) < 40)
  await visitor.press('End')
  await visitor.untilText('.grid .active', 'last')
  await visitor.press('Home')
  await visitor.untilText('.grid .active', 'first')
  t.deepEqual(visitor.complaints, [])
  await visitor.page.browserContext().close()
  await own.close()
})

inBrowser('studio page: it says so when the studio has been ended', async (t) => {
  const own = await openStudio('CREATE TABLE t(a)')
  const visitor = await visit(browser, own.url)
  await visitor.untilText('.overview', 't')
  await own.close()
  await visitor.untilText('.failure.gone', 'does not answer')
  await visitor.page.browserContext().close()
  t.pass()
})
