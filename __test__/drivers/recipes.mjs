/**
 * The recipes of the guide *Drivers*: each in an empty folder, on its own, with what it claims about itself compared with what came
 * (`__test__/docs/claims.ts`).
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const here = import.meta.dirname
const tests = (name) => import(new URL(`../../.tests/docs/${name}.js`, import.meta.url).href)
const { blocksOf } = await tests('blocks')
const { claimsOf, nameOf, withClaims } = await tests('claims')
const { fits } = await tests('matching')
const runtime = new URL('../../.tests/docs/claims-runtime.js', import.meta.url).href

const page = 'docs/guides/drivers.md'
const recipes = grouped(drivers())

function drivers() {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
  return blocksOf(text).filter(({ driver }) => driver !== null)
}

function grouped(blocks) {
  const groups = {}
  for (const block of blocks) (groups[block.driver] ??= []).push(block)
  return groups
}

/** The oldest Node of those that ask for more than ChorusDB. */
const oldestNode = { kysely: 22, 'mikro-orm': 22 }
const major = Number(process.versions.node.split('.')[0])

/** Below this folder, so that packages are found. */
function folder(name) {
  const parent = join(here, '.generated', 'recipes')
  mkdirSync(parent, { recursive: true })
  const path = mkdtempSync(join(parent, `${name}-`))
  process.on('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

/** What `npx prisma generate` does, without looking for the engine of its migrations. */
function generate(schema) {
  const prisma = join(here, 'node_modules', 'prisma', 'build', 'index.js')
  execFileSync(process.execPath, [prisma, 'generate', `--schema=${schema}`], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
}

function run(name, blocks) {
  const place = folder(name)
  const claims = []
  let program = null
  for (const { language, text, line, file } of blocks) {
    const whole = '\n'.repeat(line - 1) + text
    if (file !== null) writeFileSync(join(place, file), text)
    if (language === 'prisma') generate(join(place, file))
    if (language !== 'js') continue
    const found = claimsOf(whole, 'recipe.mjs')
    claims.push(...found.map((claim) => nameOf(page, claim)))
    program = join(place, 'recipe.mjs')
    writeFileSync(program, withClaims(whole, found, page))
  }
  const log = join(place, 'claims')
  const env = {
    ...process.env,
    CLAIMS_LOG: log,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${runtime}`,
  }
  const { status, stderr } = spawnSync(process.execPath, [program], {
    cwd: place,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.equal(status, 0, stderr)
  const notes = existsSync(log)
    ? readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []
  for (const { claim, kind, isTrue, expected, actual } of notes) {
    const holds = kind === 'prints' ? fits(expected, actual) : isTrue
    assert.ok(holds, `${claim}: ${actual}, and not ${expected}`)
  }
  const met = new Set(notes.map(({ claim }) => claim))
  assert.deepEqual([...met].toSorted(), claims.toSorted())
}

const suites = readdirSync(here)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -'.mjs'.length))

for (const [name, blocks] of Object.entries(recipes)) {
  const skip = major < (oldestNode[name] ?? 20) && `the driver wants Node ${oldestNode[name]}`
  test(`the recipe for ${name}`, { skip }, () => run(name, blocks))
}

test('each driver that has a suite has a recipe', () => {
  const others = new Set(['run', 'harness', 'control', 'recipes'])
  const wanted = new Set(
    suites
      .filter((name) => !others.has(name))
      .map((name) => name.replace(/^(mikro-orm)-\d$/, '$1')),
  )
  assert.deepEqual(Object.keys(recipes).toSorted(), [...wanted].toSorted())
})
