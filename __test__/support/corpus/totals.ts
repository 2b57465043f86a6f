/** What came of all cases: counts, what failed, and what failed that is not known to. */
import { families, type Family } from './families.ts'
import type { Finding, Job, Result } from './job.ts'
import type { Report } from './outcome.ts'
import type { Failing } from './ratchet.ts'

export interface FailedCase extends Report {
  readonly file: string
}

export class Totals {
  readonly passed = new Map<Family, number>()
  readonly failed = new Map<Family, number>()
  readonly failures: FailedCase[] = []
  readonly findings: (Finding & { readonly file: string })[] = []
  readonly lost: { readonly file: string; readonly reason: string }[] = []
  /** The indexes of failing cases by file, for every file that was run. */
  readonly failing = new Map<string, Set<number>>()
  /** Lines for `--list`. */
  readonly list: string[] = []

  add({ family, file }: Job, { passed, failed, findings, names }: Result): void {
    const path = `${family}/${file}`
    this.#count(this.passed, family, passed.length)
    this.#count(this.failed, family, failed.length)
    for (const report of failed) this.failures.push({ ...report, file: path })
    for (const finding of findings) this.findings.push({ ...finding, file: path })
    this.failing.set(path, new Set(failed.map(({ index }) => index)))
    for (const index of passed) this.list.push(`pass ${path} ${index} ${names[index]}`)
    for (const { index, name } of failed) this.list.push(`fail ${path} ${index} ${name}`)
  }

  /** A file of which nothing is known counts as one failure. */
  lose({ family, file }: Job, reason: string): void {
    this.#count(this.failed, family, 1)
    this.lost.push({ file: `${family}/${file}`, reason })
  }

  #count(counts: Map<Family, number>, family: Family, by: number): void {
    counts.set(family, (counts.get(family) ?? 0) + by)
  }

  /** Failures that `known` does not have. */
  unknown(known: Failing): FailedCase[] {
    return this.failures.filter(({ file, index }) => !(known.get(file)?.has(index) ?? false))
  }

  /** Cases that pass although `known` has them. */
  mended(known: Failing): number {
    let count = 0
    for (const [file, failing] of this.failing)
      for (const index of known.get(file) ?? []) if (!failing.has(index)) count++
    return count
  }

  get isClean(): boolean {
    return this.failures.length + this.findings.length + this.lost.length === 0
  }

  /** `N passed, N failed` for each family that was run, and for all. */
  lines(): string[] {
    const ran = families.filter((family) => this.passed.has(family) || this.failed.has(family))
    const sum = (counts: Map<Family, number>): number =>
      [...counts.values()].reduce((a, b) => a + b, 0)
    const line = (passed: number, failed: number): string => `${passed} passed, ${failed} failed`
    return [
      ...ran.map(
        (family) =>
          `${family}: ${line(this.passed.get(family) ?? 0, this.failed.get(family) ?? 0)}`,
      ),
      line(sum(this.passed), sum(this.failed)),
    ]
  }
}

const short = (text: string, length: number): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length)}…`
}

/** One failing case in four lines. */
export function showFailure({ file, index, name, sql, verdict }: FailedCase): string[] {
  const { expected, got } = verdict!
  return [
    `  ${file} ${index} ${name}`,
    `      ${short(sql, 300)}`,
    `      expected ${short(expected, 300)}`,
    `      got      ${short(got, 300)}`,
  ]
}

/** All failing cases, those that fail alike together, the largest group first. */
export function showFailures(failures: readonly FailedCase[]): string[] {
  const groups = new Map<string, FailedCase[]>()
  for (const failure of failures) {
    const key = failure.verdict!.group
    if (groups.has(key)) groups.get(key)!.push(failure)
    else groups.set(key, [failure])
  }
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .flatMap(([group, members]) => [
      `${members.length} × ${group}`,
      ...members.flatMap((member) => showFailure(member)),
    ])
}
