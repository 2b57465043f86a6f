#!/usr/bin/env node
/** `chorusdb-studio`. */
import { run } from './server/index.ts'

await run(process.argv.slice(2))
