/**
 * The studio: its page to `dist/studio/page/`, in one script and one style sheet with all they need, the licences of what is in them, and `dist/studio/` as the
 * package that is published, whose server finds the engine as `chorusdb`. In the checkout `dist/studio/src/` is run, which tsc has written beside the engine's own.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './setup.mjs'

const package_ = join(root, 'packages', 'studio')
const source = join(package_, 'src')
const dist = join(root, 'dist', 'studio')

/** @returns the sizes of the page's files in bytes, by name */
export async function buildStudio() {
  const page = join(dist, 'page')
  mkdirSync(page, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(source, 'page', 'main.tsx') },
    outdir: page,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: '{}',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  for (const name of ['index.html', 'icon.svg']) {
    copyFileSync(join(source, 'page', name), join(page, name))
  }
  writeFileSync(join(page, 'notices.txt'), notices(Object.keys(metafile.inputs)))
  await buildPackage()
  return Object.fromEntries(
    Object.entries(metafile.outputs).map(([path, { bytes }]) => [path.split('/').at(-1), bytes]),
  )
}

/** What is in the page, under which licence. */
function notices(inputs) {
  const names = new Set(
    inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  )
  const parts = [...names].toSorted().map((name) => {
    const folder = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const text = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license']
      .map((file) => readIfThere(join(folder, file)))
      .find((text) => text !== null)
    if (text === undefined) throw new Error(`${name} has no licence to be passed on`)
    return `${name} ${version} (${license})\n\n${text.trim()}\n`
  })
  return [`The page holds these packages, each under its own licence.\n`, ...parts].join(
    `\n${'-'.repeat(72)}\n\n`,
  )
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

async function buildPackage() {
  await build({
    absWorkingDir: join(root, 'dist', 'studio'),
    entryPoints: { index: 'src/server/index.js', main: 'src/main.js' },
    outdir: dist,
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifyWhitespace: true,
    lineLimit: 120,
    logLevel: 'warning',
    plugins: [
      {
        name: 'the-engine-is-a-package',
        setup({ onResolve }) {
          onResolve({ filter: /engine\/src\/index\.js$/ }, () => ({
            path: 'chorusdb',
            external: true,
          }))
        },
      },
    ],
  })
  chmodSync(join(dist, 'main.js'), 0o755)
  writeFileSync(join(dist, 'index.d.ts'), types())
  for (const name of ['package.json', 'LICENSE']) {
    copyFileSync(join(package_, name), join(dist, name))
  }
}

/** The types of what the package exports, in one file. */
function types() {
  const files = ['command', 'run-studio'].map((name) =>
    readFileSync(join(dist, 'src', 'server', `${name}.d.ts`), 'utf8'),
  )
  return files.join('\n')
}
