/**
 * How fast ChorusDB is by the best of the others, for each workload of a section: two bars, warm and cold, on a scale on which twice as fast is as far from
 * the middle as half as fast.
 */
import { showMarkedRatio } from '../reports.mjs'
import { ratioOf } from '../table.mjs'
import { colours, render, source } from './svg.mjs'

/** Bars end there; what is written beside them is right. */
const farthest = 32

const rowHeight = 34
const top = 96
const bottom = 36

/** Of each workload the ratio, and what is written beside its bar. */
function barsOf({ workloads }, run, temperature) {
  return workloads.map((workload) => ({
    name: workload.name,
    ratio: ratioOf(Object.keys(run.engines).map((engine) => workload[temperature][engine])),
    text: showMarkedRatio(workload, temperature, run),
  }))
}

const within = (ratio) => Math.min(farthest, Math.max(1 / farthest, ratio))

function series(name, bars, colour) {
  return {
    name,
    type: 'bar',
    barWidth: 10,
    barGap: '30%',
    itemStyle: { color: colour },
    data: bars.map(({ ratio, text }) => ({
      value: ratio === undefined ? 0 : Math.log2(within(ratio)),
      label: {
        show: ratio !== undefined,
        position: ratio !== undefined && ratio < 1 ? 'left' : 'right',
        formatter: text,
        fontSize: 10,
        color: colours.ink,
        // A bar that is longer must not make it unreadable.
        textBorderColor: colours.paper,
        textBorderWidth: 2,
      },
    })),
  }
}

const shown = (exponent) => (exponent < 0 ? `1/${2 ** -exponent}×` : `${2 ** exponent}×`)

/** @param {object} section of the results of `bench:single` */
export function drawRatios(echarts, section, run) {
  const warm = barsOf(section, run, 'warm')
  const cold = barsOf(section, run, 'cold')
  const all = [...warm, ...cold].map(({ ratio }) => ratio).filter((ratio) => ratio !== undefined)
  const least = within(Math.min(0.5, ...all))
  const most = within(Math.max(2, ...all))
  const others = Object.keys(run.engines).slice(1).join(', ')
  const mark = [...warm, ...cold].some(({ text }) => text.endsWith('*'))
    ? ' · * beside other work'
    : ''
  const height = top + bottom + rowHeight * warm.length
  const option = {
    title: {
      text: section.title,
      subtext: `speed of ChorusDB by the best of ${others}; right of 1× it is faster\n${source(run)}${mark}`,
      left: 20,
      top: 14,
      padding: 0,
      itemGap: 6,
      textStyle: { fontSize: 17, color: colours.ink },
      subtextStyle: { fontSize: 11.5, lineHeight: 16, color: colours.pale },
    },
    legend: {
      right: 20,
      top: 16,
      itemWidth: 12,
      itemHeight: 9,
      data: ['warm', 'cold'],
      textStyle: { color: colours.ink },
    },
    grid: { left: 284, right: 64, top, bottom },
    xAxis: {
      type: 'value',
      // A place for what is written beside the bars.
      min: Math.floor(Math.log2(least) - 0.35),
      max: Math.ceil(Math.log2(most)),
      interval: 1,
      axisLabel: { formatter: shown, color: colours.pale },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: warm.map(({ name }) => name),
      axisTick: { show: false },
      axisLine: { onZero: true, lineStyle: { color: colours.ink, width: 1 } },
      axisLabel: { interval: 0, fontSize: 11.5, color: colours.ink, margin: 8 },
      offset: 0,
    },
    series: [series('warm', warm, colours.ours), series('cold', cold, colours.cold)],
  }
  const lines = warm.map(({ name, text }, i) => `${name}: warm ${text}, cold ${cold[i].text}`)
  return render(echarts, option, {
    height,
    title: `${section.title}: speed of ChorusDB by the best of ${others}`,
    description: `${source(run)}. ${lines.join('; ')}.`,
  })
}
