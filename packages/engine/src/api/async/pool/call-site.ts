/** Where in the application something was called, for whoever is told of it later. */

interface Held {
  stack?: string
}

/** Frames that are looked at. */
const depth = 8

/**
 * @param callee the function that was called; what it has called itself is left out
 * @returns the place, when it is asked for: that is the costly part
 */
export function callSite(callee: Function): () => string {
  const held: Held = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = depth
  Error.captureStackTrace(held, callee)
  Error.stackTraceLimit = stackTraceLimit
  return () => `begun ${firstFrame(held.stack ?? '')}`
}

function firstFrame(stack: string): string {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
  const frame = frames.find((line) => !line.includes('node:internal')) ?? frames[0]
  return frame === undefined ? 'somewhere' : frame.trim()
}
