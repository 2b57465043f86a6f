/** Steps, one after the other, and what came of them. */

const counts = { passed: 0, failed: 0 }

/** Runs a step, and says what came of it. @returns what it answers; undefined: it failed */
export async function step(name, body) {
  const begun = performance.now()
  try {
    const answer = await body()
    counts.passed++
    console.log(`ok  ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
    return answer ?? true
  } catch (error) {
    counts.failed++
    console.log(`not ok  ${name}\n${String(error?.stack ?? error).replaceAll(/^/gm, '    ')}`)
    return undefined
  }
}

/** The closing line. @returns the status that the process ends with */
export function summary() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1
}
