/** What this process has had in memory at most, in bytes. (Linux's `VmHWM`: what `getrusage` tells counts what the process's parent had when it began, too.) */
import { readFileSync } from 'node:fs'

export function peakMemory() {
  return memoryLine('VmHWM') ?? process.resourceUsage().maxRSS * 1024
}

/** What it has now. */
export function presentMemory() {
  return memoryLine('VmRSS') ?? process.memoryUsage.rss()
}

function memoryLine(name) {
  if (process.platform !== 'linux') return undefined
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(
    readFileSync('/proc/self/status', 'utf8'),
  )
  return Number(kib) * 1024
}
