/** Bound expressions, by their own name. They and plan nodes contain each other, so they stand in one file. */
export type * from './node.ts'
