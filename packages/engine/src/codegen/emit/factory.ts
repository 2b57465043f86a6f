/** Source to functions: the only place that compiles JavaScript. */
import type { Value } from '../../record/index.ts'

type Factory = (...slots: unknown[]) => (params: readonly Value[]) => unknown

const factories = new Map<string, Factory>()

const maxFactories = 1000

/** A longer source is hardly shared, and not worth its memory. */
const longestShared = 65_536

/** The factory for a source: made once, then shared by all programs that have it. */
export function factoryOf(names: readonly string[], source: string): Factory {
  const key = `${names.join()}\n${source}`
  const known = factories.get(key)
  if (known !== undefined) return known
  const factory = new Function(...names, source) as Factory
  if (key.length > longestShared) return factory
  if (factories.size >= maxFactories) factories.clear()
  factories.set(key, factory)
  return factory
}
