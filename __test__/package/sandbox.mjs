/**
 * A machine of somebody who has Node and npm, and nothing that compiles: a folder of their own, a PATH with little in it, and a registry.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npmCli, npxCli } from './npm.mjs'

/** What may not be there. */
const hidden = ['cargo', 'rustc', 'gcc', 'cc', 'g++', 'clang', 'make', 'python3', 'node-gyp']

/** What has not ended by then hangs, in ms. */
const usualLimit = 120_000

/** A folder with a space and an umlaut in its name, gone when this process ends. */
export function awkwardFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb für alle '))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export class Sandbox {
  /** @param node the only one that programs find */
  constructor(node, registry) {
    this.folder = awkwardFolder()
    const bin = join(this.folder, 'bin')
    const home = join(this.folder, 'home')
    for (const folder of [bin, home]) mkdirSync(folder)
    const links = { node, npm: npmCli(), npx: npxCli(), sh: '/bin/sh' }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(bin, name))
    this.env = {
      PATH: bin,
      HOME: home,
      TMPDIR: tmpdir(),
      LANG: 'C.UTF-8',
      npm_config_cache: join(home, 'cache'),
      npm_config_userconfig: join(home, '.npmrc'),
      npm_config_globalconfig: join(home, 'npmrc'),
      npm_config_registry: registry,
      npm_config_update_notifier: 'false',
      npm_config_fund: 'false',
      npm_config_audit: 'false',
      NODE_NO_WARNINGS: '1',
    }
  }

  /** @throws where a compiler can be found */
  async checkHidden() {
    const words = hidden.map((name) => `command -v ${name}`).join('; ')
    const { stdout } = await this.runs('sh', ['-c', words], { mayFail: true })
    if (stdout !== '') throw new Error(`there is ${stdout}`)
  }

  /** A new folder. */
  makeFolder(name, manifest) {
    const folder = join(this.folder, name)
    mkdirSync(folder, { recursive: true })
    if (manifest) writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
    return folder
  }

  /**
   * Runs a command that PATH has to its end.
   * @returns what it prints, and its `status`
   * @throws where it fails, unless it may
   */
  async runs(
    command,
    args,
    { cwd = this.folder, env = {}, input = '', mayFail = false, limit = usualLimit } = {},
  ) {
    const child = spawn(command, args, { cwd, env: { ...this.env, ...env }, stdio: 'pipe' })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    const status = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve(code ?? signal))
    })
    clearTimeout(timer)
    if (status !== 0 && !mayFail) {
      throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
    }
    return { stdout, stderr, status }
  }
}
