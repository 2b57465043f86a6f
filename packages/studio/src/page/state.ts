/** What all views know together. */
import { computed, effect, signal } from '@preact/signals'
import type { DatabaseInfo, LiveState } from '../protocol.ts'
import { call, describeFailure, session } from './client.ts'

export type Route =
  | { readonly view: 'tables' }
  | { readonly view: 'table'; readonly table: string; readonly part: 'rows' | 'structure' }
  | { readonly view: 'sql' }
  | { readonly view: 'plan' }
  | { readonly view: 'processes' }

function routeOf(hash: string): Route {
  const [view, table, part] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  if (view === 'sql' || view === 'plan' || view === 'processes') return { view }
  if (view === 'table' && table) {
    return { view, table, part: part === 'structure' ? 'structure' : 'rows' }
  }
  return { view: 'tables' }
}

export function hashOf(route: Route): string {
  if (route.view !== 'table') return `#/${route.view}`
  return `#/table/${encodeURIComponent(route.table)}/${route.part}`
}

export const route = signal<Route>(routeOf(location.hash))
addEventListener('hashchange', () => (route.value = routeOf(location.hash)))

export function go(to: Route): void {
  location.hash = hashOf(to)
}

/** Null: it is not here yet. */
export const database = signal<DatabaseInfo | null>(null)
/** Why it is not here; null: nothing is wrong. */
export const trouble = signal<string | null>(null)

export async function loadDatabase(): Promise<void> {
  try {
    database.value = await call('database', {})
    trouble.value = null
  } catch (error) {
    trouble.value = describeFailure(error)
  }
}

/** The newest state; null: none has come. */
export const live = signal<LiveState | null>(null)
/** Whether the server is there. */
export const isConnected = signal(true)
/** Changes with each commit. */
export const dataVersion = computed(() => live.value?.dataVersion ?? 0)
const schemaVersion = computed(() => live.value?.schemaVersion ?? null)

/** One point of the log's chart. */
export interface LogPoint {
  /** In seconds since 1970. */
  readonly at: number
  readonly frames: number
  /** Null: not known. */
  readonly backfilled: number | null
  readonly bytes: number
}

const mostPoints = 600
export const logPoints = signal<readonly LogPoint[]>([])

/** Looks until the page is closed. */
export function watchLive(): void {
  const events = new EventSource(`api/live?session=${session}`)
  events.addEventListener('open', () => (isConnected.value = true))
  events.addEventListener('error', () => (isConnected.value = false))
  events.addEventListener('message', ({ data }) => {
    const state = JSON.parse(data as string) as LiveState
    live.value = state
    isConnected.value = true
    const { at, wal } = state.status
    const point = {
      at: at / 1000,
      frames: wal.frames,
      backfilled: wal.backfilledFrames,
      bytes: wal.bytes,
    }
    logPoints.value = [...logPoints.value.slice(1 - mostPoints), point]
  })
  events.addEventListener('trouble', ({ data }: MessageEvent<string>) => {
    trouble.value = JSON.parse(data) as string
  })
  // Tables come and go, by whatever process.
  let known: number | null = null
  effect(() => {
    const version = schemaVersion.value
    if (known !== null && version !== null && version !== known) void loadDatabase()
    known = version
  })
}

/** The text of the SQL editor; it stays while the page does. */
export const sqlText = signal(sessionStorage.getItem('sql') ?? '')
effect(() => sessionStorage.setItem('sql', sqlText.value))

/** What is said to who does not look: by screen readers, and for a moment at the edge of the page. */
export const notice = signal<{ readonly text: string; readonly isError: boolean } | null>(null)
let noticeTimer: ReturnType<typeof setTimeout> | undefined

export function say(text: string, isError = false): void {
  clearTimeout(noticeTimer)
  notice.value = { text, isError }
  noticeTimer = setTimeout(() => (notice.value = null), isError ? 10_000 : 4000)
}
