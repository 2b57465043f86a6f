/**
 * Copies a file that somebody may cut meanwhile, as a log is after its last commit. `copyFileSync` reads as many bytes as there were when it
 * began, and never ends when there are fewer.
 */
import { readFileSync, writeFileSync } from 'node:fs'

export function copyFile(from: string, to: string): void {
  writeFileSync(to, readFileSync(from))
}
