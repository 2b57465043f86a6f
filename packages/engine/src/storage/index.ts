/**
 * Storage: a database file as B-trees of pages, changed only in transactions that survive a crash.
 *
 * From below: files (`file/`), the write-ahead log (`wal/`), pages and transactions (`pager/`), and the
 * B-trees over them (`btree/`).
 */
export { Page } from './pager/page.ts'
export type { Deferral, PageHolder, Pages, SecureDelete } from './pager/page.ts'
export { Pager } from './pager/pager.ts'
export { openCopy, overwrite, pagesOf, takingPages, writePages } from './pager/copy.ts'
export type { PageWatcher } from './pager/page-watcher.ts'
export { PagedCopy } from './pager/paged-copy.ts'
export type { Copy } from './pager/copy.ts'
export type { TransactionState } from './pager/transaction-pages.ts'
export type { PagerOptions } from './pager/open.ts'
export { DatabaseHeader } from './pager/database-header.ts'
export type { File } from './file/file.ts'
export { NodeFile } from './file/node-file.ts'
export { MemoryFile } from './file/memory-file.ts'
export {
  chooseTemporaryFolder,
  chosenTemporaryFolder,
  openTemporaryFile,
} from './file/temporary-file.ts'
export type { CheckpointResult } from './wal/checkpoint.ts'
export type { Synchronous } from './wal/log.ts'
export type { CheckpointMode, LockWait } from '../coordination/index.ts'
export { copyTree } from './btree/copy-tree.ts'
export { shortenPayloads } from './btree/shorten-payloads.ts'
export { approximateRows } from './btree/tree-size.ts'
export { TableCursor } from './btree/table-cursor.ts'
export { IndexCursor } from './btree/index-cursor.ts'
export { TableTree } from './btree/table-tree.ts'
export { EntryRemoval } from './btree/entry-removal.ts'
export { RowRemoval } from './btree/row-removal.ts'
export { RowRewrite } from './btree/row-rewrite.ts'
export { plainRowid, RowAppender } from './btree/append-rows.ts'
export type { AppendedColumn, AppendedRows } from './btree/append-rows.ts'
export { IndexBuild } from './btree/index-build.ts'
export { TableBuild } from './btree/table-build.ts'
export { IndexTree } from './btree/index-tree.ts'
export type { FoundEntry, SortedRecords } from './btree/index-tree.ts'
export { autoVacuumOf, changeAutoVacuum, incrementalVacuum } from './pager/auto-vacuum.ts'
export type { AutoVacuum } from './pager/auto-vacuum.ts'
export { createTree, dropping, releaseTree } from './btree/whole-tree.ts'
export type { EntryCount, TreeClearing } from './btree/whole-tree.ts'
export { allocatePage, freePage } from './btree/freelist.ts'
export { pagesOfTree } from './btree/page-use.ts'
export type { PageUse } from './btree/page-use.ts'
export { checkDatabase, checkStructure } from './btree/check.ts'
export type { StructureCheck, TreeRoot } from './btree/check.ts'
export { TreePages } from './btree/tree-pages.ts'
export type { ChangedTrees } from './btree/tree-pages.ts'
export { readingDamaged } from './btree/damaged-pages.ts'
