/**
 * What the results of a benchmark look like as tables in Markdown. The programs print them when they have measured, and `npm run charts` puts those of the
 * results in `docs/charts/` into the documents.
 */
import { showRun } from './results.mjs'
import { formatTable, geometricMean, ratioOf, showRate, showRatio } from './table.mjs'

const inOrder = (rates, engines) => engines.map((engine) => rates[engine])
const namesOf = ({ engines }) => Object.keys(engines)

/** A line under a table: the day, the machine, the versions. */
export function footer(run) {
  return `*${showRun(run)}.*`
}

/** Whether others wanted the processors, too. */
export function isBesideOthers(load, { machine }) {
  return load > 1.5 * machine.processors
}

/** A mark for what was measured while others used the machine. */
const markOf = (load, run) => (isBesideOthers(load, run) ? '*' : '')

/** What the mark means, where one of the loads asks for it. */
function legend(loads, run, by = '') {
  const most = Math.max(0, ...loads)
  if (!isBesideOthers(most, run)) return ''
  return `\\* beside other work, at a load of up to ${most}${by}: less exact.\n\n`
}

/** A ratio of a workload of `bench:single`, `warm` or `cold`, with the mark. */
export function showMarkedRatio(workload, temperature, run) {
  const ratio = ratioOf(inOrder(workload[temperature], namesOf(run)))
  return showRatio(ratio) + markOf(workload.load[temperature] ?? 0, run)
}

/** A section of `bench:single`: all warm rates, and of the cold ones ours and the best of the others. */
export function singleTable({ workloads }, run) {
  const engines = namesOf(run)
  const { temperatures } = run
  const header = ['workload', 'unit']
  if (temperatures.includes('warm')) header.push(...engines, 'ratio to best')
  if (temperatures.includes('cold')) header.push('cold: chorusdb', 'best other', 'ratio to best')
  const rows = workloads.map((workload) => {
    const { name, unit, goal, warm, cold } = workload
    const cells = [name, unit]
    if (temperatures.includes('warm')) {
      const rates = inOrder(warm, engines)
      cells.push(...rates.map(showRate), showMarkedRatio(workload, 'warm', run))
    }
    if (temperatures.includes('cold')) {
      const rates = inOrder(cold, engines)
      if (Object.keys(cold).length === 0) return [...cells, '–', '–', '–', `≥ ${goal}`]
      const best = Math.max(0, ...rates.slice(1).filter((rate) => rate !== undefined)) || undefined
      cells.push(showRate(rates[0]), showRate(best), showMarkedRatio(workload, 'cold', run))
    }
    return [...cells, `≥ ${goal}`]
  })
  return formatTable([...header, 'goal'], rows)
}

/** All ratios of a run of `bench:single`, `warm` or `cold`, with the names of their workloads, and the load at which they were measured. */
function ratiosOf({ sections, ...run }, temperature) {
  return sections
    .flatMap(({ workloads }) => workloads)
    .map((workload) => ({
      name: workload.name,
      load: workload.load[temperature] ?? 0,
      ratio: ratioOf(inOrder(workload[temperature], namesOf(run))),
    }))
    .filter(({ ratio }) => ratio !== undefined)
}

/** What a run of `bench:single` comes to, in a line for each temperature. */
export function singleMeans(run) {
  const line = (temperature) => {
    const all = ratiosOf(run, temperature)
    if (all.length === 0) return `${temperature}: no ratio`
    const sorted = all.map(({ ratio }) => ratio).sort((a, b) => a - b)
    const median = showRatio(sorted[Math.floor(sorted.length / 2)])
    const mean = showRatio(geometricMean(sorted))
    const below = sorted.filter((ratio) => ratio < 1).length
    const disturbed = all.filter(({ load }) => isBesideOthers(load, run)).length
    const beside = disturbed === 0 ? '' : `; ${disturbed} of them measured beside other work`
    return `${temperature}: geometric mean of ${sorted.length} ratios ${mean}, median ${median}, least ${showRatio(sorted[0])}, ${below} below 1×${beside}`
  }
  return run.temperatures.map(line).join('\n')
}

