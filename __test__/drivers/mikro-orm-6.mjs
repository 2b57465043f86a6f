import { createRequire } from 'node:module'
import { join } from 'node:path'
import { mikroOrm } from './mikro-orm/suite.mjs'

/** Version 6 is installed into a folder of its own, as the two cannot be beside each other. */
const place = join(import.meta.dirname, 'mikro-orm-6')
// Where MikroORM looks for what belongs together.
process.chdir(place)
const require = createRequire(join(place, 'package.json'))

await mikroOrm({
  url: import.meta.url,
  core: require('@mikro-orm/core'),
  driver: require('@mikro-orm/better-sqlite'),
  migrations: require('@mikro-orm/migrations'),
})
