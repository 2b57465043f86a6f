/** The size of the log over the last minutes, by uPlot. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot, { type AlignedData, type Options } from 'uplot'
import { logPoints, type LogPoint } from './state.ts'
import { countText } from './values.ts'

const height = 200
/** So much is seen, less in the first minutes. */
const windowSeconds = { least: 60, most: 300 }

export function LogChart(): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const [scheme, setScheme] = useState(0)
  const points = logPoints.value

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const change = (): void => setScheme((n) => n + 1)
    dark.addEventListener('change', change)
    return () => dark.removeEventListener('change', change)
  }, [])

  useEffect(() => {
    const element = host.current!
    const made = new uPlot(optionsFor(element), dataOf(logPoints.value), element)
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [scheme])
  useEffect(() => chart.current?.setData(dataOf(points)), [points])

  const last = points.at(-1)
  const summary =
    last === undefined
      ? 'No data yet'
      : `${countText(last.frames)} frames in the log, ${countText(last.backfilled ?? 0)} of them copied back`
  return (
    <figure class="log-chart" role="img" aria-label={`Growth of the log: ${summary}`}>
      <div ref={host} />
      <figcaption>
        <span class="legend frames">frames in the log</span>
        <span class="legend backfilled">copied back by checkpoints</span>
      </figcaption>
    </figure>
  )
}

function dataOf(points: readonly LogPoint[]): AlignedData {
  return [
    points.map(({ at }) => at),
    points.map(({ frames }) => frames),
    points.map(({ backfilled }) => backfilled),
  ]
}

const times = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

function timeText(seconds: number): string {
  return times.format(new Date(seconds * 1000)).replace(/:00$/, '')
}

function optionsFor(element: HTMLElement): Options {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1, size: 4 },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    padding: [8, 12, 0, 0],
    scales: {
      x: {
        time: true,
        range: (_chart, min, max) => {
          const { least, most } = windowSeconds
          return [max - Math.min(most, Math.max(least, max - min)), max]
        },
      },
      y: { range: (_chart, _min, max) => [0, Math.max(10, Math.ceil(max * 1.15))] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        values: (_chart, ticks) => ticks.map((tick) => timeText(tick)),
      },
      {
        ...axis,
        size: 52,
        values: (_chart, ticks) =>
          ticks.map((tick) => (Number.isInteger(tick) ? countText(tick) : '')),
      },
    ],
    series: [
      {},
      {
        label: 'frames',
        stroke: colour('--chart-1'),
        fill: colour('--chart-1-fill'),
        width: 2,
        points: { show: false },
      },
      {
        label: 'copied back',
        stroke: colour('--chart-2'),
        fill: colour('--chart-2-fill'),
        width: 2,
        points: { show: false },
      },
    ],
  }
}
