/**
 * Entries of an index that an UPDATE of many rows exchanges for others. The old ones are taken out together, by the rowids at their ends, in one walk through
 * the index; where none stays, by emptying it. Then the new ones are inserted sorted.
 *
 * That is done before anybody looks at the index or stands in it, before a savepoint, at the end of the statement, and when they are very many. What is
 * taken back takes them along. As with entries that are kept back (`deferred-entries.ts`), the order must be built in, and the file may grow.
 *
 * Where few rows of the table are changed, a walk would cost more than so many searches. So the first old entries are kept, to be searched for.
 */
import { collationByName, decodeRecord, RecordWriter } from '../../record/index.ts'
import { RecordComparison, SearchKey } from '../../record/index.ts'
import type { KeyField, Value } from '../../record/index.ts'
import { approximateRows, EntryRemoval } from '../../storage/index.ts'
import type { Deferral, IndexTree, SortedRecords } from '../../storage/index.ts'
import type { DatabaseContext } from '../context.ts'
import { complete, counting, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'
import { EntryList } from '../sort/entry-list.ts'
import { ListEntries } from '../sort/entry-merge.ts'
import { EntrySort } from '../sort/entry-order.ts'
import type { Rowid } from './row-writer.ts'
import { rowidSet } from './rowid-set.ts'

/** A walk is worth it where of so many entries one goes. */
const oneOf = 32

/** Bytes that a rowid takes. */
const rowidSize = 16

/** Bytes that are kept back before they are applied, at least. */
const leastBytes = 786_432

/** Bytes between two looks at how many may be kept back. */
const betweenChecks = 65_536

/** Entries that are inserted between two looks at the clock. */
const inPortion = 256

export class EntryExchange implements Deferral {
  readonly takesOut = true
  readonly tree: IndexTree
  readonly #context: DatabaseContext
  readonly #tableRoot: number
  readonly #root: number
  readonly #key: SearchKey
  readonly #sort: EntrySort
  readonly #writer: RecordWriter
  readonly #added: EntryList = new EntryList()
  /** Rows whose entries go, ascending. */
  #gone: Rowid[] = []
  /** Their entries, while they are few. */
  readonly #old: EntryList = new EntryList()
  /** So many are few. */
  #few = 0
  /** Bytes that are kept back at the next look at how many may be. */
  #nextCheck = 0
  /** The tree knows of it. */
  #isOpen = false
  /** What is being done, of which parts are left. */
  #work: Work<void> | null = null
  #slice: Slice | null = null
  readonly #debtor: Debtor = { settle: (slice) => this.settling(slice) }

  private constructor(
    context: DatabaseContext,
    tableRoot: number,
    root: number,
    fields: readonly KeyField[],
  ) {
    const { encoding, collations } = context
    this.#context = context
    this.#tableRoot = tableRoot
    this.#root = root
    this.tree = context.indexTree(root)
    this.#key = new SearchKey(fields, encoding, collations)
    this.#sort = new EntrySort(new RecordComparison(fields, encoding, collations), fields.length)
    this.#writer = new RecordWriter(encoding)
  }

  /** For an index that is not UNIQUE; null: its entries cannot wait. */
  static of(
    context: DatabaseContext,
    tableRoot: number,
    root: number,
    fields: readonly KeyField[],
  ): EntryExchange | null {
    const areBuiltIn = fields.every(({ collation }) => collationByName(collation) !== null)
    return areBuiltIn ? new EntryExchange(context, tableRoot, root, fields) : null
  }

  /** A statement begins. @param slice null: it runs in one go */
  begin(slice: Slice | null): void {
    this.#slice = slice
  }

  /**
   * The entry of a row goes, of which there is one. Rows come in ascending order. Answers false where it is to be deleted at once.
   * @param values of the entry
   */
  remove(rowid: Rowid, values: readonly Value[]): boolean {
    if (!this.#isOpen && !this.#open()) return false
    if (this.#gone.push(rowid) <= this.#few) {
      const writer = this.#writer
      const size = writer.encode(values, values.length)
      this.#old.add(writer.data, writer.offset, size)
    }
    this.#check()
    return true
  }

  /** A record is to become an entry; false: it is to be inserted at once. */
  add(data: Uint8Array, offset: number, size: number): boolean {
    if (!this.#isOpen && !this.#open()) return false
    this.#added.add(data, offset, size)
    this.#check()
    return true
  }

  #open(): boolean {
    const { tree } = this
    const { pages } = this.#context
    if (!tree.mayDefer) return false
    tree.defer(this)
    this.#isOpen = true
    this.#few = Math.floor(approximateRows(pages, this.#tableRoot) / oneOf)
    this.#nextCheck = leastBytes
    return true
  }

  #check(): void {
    const size = this.#added.size + this.#old.size + rowidSize * this.#gone.length
    if (size < this.#nextCheck) return
    this.#nextCheck = size + betweenChecks
    // Others may have come that keep entries back as well, with which it shares the memory.
    if (size < this.#context.pages.mostDeferred) return
    if (this.#slice === null) this.settle()
    else this.#slice.owe(this.#debtor)
  }

  settle(): void {
    if (!this.#isOpen) return
    this.tree.endDeferral(this)
    complete((this.#work ??= this.#applying(unsliced)))
    this.#close()
  }

  /** The same in slices. Who looks at the index between two of them has the rest done at once. */
  *settling(slice: Slice): Work<void> {
    while (this.#isOpen) {
      this.#work ??= this.#applying(slice)
      this.tree.endDeferral(this)
      if (this.#work.next().done === true) {
        this.#close()
        return
      }
      this.tree.defer(this)
      yield slice
    }
  }

  *#applying(slice: Slice): Work<void> {
    if (this.#gone.length > this.#few) yield* this.#sweep(slice)
    else yield* this.#deleteOld(slice)
    const { bytes, places, count } = this.#added
    this.#sort.sort(bytes, places, 0, count)
    const portion = new Portion(new ListEntries(bytes, places, 0, count))
    const most = slice === unsliced ? Infinity : inPortion
    while (portion.begin(most)) {
      this.tree.insertSorted(portion, this.#key)
      if (slice.isDue()) yield slice
    }
  }

  /** Takes the entries of all rows out that are gone. */
  *#sweep(slice: Slice): Work<void> {
    const { tree } = this
    const { pages } = this.#context
    const gone = this.#gone
    // About as many as there are rows.
    if (2 * gone.length > oneOf * this.#few) {
      const total = yield* counting(slice, tree.counting())
      if (total === gone.length) {
        yield* counting(slice, tree.clearing())
        return
      }
    }
    const removal = new EntryRemoval(pages, this.#root, rowidSet(gone), this.#key)
    while (removal.next(tree)) if (slice.isDue()) yield slice
  }

  *#deleteOld(slice: Slice): Work<void> {
    const { bytes, places, count } = this.#old
    const key = this.#key
    this.#sort.sort(bytes, places, 0, count)
    const entries = new ListEntries(bytes, places, 0, count)
    while (entries.next()) {
      const values = decodeRecord(bytes, entries.offset, entries.size, key.encoding)
      key.set(values, values.length)
      this.tree.delete(key)
      if (slice.isDue()) yield slice
    }
  }

  forget(): void {
    this.tree.endDeferral(this)
    this.#close()
  }

  #close(): void {
    this.#isOpen = false
    this.#work = null
    this.#gone = []
    this.#old.release()
    this.#added.release()
    this.#sort.release()
  }
}

/** Some of the entries that there are. */
class Portion implements SortedRecords {
  readonly #entries: ListEntries
  #left = 0
  /** The next entry is the current one already. */
  #isAhead = false

  constructor(entries: ListEntries) {
    this.#entries = entries
  }

  get data(): Uint8Array {
    return this.#entries.data
  }

  get offset(): number {
    return this.#entries.offset
  }

  get size(): number {
    return this.#entries.size
  }

  /** At most `count` entries follow; false: there are none left. */
  begin(count: number): boolean {
    this.#left = count
    this.#isAhead = this.#entries.next()
    return this.#isAhead
  }

  next(): boolean {
    if (--this.#left < 0) return false
    const isAhead = this.#isAhead
    this.#isAhead = false
    return isAhead || this.#entries.next()
  }
}
