/**
 * The benchmarks start and end, on sizes at which each takes a moment, and say something about each of their rows. What they measure here means nothing.
 * Charts are drawn where the library that draws them is installed.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

interface Workload {
  readonly name: string
  readonly data?: string
  readonly warm: Readonly<Record<string, number>>
  readonly cold: Readonly<Record<string, number>>
}

interface Single {
  readonly machine: Readonly<Record<string, unknown>>
  readonly sections: readonly { readonly id: string; readonly workloads: readonly Workload[] }[]
}

interface Multi {
  readonly scenarios: readonly {
    readonly name: string
    readonly outcomes: Readonly<Record<string, { rate: number; shares: readonly number[] }>>
  }[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = temporaryFolder()

const tiny = {
  ENGINES: 'chorusdb',
  ROWS: '300',
  SCALE: '0.0003',
  ROUND_MS: '1',
  ROUNDS: '1',
  RUNS: '1',
  COLD: '0',
  DURATION_MS: '100',
  WARMUP_MS: '50',
}

/** What a benchmark writes; it must end well. */
async function run(
  t: ExecutionContext,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, [`benchmarks/${name}.mjs`, ...args], {
    cwd: root,
    env: { ...process.env, ...tiny, ...env },
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  t.is(await new Promise((resolve) => child.on('close', resolve)), 0, output + errors)
  return output
}

const hasCorpora = existsSync(
  join(process.env['CORPUS_DIR'] ?? join(root, '../shared/corpus'), 'data'),
)

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

test.serial('bench:single: each workload has a rate, and the results name a machine', async (t) => {
  const path = join(folder, 'single.json')
  const output = await run(t, 'single', ['--warm', '--json', path])
  if (hasCorpora) t.notRegex(output, /left out/)
  const { sections, machine } = read(path) as Single
  t.deepEqual(
    sections.map(({ id }) => id),
    ['reads', 'questions', 'rows', 'sets'],
  )
  for (const { name, warm } of sections.flatMap(({ workloads }) => workloads)) {
    if (!hasCorpora && name.endsWith(' tables')) continue
    t.true((warm['chorusdb'] ?? 0) > 0, name)
    t.true(output.includes(`| ${name} `), name)
  }
  t.is(typeof machine['processor'], 'string')
  t.false(readFileSync(path, 'utf8').includes(`"${hostname()}"`))
  t.regex(output, /^warm: no ratio$/m)
})

test.serial('bench:single: cold rounds find what their workloads set up', async (t) => {
  const path = join(folder, 'cold.json')
  await run(t, 'single', ['rows', '--cold', '--json', path])
  await run(t, 'single', ['delete half, two indexes', '--cold'])
  const { sections } = read(path) as Single
  for (const { name, cold } of sections.flatMap(({ workloads }) => workloads))
    t.true((cold['chorusdb'] ?? 0) > 0, name)
})

test.serial('bench:single: with SQLite beside it there are ratios, and their means', async (t) => {
  if (findNode() === null) {
    t.log('node:sqlite is not to be had here')
    t.pass()
    return
  }
  const output = await run(t, 'single', ['filter'], { ENGINES: 'chorusdb,node:sqlite' })
  t.regex(output, /^warm: geometric mean of 1 ratios \d+\.\d+×, /m)
  t.regex(output, /^cold: geometric mean of 1 ratios \d+\.\d+×, /m)
})

test.serial('bench:growth: a column for each size', async (t) => {
  const output = await run(t, 'growth', ['filter', '--sizes', '100,2000'])
  t.regex(output, /^\| filter \+ sum \| rows \|/m)
  t.regex(output, / 2,000 \|/)
})

test.serial('bench:memory: each case has a figure', async (t) => {
  const output = await run(t, 'memory', ['--size', '0.00001'])
  t.notRegex(output, /left out|n\/a \|$/)
  t.regex(output, /^\| 5 million rows, all\(\) +\| +\d+ \(\d+\.\d s\) \|/m)
  t.regex(output, /^\| 100 connections, a file each +\| +\d+ /m)
})

test.serial('bench:multi: rates, shares, and what is promised of them', async (t) => {
  const path = join(folder, 'multi.json')
  const output = await run(t, 'multi', ['2 writers', '--json', path])
  t.regex(output, /^shares within 20 % of an even one and no wait of 50 ms: /m)
  const { scenarios } = read(path) as Multi
  t.deepEqual(
    scenarios.map(({ name }) => name),
    ['2 writers, FULL', '2 writers, NORMAL'],
  )
  for (const { outcomes } of scenarios) {
    t.is(outcomes['chorusdb']?.shares.length, 2)
    t.true((outcomes['chorusdb']?.rate ?? 0) > 0)
  }
})

test.serial('bench:start: each statement has a time', async (t) => {
  const output = await run(t, 'start', [], { NODES: process.execPath })
  t.regex(output, /^\| PRAGMA user_version = 3 +\| +\d+ \|/m)
})

const others: readonly (readonly [string, ...string[]])[] = [
  ['compile', 'CASE'],
  ['features', 'median'],
  ['node-sqlite', 'all, 90 groups'],
  ['queries', 'price bands'],
  ['queries', '--tpch', 'TPC-H 6'],
  ['spill', 'count(DISTINCT'],
]

for (const [name, ...args] of others) {
  test.serial(`benchmarks: ${name} ${args.join(' ')} ends well`, async (t) => {
    if (findNode() === null) {
      t.log('node:sqlite is not to be had here')
      t.pass()
      return
    }
    t.regex(await run(t, name, args), /\S/)
  })
}

test('arguments that a benchmark does not know are a sentence', async (t) => {
  const child = spawn(process.execPath, ['benchmarks/growth.mjs', '--sizes', 'many'], { cwd: root })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  t.is(await new Promise((resolve) => child.on('close', resolve)), 1)
  t.regex(errors, /^--sizes wants numbers of rows/)
})

test('charts: those of docs/charts are drawn from the results beside them', async (t) => {
  if (!existsSync(join(root, 'benchmarks/charts/node_modules/echarts'))) {
    t.log('what draws charts is not installed: npm run charts installs it')
    t.pass()
    return
  }
  const copy = join(folder, 'charts')
  cpSync(join(root, 'docs/charts'), copy, { recursive: true })
  const output = await run(t, 'charts/run', ['--data', copy])
  const drawn = [...output.matchAll(/([\w-]+\.svg)$/gm)].map(([, name]) => name!)
  t.true(drawn.length > 1)
  for (const name of drawn) {
    const svg = readFileSync(join(copy, name), 'utf8')
    t.regex(svg, /^<svg role="img" .*\n<title id="title">[^<]+<\/title>\n<desc id="description">/)
    t.true(svg === readFileSync(join(root, 'docs/charts', name), 'utf8'), `${name} is another one`)
  }
})

test('documents: their tables are made of the results in docs/charts', async (t) => {
  const { fill, textsOf } = (await import(
    new URL('../../benchmarks/charts/documents.mjs', import.meta.url).href
  )) as {
    fill: (document: string, texts: Record<string, string>) => string
    textsOf: (results: Record<string, unknown>) => Record<string, string>
  }
  const results: Record<string, unknown> = {}
  for (const name of ['single', 'growth', 'memory', 'start', 'multi']) {
    const path = join(root, `docs/charts/${name}.json`)
    if (existsSync(path)) results[name] = read(path)
  }
  const texts = textsOf(results)
  for (const name of ['README.md', 'docs/performance.md']) {
    const document = readFileSync(join(root, name), 'utf8')
    t.true(fill(document, texts) === document, `${name}: npm run charts has not been run`)
    t.not(fill(document, { ...texts, 'single-means': 'others' }), document)
  }
})
