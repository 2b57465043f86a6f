/** Compiles plans to JavaScript. A program is linked to one connection and may be run any number of times. */
export { compileStatement } from './compile.ts'
export type { CompileOptions, Program } from './program.ts'
