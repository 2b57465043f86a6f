import * as core from '@mikro-orm/core'
import * as migrations from '@mikro-orm/migrations'
import * as driver from '@mikro-orm/sqlite'
import { mikroOrm } from './mikro-orm/suite.mjs'

await mikroOrm({ url: import.meta.url, core, driver, migrations })
