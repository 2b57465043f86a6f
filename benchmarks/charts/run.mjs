/**
 * `npm run charts [-- --data FOLDER] [--tables]`: draws the charts of `docs/charts/` (or of another folder) from the results that are there, which the
 * benchmarks write with `--json FILE`, and puts their tables into `docs/performance.md` and `README.md`; with `--tables` that alone. The library that draws
 * is installed into this folder first, and is no part of the project's own installation.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { root } from '../../scripts/setup.mjs'
import { readOptions } from '../options.mjs'
import { fill, textsOf } from './documents.mjs'
import { drawProcesses } from './processes.mjs'
import { drawRatios } from './ratios.mjs'

const here = import.meta.dirname
const benchmarks = ['single', 'growth', 'memory', 'start', 'multi']
const documents = ['docs/performance.md', 'README.md']

/** Installs what the lock file names, unless that is what is there. */
function install() {
  const done = join(here, 'node_modules/.package-lock.json')
  const names = ['package.json', 'package-lock.json']
  const wanted = Math.max(...names.map((name) => statSync(join(here, name)).mtimeMs))
  if (existsSync(done) && statSync(done).mtimeMs >= wanted) return
  const args = ['install', '--no-save', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: here, stdio: 'inherit' })
  if (status !== 0) {
    console.error('charts: the library that draws them is not to be had')
    process.exit(1)
  }
  const now = new Date()
  utimesSync(done, now, now)
}

function draw(results, folder) {
  install()
  const echarts = createRequire(import.meta.url)('echarts')
  const write = (name, svg) => {
    writeFileSync(join(folder, name), svg)
    console.log(relative(process.cwd(), join(folder, name)))
  }
  for (const section of results.single?.sections ?? [])
    write(`${section.id}.svg`, drawRatios(echarts, section, results.single))
  if (results.multi !== undefined) write('processes.svg', drawProcesses(echarts, results.multi))
}

const { data, tables } = readOptions({
  data: { type: 'string' },
  tables: { type: 'boolean', default: false },
})
const folder = data ?? join(root, 'docs/charts')
const results = {}
for (const name of benchmarks) {
  const path = join(folder, `${name}.json`)
  if (existsSync(path)) results[name] = JSON.parse(readFileSync(path, 'utf8'))
}
if (Object.keys(results).length === 0) {
  console.error(`charts: no results in ${folder}`)
  process.exit(1)
}
if (!tables) draw(results, folder)
// Results that are elsewhere are somebody's own.
if (data === undefined) {
  for (const name of documents) {
    const path = join(root, name)
    const before = readFileSync(path, 'utf8')
    const after = fill(before, textsOf(results))
    if (after === before) continue
    writeFileSync(path, after)
    console.log(name)
  }
}
