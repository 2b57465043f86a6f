/**
 * The layers look only down. The table is ARCHITECTURE.md's; a file imports from its own folder, from any
 * file of `base`, or from the front door (`index.ts`) of a layer in its row. Type-only imports count.
 */
const engine = 'packages/engine/src'

/** layer → the layers it may import besides itself */
const mayImport = {
  base: [],
  record: ['base'],
  sql: ['base'],
  coordination: ['base'],
  storage: ['base', 'record', 'coordination'],
  schema: ['base', 'record', 'sql', 'storage'],
  runtime: ['base', 'record', 'storage', 'schema'],
  plan: ['base', 'record', 'sql', 'schema', 'runtime'],
  codegen: ['base', 'record', 'schema', 'runtime', 'plan'],
  api: ['base', 'record', 'sql', 'coordination', 'storage', 'schema', 'runtime', 'plan', 'codegen'],
}

const layers = Object.entries(mayImport)

export default {
  forbidden: [
    ...layers.map(([layer, below]) => ({
      name: `${layer}-looks-only-down`,
      severity: 'error',
      from: { path: `^${engine}/${layer}/` },
      to: {
        path: `^${engine}/`,
        pathNot: `^${engine}/(${[layer, ...below].join('|')})/`,
      },
    })),
    ...layers.map(([layer]) => ({
      name: `${layer}-enters-by-the-front-door`,
      comment: 'another layer is entered through its index.ts; base has no door',
      severity: 'error',
      from: { path: `^${engine}/${layer}/` },
      to: {
        path: `^${engine}/[^/]+/`,
        pathNot: `^${engine}/(${layer}/|base/|[^/]+/index\\.ts$)`,
      },
    })),
    {
      name: 'cli-uses-the-public-face',
      severity: 'error',
      from: { path: '^packages/cli/src/' },
      to: { path: `^${engine}/`, pathNot: `^${engine}/index\\.ts$` },
    },
    {
      name: 'studio-uses-the-public-face',
      severity: 'error',
      from: { path: '^packages/studio/src/' },
      to: { path: '^packages/', pathNot: `^${engine}/index\\.ts$|^packages/studio/` },
    },
    {
      name: 'studio-page-runs-in-a-browser',
      comment: 'of server and engine it knows types only',
      severity: 'error',
      from: { path: '^packages/studio/src/page/' },
      to: {
        path: '^packages/',
        pathNot: '^packages/studio/src/page/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'studio-server-knows-no-page',
      severity: 'error',
      from: { path: '^packages/studio/src/(?!page/)' },
      to: { path: '^packages/studio/src/page/' },
    },
    {
      name: 'engine-knows-no-cli',
      severity: 'error',
      from: { path: `^${engine}/` },
      to: { path: '^packages/(cli|studio)/' },
    },
    {
      name: 'start-runs-before-the-engine',
      severity: 'error',
      from: { path: `^${engine}/start/`, pathNot: '/engine\\.ts$' },
      to: { path: `^${engine}/`, pathNot: `^${engine}/start/` },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-runtime-dependency',
      severity: 'error',
      // The studio's page and the shell's terminal are bundled: what they are made of is nobody's dependency.
      from: { path: '^packages/', pathNot: '^packages/(studio/src/page|cli/src/terminal)/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // The door under another name depends on this package, and on nothing else.
        pathNot: 'node-gyp-build|^chorusdb/',
      },
    },
    {
      name: 'everything-resolves',
      comment:
        'the CommonJS doors are written for their places in dist/, and for a package of its own',
      severity: 'error',
      from: { pathNot: '\\.cjs$|^packages/better-sqlite3/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs'] },
  },
}
