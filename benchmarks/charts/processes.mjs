/** What several processes do on one file: for each scenario a bar of each engine, and what the slowest commit and the unluckiest process had. */
import { colours, render, source } from './svg.mjs'

const barHeight = 19
const between = 34
const top = 84
const bottom = 16

const rate = (perSecond) =>
  perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)}M/s` : `${(perSecond / 1000).toFixed(1)}k/s`

/** What stands beside a bar. */
function words(outcome) {
  if (outcome === undefined) return 'n/a'
  const { shares, worstMs } = outcome
  const least = shares.length > 1 ? `, least share ${Math.round(shares[0] * 100)} %` : ''
  return `${rate(outcome.rate)}, longest wait ${Math.round(worstMs)} ms${least}`
}

/** @param {object} run the results of `bench:multi` */
export function drawProcesses(echarts, run) {
  const engines = Object.keys(run.engines)
  const { scenarios } = run
  const blockHeight = barHeight * engines.length
  const topOf = (i) => top + i * (blockHeight + between) + 22
  const height = topOf(scenarios.length) - between - 22 + 22 + bottom
  const titleOf = (text, rest) => ({
    text,
    left: 20,
    padding: 0,
    textStyle: { color: colours.ink },
    ...rest,
  })
  const option = {
    title: [
      titleOf('Several processes on one file', {
        subtext: `operations a second, ${run.durationMs / 1000} s each; a share of 100 % is an even one\n${source(run)}`,
        top: 14,
        itemGap: 6,
        textStyle: { fontSize: 17, color: colours.ink },
        subtextStyle: { fontSize: 11.5, lineHeight: 16, color: colours.pale },
      }),
      ...scenarios.map(({ name }, i) =>
        titleOf(name, {
          top: topOf(i) - 20,
          textStyle: { fontSize: 12.5, color: colours.ink },
        }),
      ),
    ],
    grid: scenarios.map((_, i) => ({ left: 120, right: 310, top: topOf(i), height: blockHeight })),
    xAxis: scenarios.map((_, i) => ({
      gridIndex: i,
      type: 'value',
      min: 0,
      show: false,
      max: Math.max(...engines.map((engine) => scenarios[i].outcomes[engine]?.rate ?? 0)) || 1,
    })),
    yAxis: scenarios.map((_, i) => ({
      gridIndex: i,
      type: 'category',
      inverse: true,
      data: engines,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.edge } },
      axisLabel: { interval: 0, fontSize: 11, color: colours.ink },
    })),
    series: scenarios.map(({ outcomes }, i) => ({
      type: 'bar',
      xAxisIndex: i,
      yAxisIndex: i,
      barWidth: 11,
      data: engines.map((engine, k) => ({
        value: outcomes[engine]?.rate ?? 0,
        itemStyle: { color: k === 0 ? colours.ours : colours.others },
        label: {
          show: true,
          position: 'right',
          formatter: words(outcomes[engine]),
          fontSize: 10.5,
          color: colours.pale,
        },
      })),
    })),
  }
  const lines = scenarios.map(
    ({ name, outcomes }) =>
      `${name}: ${engines.map((engine) => `${engine} ${words(outcomes[engine])}`).join(', ')}`,
  )
  return render(echarts, option, {
    height,
    title: 'Several processes on one file: operations a second, longest waits and shares',
    description: `${source(run)}. ${lines.join('; ')}.`,
  })
}
