/** Who has the database open, and what each does: who writes, who waits, which reader pins which frame, how the log grows and what holds it up. */
import type { ComponentChildren, JSX } from 'preact'
import type { CheckpointStatus, DatabaseStatus, ProcessStatus } from '../../../engine/src/index.ts'
import { LogChart } from './log-chart.tsx'
import { live } from './state.ts'
import { counted, countText, durationText, sizeText } from './values.ts'

export function ProcessesView(): JSX.Element {
  const status = live.value?.status
  if (status === undefined) return <p class="empty">Looking…</p>
  const writer = status.processes.find(({ roles }) => roles.includes('writer'))
  return (
    <div class="processes-view">
      <div class="cards">
        <Card title="Mode">
          <strong>{modes[status.mode]}</strong>
          <span class="muted">
            {counted(status.processes.length, 'process', 'processes')}
            {status.otherHolders ? ` and ${countText(status.otherHolders)} unknown` : ''}
          </span>
        </Card>
        <Card title="Writing">
          <strong>{writer === undefined ? 'Nobody' : nameOf(writer)}</strong>
          <span class={status.writerWaiting ? 'warn-text' : 'muted'}>
            {status.writerWaiting ? 'Somebody waits for it' : 'Nobody waits'}
          </span>
        </Card>
        <Card title="Log">
          <strong>{counted(status.wal.frames, 'frame')}</strong>
          <span class="muted">
            {sizeText(status.wal.bytes)} · {counted(status.wal.restarts, 'restart')}
          </span>
        </Card>
        <Card title="Database">
          <strong>{sizeText(status.database.bytes)}</strong>
          <span class="muted">
            {counted(status.database.pageCount, 'page')} of {sizeText(status.database.pageSize)}
          </span>
        </Card>
        <Card title="Last checkpoint">
          <Checkpoint checkpoint={status.lastCheckpoint} now={status.at} />
        </Card>
      </div>
      {status.problem !== null && (
        <p class="failure bar" role="alert">
          {status.problem}
        </p>
      )}
      <section>
        <h3>
          Processes <span class="muted">{countText(status.processes.length)}</span>
        </h3>
        <Processes status={status} />
      </section>
      <section>
        <h3>Growth of the log</h3>
        <LogChart />
      </section>
      <section>
        <h3>
          Readers in the log <span class="muted">{countText(status.readers.length)}</span>
        </h3>
        <Pins status={status} />
      </section>
      {status.deadProcesses.length > 0 && (
        <section>
          <h3>Ended without closing</h3>
          <ul class="objects">
            {status.deadProcesses.map(({ pid, statement, openedAt }) => (
              <li key={`${pid} ${openedAt}`}>
                <p>
                  <strong class="mono">{pid}</strong>{' '}
                  <span class="muted">opened it {timeOf(openedAt)}</span>
                </p>
                {statement !== null && <code class="statement">{statement.text}</code>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

const modes: Readonly<Record<DatabaseStatus['mode'], string>> = {
  'multi-process': 'Several processes',
  'single-process': 'One process',
  sqlite: 'SQLite has it open',
  closed: 'Closed',
  memory: 'In memory',
}

interface CardProps {
  readonly title: string
  readonly children: ComponentChildren
}

function Card({ title, children }: CardProps): JSX.Element {
  return (
    <div class="card">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

interface CheckpointProps {
  readonly checkpoint: CheckpointStatus | null
  readonly now: number
}

function Checkpoint({ checkpoint, now }: CheckpointProps): JSX.Element {
  if (checkpoint === null) return <strong>None yet</strong>
  const { mode, at, checkpointedFrames, logFrames, limitedBy } = checkpoint
  return (
    <>
      <strong>
        {countText(checkpointedFrames)} of {counted(logFrames, 'frame')}
      </strong>
      <span class="muted">
        {mode}, {durationText(Math.max(0, now - at))} ago
      </span>
      {limitedBy !== null && (
        <span class="warn-text">
          held up by a {limitedBy.kind}
          {limitedBy.pid !== null && `, process ${limitedBy.pid}`}
          {limitedBy.frame !== null && `, at frame ${countText(limitedBy.frame)}`}
        </span>
      )}
    </>
  )
}

/** The log as a line from its first frame to its last, with what is copied back, and the frames that readers stand on. */
function Pins({ status }: { readonly status: DatabaseStatus }): JSX.Element {
  const { wal, readers } = status
  const share = (frame: number): string =>
    wal.frames === 0 ? '0%' : `${Math.min(100, (frame / wal.frames) * 100)}%`
  return (
    <div class="pins">
      <div
        class="pin-lane"
        role="img"
        aria-label={`${counted(wal.frames, 'frame')}, ${countText(wal.backfilledFrames ?? 0)} copied back`}
      >
        <div class="pin-backfilled" style={{ width: share(wal.backfilledFrames ?? 0) }} />
        {readers.map(({ slot, frame, guard }) => (
          <div key={slot} class={`pin${guard ? ' guard' : ''}`} style={{ left: share(frame) }}>
            <span>{slot}</span>
          </div>
        ))}
      </div>
      <div class="pin-scale muted" aria-hidden="true">
        <span>0</span>
        <span>{counted(wal.frames, 'frame')}</span>
      </div>
      {readers.length === 0 ? (
        <p class="muted">Nobody reads at this moment: a checkpoint can copy all of the log.</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Readers">
          <table class="list compact">
            <thead>
              <tr>
                <th class="number">Slot</th>
                <th>Process</th>
                <th class="number">Frame</th>
                <th class="number">Frames behind</th>
                <th>For</th>
              </tr>
            </thead>
            <tbody>
              {readers.map(({ slot, pid, frame, framesBehind, guard, engine }) => {
                const process = status.processes.find((each) => each.pid === pid)
                const since = process?.transaction?.since
                return (
                  <tr key={slot}>
                    <td class="number">{slot}</td>
                    <td>
                      {pid ?? 'unknown'} {engine === 'peer' && <span class="tag">peer</span>}
                      {guard && <span class="tag">guard</span>}
                    </td>
                    <td class="number">{countText(frame)}</td>
                    <td class="number">{countText(framesBehind)}</td>
                    <td>{since === undefined ? '' : durationText(status.at - since)}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

function Processes({ status }: { readonly status: DatabaseStatus }): JSX.Element {
  if (status.processes.length === 0) return <p class="muted">Nobody has it open.</p>
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Processes">
      <table class="list">
        <thead>
          <tr>
            <th>Process</th>
            <th>Holds</th>
            <th>Transaction</th>
            <th>Statement</th>
            <th>Open for</th>
          </tr>
        </thead>
        <tbody>
          {status.processes.map((process, i) => (
            <ProcessRow key={process.pid ?? `unknown ${i}`} process={process} now={status.at} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface ProcessRowProps {
  readonly process: ProcessStatus
  readonly now: number
}

function ProcessRow({ process, now }: ProcessRowProps): JSX.Element {
  const { pid, engine, version, self, roles, slots, connections, stopped } = process
  const { readonly, statement, transaction, ageMs } = process
  return (
    <tr>
      <td class="who-cell">
        <strong class="mono">{pid ?? 'unknown'}</strong> {self && <span class="tag">studio</span>}
        <div class="muted small-text">
          {engine}
          {version !== null && ` ${version}`}
          {connections !== null && `, ${counted(connections, 'connection')}`}
          {readonly === true && ', read-only'}
        </div>
      </td>
      <td class="holds-cell">
        {stopped === true && <span class="tag bad">stopped</span>}
        {roles.length === 0 && slots.length === 0 && <span class="muted">nothing</span>}
        {roles.map((role) => (
          <span key={role} class={`tag role-${role}`}>
            {role}
            {role === 'reader' && slots.length > 0 && ` ${slots.join(', ')}`}
          </span>
        ))}
      </td>
      <td>
        {transaction === null ? (
          <span class="muted">–</span>
        ) : (
          <>
            {transaction.kind} <span class="muted">{durationText(now - transaction.since)}</span>
          </>
        )}
      </td>
      <td class="statement-cell">
        {statement === null ? (
          <span class="muted">–</span>
        ) : (
          <>
            <code class="statement">{statement.text}</code>{' '}
            <span class="muted">{durationText(now - statement.since)}</span>
          </>
        )}
      </td>
      <td>{ageMs === null ? <span class="muted">not known</span> : durationText(ageMs)}</td>
    </tr>
  )
}

function nameOf({ pid, self }: ProcessStatus): string {
  return self ? 'This studio' : `Process ${pid ?? 'unknown'}`
}

function timeOf(ms: number): string {
  return new Date(ms).toLocaleTimeString()
}
