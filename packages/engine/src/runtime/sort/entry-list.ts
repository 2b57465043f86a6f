/**
 * Entries of an index, as records, one behind the other in one array of bytes: each is its size (a varint) and the record. So that is how a leaf of
 * the index will hold it, if it does not spill.
 */
import { varintLength, varintSize, writeVarint } from '../../record/index.ts'

/** Bytes that an entry takes beside its own: its place, and what sorting needs. */
const bytesBeside = 24

/** Bytes by which the room grows, at most. */
const mostGrowth = 33_554_432

export class EntryList {
  bytes: Uint8Array = new Uint8Array(0x4000)
  /** How many bytes there are. */
  used = 0
  /** Where each entry begins. */
  places: Uint32Array = new Uint32Array(512)
  count = 0

  /** Bytes in memory, roughly. */
  get size(): number {
    return this.used + bytesBeside * this.count
  }

  /** Begins an entry whose record has `size` bytes, which the caller then writes from where this answers. */
  begin(size: number): number {
    const start = this.used
    const end = start + varintSize(size) + size
    if (end > this.bytes.length) this.#grow(end)
    if (this.count === this.places.length) this.#growPlaces()
    this.places[this.count++] = start
    this.used = end
    return start + writeVarint(this.bytes, start, size)
  }

  /** Adds a record. */
  add(data: Uint8Array, offset: number, size: number): void {
    const at = this.begin(size)
    const { bytes } = this
    if (size > 64) bytes.set(data.subarray(offset, offset + size), at)
    else for (let i = 0; i < size; i++) bytes[at + i] = data[offset + i]!
  }

  /** The memory of an array is taken when it is written to, and what it replaces is given back much later: so few arrays take less than small ones. */
  #grow(needed: number): void {
    const { length } = this.bytes
    const bytes = new Uint8Array(Math.max(needed, Math.min(4 * length, length + mostGrowth)))
    bytes.set(this.used === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.used))
    this.bytes = bytes
  }

  #growPlaces(): void {
    const { length } = this.places
    const places = new Uint32Array(Math.min(4 * length, length + mostGrowth / 4))
    places.set(this.places)
    this.places = places
  }

  /** Forgets all entries, and keeps the room for as many. */
  clear(): void {
    this.used = 0
    this.count = 0
  }

  /** Gives the room up as well. */
  release(): void {
    this.clear()
    this.bytes = new Uint8Array(0x4000)
    this.places = new Uint32Array(512)
  }
}

/** Where the record of the entry at `place` begins. */
export function recordAt(bytes: Uint8Array, place: number): number {
  return bytes[place]! < 0x80 ? place + 1 : place + varintLength(bytes, place)
}
