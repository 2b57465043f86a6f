/** Calls made from the last frames of a stack that ends. */

const words: readonly number[] = Array<number>(1000).fill(0)
/** Frames of eight kilobytes between the end and where small ones begin. */
const largeFrames = 10
const done = -1e9

/**
 * Calls `op` from the frame that is `left` frames above the last one. `padding` makes these frames larger. It has to have been called
 * before: 40 KiB from the end V8 compiles nothing.
 */
export function nearEnd(left: number, op: () => void, ...padding: readonly number[]): void {
  let isDone = false
  const small = (...rest: readonly number[]): number => {
    let above: number
    try {
      above = small(...rest)
    } catch (error) {
      if (isDone) throw error
      above = 0
    }
    if (above !== left) return above + 1
    isDone = true
    op()
    return done
  }
  // Most of the stack goes by in large steps.
  const large = (..._rest: readonly number[]): number => {
    let above: number
    try {
      above = large(...words)
    } catch (error) {
      if (isDone) throw error
      above = 0
    }
    if (above !== largeFrames) return above + 1
    small(...padding)
    if (!isDone) throw new Error('the stack does not go on for so many frames')
    return done
  }
  large()
}

/** V8 could not call the function of ours that the test calls: nothing of ours has run. */
export function isUncallable(error: unknown, spec: string): boolean {
  if (!(error instanceof RangeError)) return false
  const [, callee = '', caller = ''] = (error.stack ?? '').split('\n')
  // Optimized, a function finds out itself, before its first step, that it does not fit.
  return callee.includes(spec) || (/engine\/src\/api\//.test(callee) && caller.includes(spec))
}
