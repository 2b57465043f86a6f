/**
 * The studio: a local page for a database.
 *
 * @module @chorusdb/studio
 */
export { run } from './command.ts'
export { runStudio } from './run-studio.ts'
export type { Studio, StudioOptions } from './run-studio.ts'
