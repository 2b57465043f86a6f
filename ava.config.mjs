import { setUp } from './scripts/setup.mjs'

/** Tests run as JavaScript (`scripts/build-tests.mjs`), on the engine in `dist/`: both are brought up to date first. */
export default function config() {
  setUp()
  return {
    files: ['__test__/**/*.spec.ts'],
    typescript: { rewritePaths: { '__test__/': '.tests/' }, compile: false },
    workerThreads: false,
    timeout: '120s',
  }
}
