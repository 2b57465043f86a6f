/** Bundles of an application by esbuild, Vite and webpack, with the packages in them and without. */
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { step } from '../steps.mjs'
import { checkAll, checkMemoryAlone } from './answers.mjs'

const ours = ['better-sqlite3', 'chorusdb', 'chorusdb/node-sqlite']

/** The bundler's name, what it makes, whether our packages are in it, and how. */
const builds = []

for (const format of ['esm', 'cjs']) {
  for (const source of ['mjs', 'cjs']) {
    for (const isInside of [true, false]) {
      // What `require` becomes in an ES module is no function there.
      if (!isInside && format === 'esm' && source === 'cjs') continue
      builds.push({
        name: `esbuild, ${source} to ${format}`,
        isInside,
        async make(app, folder) {
          const { build } = await import('esbuild')
          await build({
            absWorkingDir: app,
            entryPoints: { application: `application.${source}` },
            outdir: folder,
            outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
            bundle: true,
            platform: 'node',
            format,
            logLevel: 'silent',
            external: isInside ? [] : ours,
          })
        },
      })
    }
  }
}
builds.push({
  name: 'esbuild, mjs to esm, minified',
  isInside: true,
  async make(app, folder) {
    const { build } = await import('esbuild')
    await build({
      absWorkingDir: app,
      entryPoints: ['application.mjs'],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    })
  },
})
for (const isInside of [true, false]) {
  builds.push({
    name: 'Vite, SSR',
    isInside,
    async make(app, folder) {
      const { build } = await import('vite')
      await build({
        root: app,
        configFile: false,
        logLevel: 'error',
        ssr: isInside ? { noExternal: true } : {},
        build: { ssr: 'application.mjs', outDir: folder, emptyOutDir: true },
      })
    },
  })
  for (const source of ['mjs', 'cjs']) {
    builds.push({
      name: `webpack, ${source}`,
      isInside,
      async make(app, folder) {
        const { default: webpack } = await import('webpack')
        const compiler = webpack({
          context: app,
          mode: 'production',
          target: 'node20',
          entry: `./application.${source}`,
          output: { path: folder, filename: 'application.cjs' },
          externals: isInside ? [] : ours.map((name) => ({ [name]: `commonjs ${name}` })),
          performance: false,
        })
        const stats = await new Promise((resolve, reject) => {
          compiler.run((error, result) => (error ? reject(error) : resolve(result)))
        })
        const { errors, warnings } = stats.toJson({ errors: true, warnings: true })
        const problems = [...errors, ...warnings].map(({ message }) => message)
        if (problems.length > 0) throw new Error(problems.join('\n'))
      },
    })
  }
}

export const packageFolder = (name) => join(import.meta.dirname, 'node_modules', name)

const programOf = (folder) =>
  join(
    folder,
    readdirSync(folder).find((name) => /^application\.[cm]?js$/.test(name)),
  )

/** Builds each bundle, and runs it in each Node: where it was made, and on its own. */
export async function tryBundles({ app, sandbox, nodes }) {
  let number = 0
  for (const { name, isInside, make } of builds) {
    const what = `${name}, ${isInside ? 'everything in it' : 'ours external'}`
    const folder = join(app, `Bündel ${++number}`)
    const isMade = await step(`${what}: made`, () => make(app, folder))
    if (!isMade) continue
    for (const [version, node] of nodes) {
      const run = async (program, cwd) => {
        const { stdout } = await sandbox.runs(node, [program, `${number} ${version}`], { cwd })
        return JSON.parse(stdout)
      }
      await step(`${what}: Node ${version}`, async () =>
        checkAll(await run(programOf(folder), app)),
      )
      if (!isInside) continue
      await step(`${what}, on its own: Node ${version}`, async () => {
        const alone = sandbox.makeFolder(`allein ${number}`)
        cpSync(folder, alone, { recursive: true })
        checkMemoryAlone(await run(programOf(alone), alone))
        cpSync(join(app, 'node_modules/chorusdb/prebuilds'), join(alone, 'prebuilds'), {
          recursive: true,
        })
        checkAll(await run(programOf(alone), alone))
        rmSync(alone, { recursive: true })
      })
    }
  }
}