const mebibytes = (bytes) => (bytes === undefined ? 'n/a' : (bytes / 2 ** 20).toFixed(0))

/** What the mark behind ratios of a section means, where there is one. */
export function singleLegend({ workloads }, run) {
  const isProcessor = workloads.some(({ processor }) => processor)
  const by = isProcessor ? ', by processor time of the thread' : ''
  return legend(
    workloads.flatMap(({ load }) => Object.values(load)),
    run,
    by,
  )
}

/** What the processes of `bench:single` had in memory at most. */
export function singleMemory(run) {
  const peaks = Object.entries(run.memory).map(
    ([engine, bytes]) => `${engine} ${mebibytes(bytes)} MiB`,
  )
  return `peak memory of the warm processes: ${peaks.join(', ')}`
}

/** Our rates and ratios by the number of rows. */
export function growthTable({ sizes, workloads }) {
  const header = ['workload', 'unit']
  for (const size of sizes) header.push(size.toLocaleString('en'), 'ratio')
  const rows = workloads.map(({ name, unit, results }) => {
    const cells = results.flatMap(({ rate, ratio }) => [showRate(rate), showRatio(ratio)])
    const [first, last] = [results[0].ratio, results.at(-1).ratio]
    const move = first === undefined || last === undefined ? undefined : last / first
    return [name, unit, ...cells, showRatio(move)]
  })
  return formatTable([...header, 'moves by'], rows)
}

export function growthMeans({ sizes, workloads, processor }) {
  const means = sizes.map((size, i) => {
    const ratios = workloads
      .map(({ results }) => results[i].ratio)
      .filter((ratio) => ratio !== undefined)
    const mean = ratios.length === 0 ? 'n/a' : showRatio(geometricMean(ratios))
    return `${size.toLocaleString('en')} rows: ${mean}`
  })
  const by = processor ? ', by processor time of the thread' : ''
  return `geometric means${by}: ${means.join(', ')}`
}

export function memoryTable({ cases, ...run }) {
  const engines = namesOf(run)
  const rows = cases.map(({ name, outcomes }) => {
    const all = inOrder(outcomes, engines)
    const cells = all.map((outcome) =>
      outcome === undefined
        ? 'n/a'
        : `${mebibytes(outcome.peak)} (${(outcome.ms / 1000).toFixed(1)} s)`,
    )
    const [ours, ...others] = all.map((outcome) => outcome?.peak)
    const least = Math.min(...others.filter((peak) => peak !== undefined))
    const ratio = ours === undefined || least === Infinity ? undefined : ours / least
    return [name, ...cells, showRatio(ratio)]
  })
  return formatTable(['case', ...engines, 'ours to the least'], rows)
}

/** What is promised of processes that commit: how far a share may be from an even one, and the longest wait. */
const fair = { share: 0.2, worstMs: 50 }

/** Rate, longest wait, and the parts of an even share that the processes got. */
function showOutcome(outcome) {
  if (outcome === undefined) return 'n/a'
  const { rate, worstMs, shares } = outcome
  const percent = (share) => (share * 100).toFixed(0)
  const parts =
    shares.length > 1 ? `, shares ${percent(shares[0])}–${percent(shares.at(-1))} %` : ''
  return `${(rate / 1000).toFixed(1)}k/s, worst ${worstMs.toFixed(0)} ms${parts}`
}

export function multiTable({ scenarios, ...run }) {
  const engines = namesOf(run)
  return formatTable(
    ['workload', ...engines, 'ratio to best'],
    scenarios.map(({ name, outcomes }) => {
      const all = inOrder(outcomes, engines)
      const ratio = ratioOf(all.map((outcome) => outcome?.rate))
      return [name, ...all.map(showOutcome), showRatio(ratio)]
    }),
  )
}

function showTimer(outcome) {
  if (outcome === undefined) return 'n/a'
  const { count, ms, longestMs } = outcome
  return `${((count / ms) * 1000).toFixed(0)} in a second, longest ${longestMs.toFixed(0)} ms, of ${(ms / 1000).toFixed(2)} s`
}

