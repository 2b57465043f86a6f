/** Compiles plans to JavaScript. A program is linked to one connection and may be run any number of times. */
export { compileStatement, type CompileOptions, type Program } from './program.ts'
export { missingValue } from './source/missing-value.ts'
export type { Form } from './query/delivery.ts'
