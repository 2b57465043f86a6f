/**
 * What this process has compiled something for: kinds of statements and of plan nodes, and names that emitted code refers to. A sign that functions of
 * the engine have been compiled by V8 that were not before (`start/code-cache.ts`).
 */
export const used: Set<string> = new Set()
