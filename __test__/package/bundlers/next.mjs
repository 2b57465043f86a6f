/**
 * Next: an application with our packages as `serverExternalPackages`, as it is started, and moved elsewhere with the files that Next has traced; and
 * without that line, when the engine is in the bundle.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { step } from '../steps.mjs'
import { checkAll } from './answers.mjs'
import { packageFolder } from './bundles.mjs'

/** Of `better-sqlite3` Next knows itself that it is external. */
const config = (root, isExternal) => `export default {
  ${isExternal ? "output: 'standalone', serverExternalPackages: ['chorusdb']," : ''}
  outputFileTracingRoot: ${JSON.stringify(root)},
  turbopack: { root: ${JSON.stringify(root)} },
}\n`

const environment = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', HOSTNAME: '127.0.0.1' }

/** A port that nobody listens at. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a server, asks it for a page, and ends it. @param isExternal the door, which Next keeps outside, has the engine of the others */
async function ask(sandbox, node, args, cwd, isExternal) {
  const port = await freePort()
  const env = { ...sandbox.env, ...environment, PORT: String(port) }
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (printed += text))
  }
  try {
    const file = join(sandbox.folder, `Next ${port}`)
    const url = `http://127.0.0.1:${port}`
    for (let tries = 0; ; tries++) {
      try {
        const page = await (await fetch(url)).text()
        if (!page.includes('Seite')) throw new Error(`the page is ${page}`)
        const response = await fetch(`${url}/note?file=${encodeURIComponent(file)}`)
        const answers = await response.json()
        assert.equal(answers.isOneEngine, isExternal)
        checkAll({ ...answers, isOneEngine: true })
        return
      } catch (error) {
        const isStarting = error.cause?.code === 'ECONNREFUSED'
        if (!isStarting || tries > 150 || child.exitCode !== null) {
          throw new Error(`${error.stack}\n${printed}`, { cause: error })
        }
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

export async function tryNext({ app, sandbox, nodes }) {
  const root = import.meta.dirname
  const next = join(packageFolder('next'), 'dist', 'bin', 'next')
  const folder = join(app, 'next')
  writeFileSync(join(folder, 'package.json'), '{ "name": "application", "private": true }\n')
  for (const isExternal of [true, false]) {
    writeFileSync(join(folder, 'next.config.mjs'), config(root, isExternal))
    for (const bundler of ['--turbopack', '--webpack']) {
      const what = `Next, ${bundler}, ${isExternal ? 'ours external' : 'nothing set'}`
      const [[, first]] = nodes
      const isMade = await step(`${what}: made`, async () => {
        rmSync(join(folder, '.next'), { recursive: true, force: true })
        const options = { cwd: folder, env: environment, limit: 600_000 }
        await sandbox.runs(first, [next, 'build', bundler], options)
      })
      if (!isMade) continue
      for (const [version, node] of nodes) {
        await step(`${what}: started, Node ${version}`, () =>
          ask(sandbox, node, [next, 'start'], folder, isExternal),
        )
      }
      if (!isExternal) continue
      const moved = sandbox.makeFolder(what)
      cpSync(join(folder, '.next', 'standalone'), moved, { recursive: true })
      const inside = join(moved, relative(root, folder))
      for (const [version, node] of nodes) {
        await step(`${what}: moved elsewhere, Node ${version}`, () =>
          ask(sandbox, node, ['server.js'], inside, true),
        )
      }
    }
  }
}
