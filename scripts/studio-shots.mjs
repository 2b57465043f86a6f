/**
 * `npm run studio:shots [-- FOLDER]`: pictures of the studio's views, wide and narrow, light and dark, to `docs/studio/` or to another folder. They show a database that
 * is made for them, with processes at work on it.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root, setUp } from './setup.mjs'

setUp()
const { chromium, launch, noChromium, visit } = await import('../.tests/studio/chromium.js')
const { fillSample } = await import('../.tests/studio/sample-database.js')
const { runStudio } = await import('../dist/studio/src/server/index.js')
const { Database } = await import('../dist/chorusdb.js')
if (chromium === null) {
  console.error(noChromium)
  process.exit(1)
}

const to = resolve(process.argv[2] ?? join(root, 'docs', 'studio'))
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-studio-'))
const path = join(folder, 'music.db')
const database = new Database(path, { experimental: ['multiprocess_wal'] })
fillSample(database, 100_000)
database.close()

/** Processes of an application: one that writes, one that waits for it, one that reads an old state. */
const scripts = [
  `db.pragma('wal_autocheckpoint = 0')
   const add = db.prepare("INSERT INTO playlist(name) VALUES ('Made by a job')")
   setInterval(() => { for (let i = 0; i < 6; i++) add.run() }, 400)
   setInterval(() => db.pragma('wal_checkpoint(PASSIVE)'), 5000)`,
  `const rows = db.prepare('SELECT artist.name, count(*) FROM track JOIN album ON album.id = track.album JOIN artist ON artist.id = album.artist WHERE plays > 1000 GROUP BY 1').iterate()
   rows.next()
   setInterval(() => {}, 1000)`,
  `const change = db.transaction(() => {
     db.exec('UPDATE track SET plays = plays + 1 WHERE id < 2000')
     const until = Date.now() + 900
     while (Date.now() < until);
   })
   setInterval(() => change.immediate(), 1500)`,
  `setTimeout(() => {
     const rows = db.prepare('SELECT title FROM album WHERE year > 1990').iterate()
     rows.next()
   }, 9000)
   setInterval(() => {}, 1000)`,
]
const engine = JSON.stringify(new URL('../dist/chorusdb.js', import.meta.url).href)
const open = `import { Database } from ${engine}
  const db = new Database(${JSON.stringify(path)}, { experimental: ['multiprocess_wal'] })\n`

const sql = `-- How much is heard of each artist
SELECT artist.name, artist.country, count(*) AS tracks,
       round(sum(seconds) / 3600.0, 1) AS hours, max(plays) AS most_played
FROM track
JOIN album ON album.id = track.album
JOIN artist ON artist.id = album.artist
WHERE track.price > 1 AND artist.rating >= 2.5
GROUP BY artist.id
ORDER BY hours DESC
LIMIT 50;`

/** What is shown, and what is done before the picture is taken. */
const views = {
  tables: {
    hash: '#/tables',
    ready: `document.querySelectorAll('td.number').length > 6 && !document.body.innerText.includes('…')`,
  },
  rows: {
    hash: '#/table/track/rows',
    ready: `document.querySelectorAll('.grid-cell.text').length > 5`,
    prepare: async (visitor) => {
      await visitor.look(`document.querySelector('.grid').focus()`)
      await visitor.press('ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight')
    },
  },
  edit: {
    hash: '#/table/album/rows',
    ready: `document.querySelectorAll('.grid-cell.text').length > 5`,
    prepare: async (visitor) => {
      await visitor.look(`document.querySelector('.grid').focus()`)
      await visitor.press('ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter')
      await visitor.until(`document.activeElement.tagName === 'TEXTAREA'`)
    },
  },
  structure: {
    hash: '#/table/track/structure',
    ready: `document.querySelectorAll('.objects li').length > 2`,
  },
  sql: {
    hash: '#/sql',
    ready: `document.querySelectorAll('.grid-cell').length > 5`,
    run: true,
  },
  'sql-error': {
    hash: '#/sql',
    text: 'SELECT name, cuntry\nFROM artist\nWHERE rating > 4;',
    run: true,
    ready: `document.querySelector('.result-failure') !== null`,
  },
  plan: {
    hash: '#/plan',
    ready: `document.querySelectorAll('.plan-node').length > 2`,
    prepare: async (visitor) => {
      await visitor.look(`document.querySelectorAll('.plan-node')[1].click()`)
      await sleep(100)
    },
  },
  processes: {
    hash: '#/processes',
    ready: `document.querySelectorAll('.pin').length > 0`,
    wait: 3000,
  },
}
const sizes = { wide: [1280, 800], narrow: [360, 720] }
const only = process.argv.slice(3)

mkdirSync(to, { recursive: true })
const workers = scripts.map((script) =>
  spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', open + script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  }),
)
const studio = await runStudio(path)
const browser = await launch()
try {
  // So that the chart of the log has something to show.
  const watching = await visit(browser, `${studio.url}#/processes`)
  for (const [size, [width, height]] of Object.entries(sizes)) {
    for (const scheme of ['light', 'dark']) {
      for (const [name, view] of Object.entries(views)) {
        if (only.length > 0 && !only.includes(name)) continue
        await shoot(name, view, size, width, height, scheme, name === 'processes' ? watching : null)
      }
    }
  }
} finally {
  await browser.close()
  await studio.close()
  for (const worker of workers) worker.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
for (const name of readdirSync(to).toSorted()) {
  const { size } = statSync(join(to, name))
  console.log(`${name} ${Math.round(size / 1024)} KiB`)
  if (size > 150 * 1024) throw new Error(`${name} is too large`)
}

async function shoot(name, view, size, width, height, scheme, given) {
  const visitor = given ?? (await visit(browser, studio.url, width, height))
  const { page } = visitor
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await visitor.until(`document.querySelector('#main').textContent !== ''`)
  if (given === null) {
    await page.evaluate((text) => sessionStorage.setItem('sql', text), view.text ?? sql)
    await page.goto('about:blank')
    await page.goto(`${studio.url}${view.hash}`)
  }
  if (view.run) {
    await visitor.until(`document.activeElement.classList.contains('cm-content')`)
    await visitor.press('Control+Enter')
  }
  await visitor.until(view.ready)
  await view.prepare?.(visitor)
  await sleep(view.wait ?? 300)
  await page.screenshot({
    path: join(to, `${name}-${size}-${scheme}.png`),
    optimizeForSpeed: false,
  })
  if (given === null) await page.browserContext().close()
}
