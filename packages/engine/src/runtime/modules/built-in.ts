/** The modules that every connection has, and that need none. */
import type { Module } from '../../schema/index.ts'
import { jsonModules } from './json.ts'
import { seriesModule } from './series.ts'

export const builtInModules: readonly Module[] = [seriesModule, ...jsonModules]
