/** Plain tables for the benchmarks' output. */

export function showTable(header, rows) {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => String(row[i]).length)),
  )
  const line = (row) =>
    `| ${row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join(' | ')} |`
  console.log(line(header))
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const row of rows) console.log(line(row))
}

/** The first rate against the best of the others. */
export function ratio([ours, ...others]) {
  const best = Math.max(0, ...others.filter((rate) => rate !== undefined))
  return ours === undefined || best === 0 ? 'n/a' : `${(ours / best).toFixed(2)}×`
}

/** NaN of nothing. */
export function geometricMean(ratios) {
  return Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length)
}
