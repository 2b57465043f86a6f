/**
 * The order in which SQLite comes to the tables of a schema where it takes them all: that of its hash table of names. It shows in the rows of
 * `PRAGMA table_list`, `integrity_check` and others. (`hash.c` of SQLite.)
 *
 * The elements are one list; a bucket is a run of it. A new element comes first in its bucket, or first of all where its bucket is empty. While
 * there are few there are no buckets, so the newest comes first.
 */
import { encodeText } from '../record/index.ts'
import type { Schema, Table } from './table.ts'

interface Element {
  readonly name: string
  readonly hash: number
  next: Element | null
  previous: Element | null
}

interface Bucket {
  first: Element | null
}

/** As many buckets as fit into a kilobyte. */
const mostBuckets = 64
/** So many elements do without buckets. */
const fewElements = 4

class NameList {
  #first: Element | null = null
  #buckets: Bucket[] = []
  #count = 0

  add(name: string): void {
    this.#count++
    const wanted = Math.min(this.#count * 3, mostBuckets)
    const isCrowded = this.#count > fewElements && this.#count > 2 * this.#buckets.length
    if (isCrowded && wanted !== this.#buckets.length) this.#deal(wanted)
    this.#insert({ name, hash: hashOf(name), next: null, previous: null })
  }

  names(): string[] {
    const names: string[] = []
    for (let at = this.#first; at !== null; at = at.next) names.push(at.name)
    return names
  }

  #deal(count: number): void {
    this.#buckets = Array.from({ length: count }, () => ({ first: null }))
    let at = this.#first
    this.#first = null
    while (at !== null) {
      const { next } = at
      this.#insert(at)
      at = next
    }
  }

  #insert(element: Element): void {
    const bucket = this.#buckets[element.hash % this.#buckets.length] ?? null
    const behind = bucket?.first ?? this.#first
    element.previous = bucket?.first?.previous ?? null
    element.next = behind
    if (behind !== null) behind.previous = element
    if (element.previous === null) this.#first = element
    else element.previous.next = element
    if (bucket !== null) bucket.first = element
  }
}

/** Knuth's multiplicative hash of the bytes of a name, whose letters count alike in either case. */
function hashOf(name: string): number {
  let hash = 0
  for (const byte of encodeText(name, 'utf8')) hash = Math.imul(hash + (byte & 0xdf), 0x9e3779b1)
  return hash >>> 0
}

/** Names that have come in this order, as SQLite's hash table has them. */
export function inHashOrder(names: readonly string[]): readonly string[] {
  const list = new NameList()
  for (const name of names) list.add(name)
  return list.names()
}

/** All tables of a schema, its own among them. */
export function tablesInHashOrder({ tables, names }: Schema): readonly Table[] {
  return inHashOrder(names).flatMap((name) => tables.get(name) ?? [])
}
