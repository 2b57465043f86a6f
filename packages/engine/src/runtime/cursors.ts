/** Cursors, as emitted code uses them: by name, made when a program is linked. */
export { IndexCursor, TableCursor } from '../storage/index.ts'
