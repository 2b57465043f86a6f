/** A chart as the text of an SVG file: of one width, on a background of its own, and with words for those who do not see it. */

import { isBesideOthers } from '../reports.mjs'

export const width = 860

export const colours = {
  paper: '#ffffff',
  edge: '#d0d7de',
  ink: '#1f2328',
  pale: '#59636e',
  line: '#e4e8ec',
  ours: '#0969da',
  others: '#9aa4af',
  cold: '#e08a3c',
}

export const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One line under a chart's title: day, machine and versions. */
export function source(run) {
  const { date, machine, node } = run
  const beside = isBesideOthers(machine.load, run)
    ? ` · beside other work, load ${machine.load}`
    : ''
  return `${date} · ${machine.processor}, ${machine.processors} processors · Node ${node.slice(1)}${beside}`
}

/** Without what only answers a pointer: it is a picture. */
function still(svg) {
  return svg
    .replace(/<style[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
}

/**
 * @param {object} echarts the library
 * @param {object} option a chart, in the library's words
 * @param {{ height: number, title: string, description: string }} about the title and the description are in the file, and not drawn
 */
export function render(echarts, option, { height, title, description }) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({
    animation: false,
    // Drawn here, because its corners are round.
    backgroundColor: 'transparent',
    textStyle: { fontFamily: font, color: colours.ink },
    ...option,
  })
  const drawn = still(chart.renderToSVGString())
  chart.dispose()
  const head = /^<svg [^>]*>/.exec(drawn)[0]
  const frame = `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.paper}" stroke="${colours.edge}"/>`
  return [
    head.replace('<svg ', '<svg role="img" aria-labelledby="title description" '),
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    frame,
    `${drawn.slice(head.length).trim()}\n`,
  ].join('\n')
}
