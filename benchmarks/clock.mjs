/**
 * What rounds are measured by, in ms: time; or, with `CLOCK=processor`, the time that this thread has had a processor, which others take less from. Waiting
 * for the disk is not in that; and as Linux counts it in ticks, what takes less than some of them is measured by time nevertheless.
 */
const isProcessor = process.env.CLOCK === 'processor'

const someTicksMs = 40

/** Of the whole process, where a Node does not tell that of its thread. */
function processorMs() {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1000
}

/** Answers a function that tells how many ms have passed since. */
export function stopwatch() {
  const start = performance.now()
  const before = isProcessor ? processorMs() : 0
  return () => {
    const passed = performance.now() - start
    return isProcessor && passed > someTicksMs ? processorMs() - before : passed
  }
}
