/**
 * What all connections of a pool have in common: PRAGMAs that say what a connection is like, and functions, aggregates, collations and tables
 * that were defined. Each connection makes up for what it has not heard of before its next call.
 */
import type { Lane } from './lane.ts'

export class Settings {
  /** The PRAGMA that was last given, by what it is about. */
  readonly #pragmas = new Map<string, string>()
  readonly #definitions: ((lane: Lane) => void)[] = []
  #version = 0

  /** A PRAGMA that one of the connections has been given. */
  note(about: string, sql: string): void {
    this.#pragmas.delete(about)
    this.#pragmas.set(about, sql)
    this.#version++
  }

  /** Something that one of the connections has been taught. */
  define(teach: (lane: Lane) => void): void {
    this.#definitions.push(teach)
  }

  /** Tells a connection, which is about to run something. */
  tell(lane: Lane): void {
    for (; lane.definitionsSeen < this.#definitions.length; lane.definitionsSeen++) {
      this.#definitions[lane.definitionsSeen]!(lane)
    }
    if (lane.settingsSeen === this.#version) return
    for (const sql of this.#pragmas.values()) lane.connection.exec(sql)
    lane.settingsSeen = this.#version
  }
}
