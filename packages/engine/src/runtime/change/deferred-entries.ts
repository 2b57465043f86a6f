/**
 * Entries of an index, kept back while nobody looks at it: many rows are then stored one after the other without a search in the index
 * for each, and their entries go into it sorted, leaf after leaf. An index that was empty is built at once, with full pages.
 *
 * In a UNIQUE index each key is still looked for before its row is stored: by its hash among those that wait, and in the tree.
 *
 * They are inserted before anybody looks at the index or stands in it (`TreeState.settle`), before a savepoint, and at the end of the transaction; and when
 * there are very many. What is taken back takes them along. Nothing is kept back where the order is a function of the user's, which would be called at
 * another moment, nor where the file may not grow (`PRAGMA max_page_count`), which would be found out at another moment.
 *
 * Who looks at the index after every row gains nothing by it: after a few entries that were settled alone the next ones are not kept back.
 */
import { collationByName, readVarint, RecordComparison, SearchKey } from '../../record/index.ts'
import type { KeyField } from '../../record/index.ts'
import type { Deferral, FoundEntry, IndexTree } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import { EntryList, recordAt } from '../sort/entry-list.ts'
import { ListEntries } from '../sort/entry-merge.ts'
import { EntrySort } from '../sort/entry-order.ts'
import { KeyHashes } from './key-hashes.ts'

/** Bytes that are kept back where there are entries already: those are inserted in some 10 ms. */
const mostBytes = 786_432

/** Bytes between two looks at how many may be kept back. */
const betweenChecks = 65_536

/** Fewer are not worth it. */
const fewEntries = 8

/** How many are then inserted at once, first and at most. */
const leastDirect = 16
const mostDirect = 1024

const deferredOf = new WeakMap<IndexTree, DeferredEntries>()

export class DeferredEntries implements Deferral {
  readonly takesOut = false
  readonly #tree: IndexTree
  readonly #key: SearchKey
  readonly #comparison: RecordComparison
  readonly #list: EntryList = new EntryList()
  readonly #sort: EntrySort
  /** Of the keys that wait, where the index is UNIQUE. */
  readonly #hashes: KeyHashes = new KeyHashes()
  /** Bytes that are kept back at the next look at how many may be. */
  #nextCheck = 0
  /** The version in which the tree had no entries; -1: it had some. */
  #emptyVersion = -1
  /** So many entries are not kept back. */
  #direct = 0
  #lastDirect = leastDirect

  constructor(context: DatabaseContext, tree: IndexTree, fields: readonly KeyField[]) {
    this.#tree = tree
    this.#key = new SearchKey(fields, context.encoding, context.collations)
    this.#comparison = new RecordComparison(fields, context.encoding, context.collations)
    this.#sort = new EntrySort(this.#comparison, fields.length)
  }

  /** The tree's; null: its entries cannot be kept back. */
  static of(
    context: DatabaseContext,
    root: number,
    fields: readonly KeyField[],
  ): DeferredEntries | null {
    const areBuiltIn = fields.every(({ collation }) => collationByName(collation) !== null)
    if (!areBuiltIn) return null
    const tree = context.indexTree(root)
    const known = deferredOf.get(tree)
    if (known !== undefined) return known
    const made = new DeferredEntries(context, tree, fields)
    deferredOf.set(tree, made)
    return made
  }

  /** Some wait. */
  get isWaiting(): boolean {
    return this.#list.count > 0
  }

  /** There are none but those that wait. */
  get areAll(): boolean {
    return this.#emptyVersion === this.#tree.version
  }

  /** One of those that wait may have a key with this hash; false: none has. */
  mayHave(hash: number): boolean {
    return this.#hashes.mayHave(hash)
  }

  /**
   * The entry, among those that wait, with the same first fields as the record in `data` at `offset`; null: none. It is there until the next one is kept back.
   *
   * @param hash of those fields. @param count how many there are
   */
  find(hash: number, data: Uint8Array, offset: number, count: number): FoundEntry | null {
    const hashes = this.#hashes
    const { bytes, places } = this.#list
    for (let entry = hashes.latest(hash); entry !== -1; entry = hashes.before(entry)) {
      const place = places[entry]!
      const at = recordAt(bytes, place)
      if (this.#comparison.compare(data, offset, bytes, at, 0, count) === 0)
        return { data: bytes, offset: at, size: readVarint(bytes, place) }
    }
    return null
  }

  /** Keeps an entry back; false: it is to be inserted. @param hash of its key; 0: nobody will look for it */
  take(data: Uint8Array, offset: number, size: number, hash: number): boolean {
    const list = this.#list
    if (list.count === 0) {
      if (this.#direct > 0) {
        this.#direct--
        return false
      }
      if (!this.#tree.mayDefer) return false
      this.#tree.defer(this)
      this.#nextCheck = betweenChecks
      this.#emptyVersion = this.#tree.mostDeferred > 0 ? this.#tree.version : -1
    }
    list.add(data, offset, size)
    if (hash !== 0) this.#hashes.add(list.count - 1, hash)
    if (list.size >= this.#nextCheck) this.#check()
    return true
  }

  /** Others may have come that keep entries back as well, with which it shares the memory. */
  #check(): void {
    const { size } = this.#list
    if (size >= Math.max(mostBytes, this.#tree.mostDeferred)) this.#insert()
    else this.#nextCheck = size + betweenChecks
  }

  settle(): void {
    // Those that there were have been too many.
    if (this.#list.count === 0) return
    const isFew = this.#list.count < fewEntries
    this.#direct = isFew ? this.#lastDirect : 0
    this.#lastDirect = isFew ? Math.min(mostDirect, 2 * this.#lastDirect) : leastDirect
    this.#insert()
  }

  #insert(): void {
    const list = this.#list
    const { bytes, places, count } = list
    this.#tree.endDeferral(this)
    this.#sort.sort(bytes, places, 0, count)
    list.clear()
    this.#hashes.clear()
    this.#tree.insertSorted(new ListEntries(bytes, places, 0, count), this.#key)
    if (count > mostKept) this.#release()
  }

  forget(): void {
    this.#tree.endDeferral(this)
    this.#list.clear()
    this.#hashes.clear()
    this.#release()
  }

  #release(): void {
    this.#list.release()
    this.#sort.release()
  }
}

/** Room for so many entries is kept for the next. */
const mostKept = 1024
