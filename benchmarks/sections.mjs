/** All workloads of `bench:single`, in the parts in which they are shown. */
import { isMeant } from './options.mjs'
import { questions } from './workloads-questions.mjs'
import { reads } from './workloads-reads.mjs'
import { rowWrites } from './workloads-rows.mjs'
import { setWrites } from './workloads-sets.mjs'

export const sections = [
  { id: 'reads', title: 'Reads', workloads: reads },
  { id: 'questions', title: 'Joins on real databases, and TPC-H', workloads: questions },
  { id: 'rows', title: 'Writes, a statement for each row', workloads: rowWrites },
  { id: 'sets', title: 'Writes, many rows in one statement', workloads: setWrites },
]

export function findWorkload(name) {
  const found = sections.flatMap(({ workloads }) => workloads).find((one) => one.name === name)
  if (found === undefined) throw new Error(`no workload '${name}'`)
  return found
}

/** The sections with those of their workloads that are meant by a section's id or a part of a name; without those in which none is. */
export function sectionsWith(patterns) {
  const ids = new Set(patterns.filter((pattern) => sections.some(({ id }) => id === pattern)))
  const parts = patterns.filter((pattern) => !ids.has(pattern))
  return sections
    .map((section) => ({
      ...section,
      workloads: section.workloads.filter(
        ({ name }) => ids.has(section.id) || isMeant(name, parts),
      ),
    }))
    .filter(({ workloads }) => workloads.length > 0)
}

/** The larger of two numbers under each name. */
function most(one, other) {
  const all = { ...one }
  for (const [name, value] of Object.entries(other)) all[name] = Math.max(value, all[name] ?? 0)
  return all
}

/** Results with what earlier ones have of workloads, or of one of their temperatures, that were not measured now. */
export function withEarlier(results, earlier) {
  if (earlier === undefined) return results
  const all = (of) =>
    new Map(of.flatMap(({ workloads }) => workloads).map((one) => [one.name, one]))
  const [now, before] = [all(results.sections), all(earlier.sections)]
  const merge = (name) => {
    const [newer, older] = [now.get(name), before.get(name)]
    if (newer === undefined || older === undefined) return newer ?? older
    const merged = { ...newer, load: { ...older.load, ...newer.load } }
    for (const temperature of ['warm', 'cold'])
      if (newer.load[temperature] === undefined) merged[temperature] = older[temperature]
    return merged
  }
  const kept = sections.map(({ id, title, workloads }) => ({
    id,
    title,
    workloads: workloads.map(({ name }) => merge(name)).filter((one) => one !== undefined),
  }))
  const temperatures = ['warm', 'cold'].filter(
    (one) => results.temperatures.includes(one) || earlier.temperatures.includes(one),
  )
  return {
    ...results,
    temperatures,
    sections: kept.filter(({ workloads }) => workloads.length > 0),
    memory: most(earlier.memory, results.memory),
  }
}
