/**
 * A file, as everything below the pager sees it.
 *
 * One interface for real descriptors, for memory, and for the simulated disk of the crash tests, so that
 * each write and each sync of the engine can be made to fail or to be lost.
 *
 * What the layers above rely on, and a simulated disk may exploit: bytes written are seen by every later
 * read of any process at once; after a crash those written since the last `sync` may be there in part, in
 * any order, or not at all; the same holds for `truncate`.
 */
export interface File {
  /**
   * Reads up to `size` bytes at `position` into `buffer` from `bufferOffset`.
   * @returns the bytes read: fewer than `size` only at the end of the file
   * @throws SQLITE_IOERR_READ
   */
  read(buffer: Uint8Array, bufferOffset: number, size: number, position: number): number
  /**
   * Writes all buffers, one after the other, at `position`.
   * @throws SQLITE_FULL when the disk is full; SQLITE_IOERR_WRITE
   */
  write(buffers: readonly Uint8Array[], position: number): void
  /**
   * Returns when everything written is on the disk. `dataOnly` spares metadata that reading the data
   * back does not need.
   * @throws SQLITE_IOERR_FSYNC
   */
  sync(dataOnly: boolean): void
  /** Makes the file exactly `size` bytes long. @throws SQLITE_IOERR_TRUNCATE */
  truncate(size: number): void
  /** Bytes in the file. @throws SQLITE_IOERR_FSTAT */
  size(): number
  close(): void
}
