/** Plain tables for the benchmarks' output. */

/** In Markdown: the first column to the left, numbers to the right. */
export function formatTable(header, rows) {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => String(row[i]).length)),
  )
  const line = (row) =>
    `| ${row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join(' | ')} |`
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`,
  )
  return [line(header), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}

export function showTable(header, rows) {
  console.log(formatTable(header, rows))
}

/** The first rate against the best of the others; `undefined` where one of the two is not there. */
export function ratioOf([ours, ...others]) {
  const best = Math.max(0, ...others.filter((rate) => rate !== undefined))
  return ours === undefined || best === 0 ? undefined : ours / best
}

export function showRatio(ratio) {
  if (ratio === undefined) return 'n/a'
  return `${ratio.toFixed(ratio < 0.1 ? 3 : ratio < 100 ? 2 : 0)}×`
}

export function ratio(rates) {
  return showRatio(ratioOf(rates))
}

export function showRate(rate) {
  if (rate === undefined) return 'n/a'
  if (rate >= 1e9) return '> 1G'
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)}M`
  if (rate >= 1e4) return `${(rate / 1e3).toFixed(0)}k`
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2)
}

/** NaN of nothing. */
export function geometricMean(ratios) {
  return Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length)
}
