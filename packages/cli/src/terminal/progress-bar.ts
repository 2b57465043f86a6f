/** A bar on standard error: how far something has come, how fast, and what time is left. It shows itself when that has taken a while. */
import { Presets, SingleBar } from 'cli-progress'
import type { Progress } from '../progress.ts'

/** What is done sooner needs no bar. */
const patienceMs = 300

export class ProgressBar implements Progress {
  readonly isShown = true
  #bar: SingleBar | null = null
  #title = ''
  #unit = ''
  #total = 0
  #done = 0
  #begin = 0

  begin(title: string, total: number, unit: string): void {
    this.#title = title
    this.#unit = unit
    this.#total = total
    this.#done = 0
    this.#begin = performance.now()
  }

  step(count = 1): void {
    this.#done += count
    // The clock is looked at now and then.
    if ((this.#done & 0xff) === 0 || count > 1) this.#show()
  }

  reach(done: number, total?: number): void {
    this.#done = done
    if (total !== undefined) this.#total = total
    this.#show()
  }

  end(): void {
    if (this.#bar === null) return
    this.#bar.update(this.#done, this.#payload())
    this.#bar.stop()
    this.#bar = null
  }

  #show(): void {
    if (this.#bar === null) {
      if (performance.now() - this.#begin < patienceMs) return
      this.#bar = new SingleBar(
        {
          stream: process.stderr,
          format: '{title} {bar} {percentage}% | {rate} | {left}',
          hideCursor: true,
          clearOnComplete: true,
          barsize: 30,
          fps: 10,
        },
        Presets.shades_classic,
      )
      this.#bar.start(Math.max(this.#total, 1), this.#done, this.#payload())
      return
    }
    this.#bar.setTotal(Math.max(this.#total, this.#done, 1))
    this.#bar.update(this.#done, this.#payload())
  }

  #payload(): { title: string; rate: string; left: string } {
    const seconds = Math.max(0.001, (performance.now() - this.#begin) / 1000)
    const rate = this.#done / seconds
    const left = rate > 0 && this.#total > 0 ? (this.#total - this.#done) / rate : 0
    return {
      title: this.#title,
      rate:
        this.#unit === 'bytes'
          ? `${(rate / 1e6).toFixed(1)} MB/s`
          : `${Math.round(rate)} ${this.#unit}/s`,
      left: left > 0 ? `${timeText(left)} left` : timeText(seconds),
    }
  }
}

/** `3 s`, `2:05 min`, `1:10 h`. */
function timeText(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (count: number): string => String(count).padStart(2, '0')
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`
}
