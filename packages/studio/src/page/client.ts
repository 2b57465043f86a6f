/** What the page asks its server for. The paths are relative: they stand below the token in the page's address. */
import type {
  CancelAnswer,
  CountAnswer,
  CountRequest,
  DatabaseInfo,
  EditAnswer,
  EditRequest,
  Failure,
  PlanAnswer,
  PlanRequest,
  RowsAnswer,
  RowsRequest,
  SessionRequest,
  SqlEvent,
  SqlRequest,
  TableDetails,
  ValueAnswer,
  ValueRequest,
} from '../protocol.ts'

/** An answer that is none. */
export class Failed extends Error {
  readonly code: string | null
  readonly kind: Failure['kind'] | 'gone'

  constructor({ code, message }: Failure, kind: Failure['kind'] | 'gone') {
    super(message)
    this.code = code
    this.kind = kind
  }
}

interface Calls {
  database: [Record<string, never>, DatabaseInfo]
  table: [{ table: string }, TableDetails]
  rows: [RowsRequest, RowsAnswer]
  count: [CountRequest, CountAnswer]
  value: [ValueRequest, ValueAnswer]
  edit: [EditRequest, EditAnswer]
  plan: [PlanRequest, PlanAnswer]
  cancel: [SessionRequest, CancelAnswer]
  end: [SessionRequest, null]
}

/** This page's name: its statements share a connection. */
export const session: string = crypto.randomUUID()

async function post(name: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`api/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal ?? null,
    })
  } catch (error) {
    const isAborted = signal?.aborted === true
    const message = isAborted
      ? 'cancelled'
      : 'The studio does not answer: it has been ended, or its machine sleeps.'
    throw new Failed(
      { code: null, message, kind: 'error' },
      isAborted || (error as Error).name === 'AbortError' ? 'cancelled' : 'gone',
    )
  }
  if (response.ok) return response
  const failure = (await response.json().catch(() => null)) as Failure | null
  if (failure === null) {
    throw new Failed({ code: null, message: response.statusText, kind: 'error' }, 'error')
  }
  throw new Failed(failure, failure.kind)
}

export async function call<Name extends keyof Calls>(
  name: Name,
  body: Calls[Name][0],
  signal?: AbortSignal,
): Promise<Calls[Name][1]> {
  const response = await post(name, body, signal)
  return (await response.json()) as Calls[Name][1]
}

/** Runs SQL, and hands over what happens as it happens. */
export async function runSql(
  request: SqlRequest,
  signal: AbortSignal,
  take: (events: SqlEvent[]) => void,
): Promise<void> {
  const response = await post('sql', request, signal)
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()!
    if (lines.length > 0) take(lines.map((line) => JSON.parse(line) as SqlEvent))
  }
}

/** An error for people. */
export function describeFailure(error: unknown): string {
  if (error instanceof Failed && error.code !== null) return `${error.message} (${error.code})`
  return error instanceof Error ? error.message : String(error)
}
