/** The lines of one function of a module, and of what it makes when the module is linked. */
import { Frame, flatten } from './block.ts'
import type { Lines } from './block.ts'

/** The lines of a factory: what it makes, and the function that it answers. */
export class Unit {
  readonly main: Frame
  readonly prologue: Lines = []
  readonly epilogue: string[] = []
  readonly body: Lines = []

  constructor(main: Frame) {
    this.main = main
  }
}

export function functionLines(
  { prologue, epilogue, main, body }: Unit,
  star: string,
  parameters: string,
  isWhole = true,
): string[] {
  const out: string[] = []
  if (isWhole) flatten(prologue, out)
  // In parentheses a function is compiled at once, not parsed now and again when it is called.
  out.push(`  return (function${star} (${parameters}) {`)
  flatten(main.head, out)
  if (epilogue.length === 0) flatten(body, out)
  else {
    out.push('    try {')
    const inner: string[] = []
    flatten(body, inner)
    for (const line of inner) out.push(`  ${line}`)
    out.push('    } finally {')
    for (const line of epilogue) out.push(`      ${line}`)
    out.push('    }')
  }
  out.push('  })')
  return out
}

/** Lines of a routine around each call of an activation. */
export interface Around {
  readonly before: readonly string[]
  /** What `after` takes back. */
  readonly entered: readonly string[]
  /** The body of a `catch (error)`; empty: there is none. */
  readonly caught: readonly string[]
  readonly after: readonly string[]
}

export const nothingAround: Around = { before: [], entered: [], caught: [], after: [] }

/** A function of the factory that runs activations: `idle` names those at hand, `make` what makes another. */
export function routineLines(unit: Unit, around: Around, idle: string, make: string): string[] {
  const { main } = unit
  const parameters = [...main.parameters.values()].map((parameter) => parameter.name).join(', ')
  const star = main.pauses ? '*' : ''
  const caught =
    around.caught.length === 0
      ? []
      : ['    } catch (error) {', ...around.caught.map((line) => `      ${line}`)]
  return [
    `  const ${idle} = []`,
    `  function ${make}() {`,
    ...functionLines(unit, star, parameters).map((line) => `  ${line}`),
    '  }',
    `  function${star} ${main.name}(${parameters}) {`,
    ...around.before.map((line) => `    ${line}`),
    `    const run = ${idle}.pop() ?? ${make}()`,
    '    try {',
    ...around.entered.map((line) => `      ${line}`),
    `      return ${star === '' ? '' : 'yield* '}run(${parameters})`,
    ...caught,
    '    } finally {',
    ...around.after.map((line) => `      ${line}`),
    // A call, for which the stack may have no room.
    `      ${idle}.push(run)`,
    '    }',
    '  }',
  ]
}

/** What is declared in the heads of the functions from `frame` out to `main`, but for what runs through `main`'s own. */
export function namesAround(frame: Frame, main: Frame, except: Lines): Set<string> {
  const names = new Set<string>()
  for (let around = frame; around !== main; around = around.parent!) {
    const lines: string[] = []
    flatten(
      around.head.filter((line) => line !== except),
      lines,
    )
    for (const line of lines) {
      const declared = /^\s*(?:let|const|function) (\w+)/.exec(line)
      if (declared !== null) names.add(declared[1]!)
    }
  }
  return names
}

export function namesAny(lines: readonly string[], names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false
  return lines.some((line) => line.match(/\w+/g)?.some((word) => names.has(word)) === true)
}
