/** Two programs that judge packages: publint looks at entries and files, Are the types wrong? at what compilers make of them. */
import { join } from 'node:path'
import { step } from '../steps.mjs'
import { packageFolder } from './bundles.mjs'

export async function tryJudges({ app, sandbox, tarballs }) {
  const { publint } = await import('publint')
  const { formatMessage } = await import('publint/utils')
  for (const name of ['chorusdb', 'better-sqlite3']) {
    await step(`publint of ${name}`, async () => {
      const { messages, pkg } = await publint({
        pkgDir: join(app, 'node_modules', name),
        strict: true,
      })
      // What bundlers `require` is to be the constructor, and so CommonJS.
      const isMeant = ({ code, path }) =>
        code === 'EXPORTS_MODULE_SHOULD_BE_ESM' && path.at(-2) === 'require'
      const problems = messages
        .filter((message) => !isMeant(message))
        .map((message) => formatMessage(message, pkg) ?? JSON.stringify(message))
      if (problems.length > 0) throw new Error(problems.join('\n'))
    })
  }
  const attw = join(packageFolder('@arethetypeswrong/cli'), 'dist', 'index.js')
  for (const tarball of tarballs) {
    await step(`Are the types wrong? of ${tarball}`, () =>
      sandbox.runs(process.execPath, [attw, tarball, '--profile', 'node16', '--no-color']),
    )
  }
}
