/** The commands of the long runs start, and end in peace when there is nothing to do: they load parts of the tests, outside the test runner. */
import test from 'ava'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const none = ['--seconds', '0']
const commands: readonly (readonly string[])[] = [
  ['crash', '0'],
  ['fresh', ...none],
  ['fuzz', ...none],
  ['fuzz-errors', ...none],
  ['mixed', ...none],
]

for (const [name, ...args] of commands) {
  test.serial(`long runs: ${name} starts`, async (t) => {
    const child = spawn(process.execPath, [`scripts/${name}.mjs`, ...args], { cwd: root })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.stdout.resume()
    t.is(await new Promise((resolve) => child.on('close', resolve)), 0, errors)
  })
}
