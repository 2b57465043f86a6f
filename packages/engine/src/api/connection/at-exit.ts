/**
 * Connections that are closed when nobody does it: with the end of their thread, so that no log stays behind, and when the application
 * has lost its last reference to them, as better-sqlite3's are.
 *
 * The end is the event `exit` of the process, or of a worker. Listeners of the application may still use its databases then, so
 * ours is kept behind theirs. A thread that is terminated, and a process that is killed, say nothing: what they leave in the log is
 * found there by whoever opens the database next.
 */

export interface Closable {
  close(): void
  /** Closes it, whatever it is doing: nobody is going to go on with that. */
  closeAtExit(): void
  readonly handle: Handle
}

/**
 * Stands for a connection until it is closed. An object of its own, because what a `WeakRef` is made of stays until the event loop has
 * its turn: a loop that opens and closes databases must not keep them all.
 */
export interface Handle {
  connection: Closable | null
}

/** Those with files. The others are gone with their memory. */
const open = new Set<Closable>()

const lost = new FinalizationRegistry<WeakRef<Handle>>((ref) => {
  try {
    // It may still be at work for somebody else; then it stays to the end.
    ref.deref()?.connection?.close()
  } catch {
    // As before.
  }
})

function closeAll(): void {
  for (const connection of open) {
    try {
      connection.closeAtExit()
    } catch {
      // The next one is not to suffer from that, and there is nobody to tell.
    }
  }
  open.clear()
}

/** Has such a listener of ours, and of another copy of this package. */
const isLast: unique symbol = Symbol.for('chorusdb.closesAtExit')
Object.defineProperty(closeAll, isLast, { value: true })

let isListening = false

/** Behind all other listeners, also those that come later, but for those of other copies: two that want to be last would never come to an end. */
function listen(): void {
  if (isListening) return
  isListening = true
  process.on('exit', closeAll)
  process.on('newListener', (event, listener: { readonly [isLast]?: boolean }) => {
    if (event !== 'exit' || listener[isLast] === true) return
    queueMicrotask(() => {
      process.removeListener('exit', closeAll)
      process.on('exit', closeAll)
    })
  })
}

/** The connection has files open from now on. */
export function closesAtExit(connection: Closable): void {
  listen()
  open.add(connection)
}

/** It is closed. */
export function isClosed(connection: Closable): void {
  open.delete(connection)
  connection.handle.connection = null
}

/** `owner` is what the application holds of it. */
export function closesWith(owner: object, { handle }: Closable): void {
  lost.register(owner, new WeakRef(handle))
}
