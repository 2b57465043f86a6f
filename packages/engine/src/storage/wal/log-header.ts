/**
 * The header of the log: whether that of this generation is there, and writing it, before the first frame. (Write-Ahead Logging §4.1; TSHM v1
 * §4.12)
 */
import { busy, corrupt } from '../../base/error.ts'
import { randomWord } from '../../base/random.ts'
import type { FileView } from './door.ts'
import { composeWalHeader, readWalHeader, walHeaderSize } from './header.ts'
import type { WalHeader } from './header.ts'
import type { LogParts } from './parts.ts'
import { isForeign, isOfGeneration } from './unrecovered.ts'

/** Of this generation; of one that is over, or none; of another one whose commits nobody has recovered. */
export type HeaderState = 'own' | 'old' | 'foreign'

/** The log that it heads, as it is set. */
interface HeadedLog extends LogParts {
  readonly synchronous: number
  readonly sizeLimit: number
}

export class LogHeader {
  readonly #log: HeadedLog
  /** As last read or written. */
  #header: WalHeader | null = null

  constructor(log: HeadedLog) {
    this.#log = log
  }

  /** The log may be that of another generation, which the first append would replace. */
  isDue(): boolean {
    const isRead = this.#header !== null && isOfGeneration(this.#header, this.#log.snapshot)
    return this.#log.snapshot.maxFrame === 0 && !isRead
  }

  /**
   * The header in the file of a log without frames: of this generation; of one that is over, or none; or of another one whose
   * commits nobody has recovered. During a checkpoint.
   */
  state(): HeaderState {
    const { coordination, walFile, codec, snapshot } = this.#log
    const header = walFile === null ? null : readWalHeader(walFile)
    if (header === null) return 'old'
    if (isOfGeneration(header, snapshot)) return 'own'
    const isUnknown = coordination.multiprocess && isForeign(walFile!, codec, header, snapshot)
    return isUnknown ? 'foreign' : 'old'
  }

  /**
   * The header of this generation, written if it is not there yet. Whether it is there is decided by
   * reading it, once for each generation, never by the size of the file. (TSHM v1 §4.12.)
   */
  ensure(): WalHeader {
    const { snapshot, coordination, pageSize } = this.#log
    const walFile = this.#log.walFile!
    if (this.#header === null || !isOfGeneration(this.#header, this.#log.snapshot)) {
      this.#header = readWalHeader(walFile)
    }
    if (this.#header !== null && isOfGeneration(this.#header, this.#log.snapshot)) {
      const header = this.#header
      const isEmpty = snapshot.maxFrame === 0
      if (isEmpty && !this.#hasChecksumOf(header)) {
        // Nobody has published it, so it may have been written and never synced, or not with success.
        const bytes = Buffer.alloc(walHeaderSize)
        walFile.read(bytes, 0, walHeaderSize, 0)
        this.#writeHeader(bytes)
        const { salt1, salt2, checksum1, checksum2 } = header
        coordination.publishHeader(pageSize, salt1, salt2, checksum1, checksum2)
      }
      return header
    }
    if (snapshot.maxFrame > 0) throw corrupt(0, 'the log has the header of another generation')
    if (this.state() === 'foreign') throw busy()
    const isNew = snapshot.pageSize === 0
    const salt1 = isNew ? randomWord() : snapshot.salt1
    const salt2 = isNew ? randomWord() : snapshot.salt2
    const bytes = Buffer.alloc(walHeaderSize)
    const header = composeWalHeader(bytes, pageSize, snapshot.checkpointSeq, salt1, salt2)
    this.#writeHeader(bytes)
    coordination.publishHeader(pageSize, salt1, salt2, header.checksum1, header.checksum2)
    this.#header = header
    return header
  }

  #writeHeader(bytes: Uint8Array): void {
    this.#log.door.writeLogHeader(bytes)
    this.#limitFile(this.#log.walFile!)
    // Were a new frame to reach the disk before this header, the old header could not end the log there.
    if (this.#log.synchronous > 0) this.#log.door.syncLog()
  }

  /**
   * Overwriting old frames is faster than allocating the file anew, and their salts tell them apart; `sizeLimit` says how much
   * of it is kept. But peers of another kind take a log of any other length for one that needs recovery.
   */
  #limitFile(walFile: FileView): void {
    const keepsLength = this.#log.coordination.keepsLogLength()
    if (keepsLength && this.#log.sizeLimit < 0) return
    const limit = keepsLength ? this.#log.sizeLimit : 0
    const size = Math.max(limit, walHeaderSize)
    if (walFile.size() > size) this.#log.door.cutLog(size)
  }

  #hasChecksumOf(header: WalHeader): boolean {
    const { snapshot } = this.#log
    return header.checksum1 === snapshot.checksum1 && header.checksum2 === snapshot.checksum2
  }
}
