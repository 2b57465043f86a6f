/**
 * How tests are loaded: TypeScript by way of oxc, and the engine's modules as `npm run build` left them, while they are what the sources say:
 * every test file is a process of its own, and to transform some two hundred modules takes it longer than most tests take.
 */
import '@oxc-node/core/register'
import { register } from 'node:module'
import { isBuilt, root } from './is-built.mjs'

if (isBuilt()) register('./built-hooks.mjs', import.meta.url, { data: root.href })
