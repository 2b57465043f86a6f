#!/usr/bin/env node
/**
 * `chorusdb`: where the program begins. Where Node can keep what V8 has compiled from one run to the next (22.8 and later; in a folder of its
 * own, `NODE_COMPILE_CACHE`, unless `NODE_DISABLE_COMPILE_CACHE` is set), it does so for all that follows.
 */
import * as modules from 'node:module'

const { enableCompileCache } = modules as { readonly enableCompileCache?: () => unknown }
enableCompileCache?.()
await import('./run.ts')
