/**
 * Puts tables and sentences of the results into documents: between a line `<!-- results: NAME -->` and the next `<!-- end of results -->` stands what is
 * made of them, and nothing else.
 */
import {
  footer,
  growthMeans,
  growthTable,
  memoryTable,
  multiFairness,
  multiTable,
  runLegend,
  singleLegend,
  singleMeans,
  singleMemory,
  singleTable,
  startGoals,
  startLegend,
  startTable,
} from '../reports.mjs'

const list = (text) =>
  text
    .split('\n')
    .map((line) => `- ${line}`)
    .join('\n')

/**
 * @param {Record<string, object | undefined>} results by the benchmarks' names
 * @returns {Record<string, string>} what can be made of them, by its name
 */
export function textsOf({ single, growth, memory, start, multi }) {
  const texts = {}
  if (single !== undefined) {
    for (const section of single.sections)
      texts[section.id] =
        `${singleTable(section, single)}\n\n${singleLegend(section, single)}${footer(single)}`
    texts['single-means'] = `${list(singleMeans(single))}\n- ${singleMemory(single)}`
  }
  if (growth !== undefined)
    texts.growth = `${growthTable(growth)}\n\n${list(growthMeans(growth))}\n\n${runLegend(growth)}${footer(growth)}`
  if (memory !== undefined)
    texts.memory = `${memoryTable(memory)}\n\n${runLegend(memory)}${footer(memory)}`
  if (start !== undefined)
    texts.start = `${startTable(start)}\n\n${list(startGoals(start))}\n\n${startLegend(start)}${footer(start)}`
  if (multi !== undefined)
    texts.multi = `${multiTable(multi)}\n\n- ${multiFairness(multi)}\n\n${runLegend(multi)}${footer(multi)}`
  return texts
}

const place = /(<!-- results: ([\w-]+) -->\n)[\s\S]*?(\n<!-- end of results -->)/g

/** The document with what is there put into its places; the others stay as they are. */
export function fill(document, texts) {
  return document.replace(place, (found, begin, name, end) =>
    texts[name] === undefined ? found : `${begin}\n${texts[name]}\n${end}`,
  )
}
