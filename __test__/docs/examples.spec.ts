/** The examples end well, and say what they say. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const folder = fileURLToPath(new URL('../../examples/', import.meta.url))

const says: Readonly<Record<string, RegExp>> = {
  'web-server': /^60 visits were written by [1-3] processes\nthe last answer knew of all 60\n$/,
  'job-queue':
    /^a worker was killed in the middle of a job\n200 jobs are done, each once; 1 had to be begun again\n$/,
  migrations:
    /^version 1 serves\nversion 2 serves; 1 process has migrated\n\d+ rows of version 1 and \d+ of version 2: none was refused, none is missing\n$/,
}

test('examples: each has a test', (t) => {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.deepEqual(names.map(({ name }) => name).toSorted(), Object.keys(says).toSorted())
})

for (const [name, expected] of Object.entries(says)) {
  test(`examples: ${name}`, (t) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}${name}/main.mjs`], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    t.is(stderr, '')
    t.regex(stdout, expected)
    t.is(status, 0)
  })
}