const showUs = (us) => (us === undefined ? 'n/a' : us.toFixed(us < 10 ? 1 : 0))

/** Timers while a statement runs, and what a `get` takes. */
export function asyncTables({ timers, latency, ...run }) {
  const engines = namesOf(run)
  const tables = []
  if (timers.length > 0) {
    const rows = timers.map(({ name, outcomes }) => [
      name,
      ...inOrder(outcomes, engines).map(showTimer),
    ])
    tables.push(formatTable(['a timer of 1 ms fires during', ...engines], rows))
  }
  if (Object.keys(latency).length > 0) {
    const kinds = [
      ['one after the other: mean', 'meanUs'],
      ['median', 'medianUs'],
      ['99 of 100 take at most', 'p99Us'],
      ['a hundred at once: each', 'togetherUs'],
    ]
    const rows = kinds.map(([name, key]) => [
      name,
      ...inOrder(latency, engines).map((outcome) => showUs(outcome?.[key])),
    ])
    tables.push(formatTable(['`get` by a key, in µs', ...engines], rows))
  }
  return tables.join('\n\n')
}

/** What has to be known about a whole run beside other work. */
export function runLegend(run) {
  const { load } = run.machine
  if (!isBesideOthers(load, run)) return ''
  return `Measured beside other work, at a load of ${load}: times and rates are worse than they would be, and ratios less exact.\n\n`
}

/** A sentence about this engine's fairness in the scenarios in which processes compete. */
export function multiFairness({ scenarios }) {
  const competing = scenarios.filter(({ outcomes }) => outcomes.chorusdb?.shares.length > 1)
  const unfair = competing.filter(({ outcomes: { chorusdb } }) => {
    const { shares, worstMs } = chorusdb
    return shares.some((share) => Math.abs(share - 1) > fair.share) || worstMs >= fair.worstMs
  })
  const wanted = `shares within ${fair.share * 100} % of an even one and no wait of ${fair.worstMs} ms`
  if (competing.length === 0) return `${wanted}: not looked at`
  if (unfair.length === 0) return `${wanted}: in all ${competing.length}`
  return `${wanted}: not in ${unfair.map(({ name }) => name).join('; ')}`
}

/** Processes of `bench:start`, in each Node: processor time, and what of it Node alone does not take; in ms, memory in MiB. */
export function startTable({ nodes, ...run }) {
  const header = ['process']
  for (const { node, load } of nodes)
    header.push(`Node ${node}${markOf(load, run)}`, 'above none', 'MiB')
  const names = new Set(nodes.flatMap(({ processes }) => processes.map(({ name }) => name)))
  const rows = [...names].map((name) => {
    const cells = nodes.flatMap(({ processes }) => {
      const none = processes.find((one) => one.name === 'none')
      const one = processes.find((one) => one.name === name)
      if (one === undefined) return ['n/a', 'n/a', 'n/a']
      return [one.cpu.toFixed(0), (one.cpu - none.cpu).toFixed(0), one.memory.toFixed(0)]
    })
    return [name, ...cells]
  })
  return formatTable(header, rows)
}

export function startLegend({ nodes, ...run }) {
  return legend(
    nodes.map(({ load }) => load),
    run,
  )
}

/** What is wanted of the first second of a process, and what it is. */
export function startGoals({ nodes }) {
  return nodes
    .map(({ node, processes }) => {
      const cpu = Object.fromEntries(processes.map(({ name, cpu }) => [name, cpu]))
      const above = (cpu['chorusdb, import'] - cpu.none).toFixed(0)
      const ratio =
        cpu['better-sqlite3'] === undefined ? undefined : cpu.chorusdb / cpu['better-sqlite3']
      return `Node ${node}: importing takes ${above} ms more than nothing (wanted: at most 25), the 21 statements ${showRatio(ratio)} what better-sqlite3 takes (at most 2×)`
    })
    .join('\n')
}
