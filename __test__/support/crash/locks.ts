/** Locks as the kernel lists them, for what no process can say about itself. Linux only. */
import { existsSync, readFileSync, statSync } from 'node:fs'

/** The locked bytes of a file among the first hundred; null where the kernel does not tell. */
export function lockedBytes(file: string): ReadonlySet<number> | null {
  if (!existsSync('/proc/locks')) return null
  const { ino } = statSync(file)
  const bytes = new Set<number>()
  for (const line of readFileSync('/proc/locks', 'latin1').split('\n')) {
    // 1: OFDLCK ADVISORY  WRITE -1 fe:00:10068717 3 3
    const words = line.trim().split(/\s+/)
    const place = words.findIndex((word) => /^[0-9a-f]+:[0-9a-f]+:\d+$/.test(word))
    // Lines with an arrow are of those who wait.
    if (place < 0 || words.includes('->') || words[place]!.split(':')[2] !== String(ino)) continue
    const start = Number(words[place + 1])
    const end = words[place + 2] === 'EOF' ? 100 : Number(words[place + 2])
    for (let byte = start; byte <= Math.min(end, 100); byte++) bytes.add(byte)
  }
  return bytes
}
