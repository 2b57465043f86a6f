/** `Session`: there are none, for `createSession` is refused. The class is there for those who ask whether something is one. */
import { notSupported } from '../../base/error.ts'
import { asNodes, illegalConstructor, invalidArgType } from './errors.ts'
import type { SessionConstructor, Session as SessionFace } from './face.ts'
import { isObject } from './options.ts'

const Changes = class Session {
  constructor() {
    throw illegalConstructor()
  }

  changeset(): never {
    throw notSupported('changeset()')
  }

  patchset(): never {
    throw notSupported('patchset()')
  }

  close(): never {
    throw notSupported('close() of a session')
  }

  [Symbol.dispose](): void {}
}

export type Session = SessionFace

/** The class of sessions, of which there are none here: `createSession` is refused. */
export const Session: SessionConstructor = asNodes(
  Changes,
  () => false,
  illegalConstructor,
) as SessionConstructor

/** What `createSession` is called with, before it is refused. */
export function checkSessionOptions(args: readonly unknown[]): void {
  if (args.length === 0) return
  const [options] = args
  if (!isObject(options)) throw invalidArgType('The "options" argument must be an object.')
  for (const key of ['table', 'db']) {
    if (Object.hasOwn(options, key) && typeof options[key] !== 'string') {
      throw invalidArgType(`The "options.${key}" argument must be a string.`)
    }
  }
}

/** The same for `applyChangeset`. */
export function checkChangesetOptions(options: unknown): void {
  if (options === undefined) return
  if (!isObject(options)) throw invalidArgType('The "options" argument must be an object.')
  const { onConflict } = options
  if (onConflict !== undefined && typeof onConflict !== 'function') {
    throw invalidArgType('The "options.onConflict" argument must be a function.')
  }
  if (Object.hasOwn(options, 'filter') && typeof options['filter'] !== 'function') {
    throw invalidArgType('The "options.filter" argument must be a function.')
  }
}
