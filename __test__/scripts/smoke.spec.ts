/** The smoke test of other platforms' binaries, on this one's: several processes through the package as it is installed, some killed. */
import test from 'ava'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('smoke: several processes, some killed, lose nothing through the installed package', async (t) => {
  const child = spawn(process.execPath, ['scripts/smoke.mjs', '--rows', '30'], { cwd: root })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const status = await new Promise((resolve) => child.on('close', resolve))
  t.is(status, 0, output)
  t.regex(output, /3 were killed and replaced, sums are exact, integrity_check ok/)
})
