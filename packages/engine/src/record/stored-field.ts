/** A field of a record where it lies: for a record that takes it over without decoding it. Used again and again. */
export class StoredField {
  data: Uint8Array = noBytes
  /** Its serial type, as it will be. */
  type = 0
  /** Where its content begins. */
  offset = 0

  /** This field from now on. */
  at(data: Uint8Array, type: number, offset: number): this {
    this.data = data
    this.type = type
    this.offset = offset
    return this
  }
}

/** Columns of a record that follow each other, each with a serial type of one byte: they are taken over at once. */
export class StoredRun {
  data: Uint8Array = noBytes
  /** Where their serial types are. */
  types = 0
  count = 0
  /** Where their contents are. */
  offset = 0
  size = 0

  /** These columns from now on. */
  at(data: Uint8Array, types: number, count: number, offset: number, size: number): this {
    this.data = data
    this.types = types
    this.count = count
    this.offset = offset
    this.size = size
    return this
  }
}

const noBytes = new Uint8Array(0)
