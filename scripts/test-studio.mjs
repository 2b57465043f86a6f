/** `npm run test:studio`: the studio's tests, those in a real browser among them. */
import { run } from './setup.mjs'

run('npx', ['ava', '__test__/studio/*.spec.ts', ...process.argv.slice(2)], {
  env: { ...process.env, STUDIO_BROWSER: '1' },
})
