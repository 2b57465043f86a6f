/** A sort that can be interrupted: pieces are sorted at once, and merged two by two. It is stable if the sort of a piece is. */
import { unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

/** Items that are sorted in a millisecond or two. */
const usualPiece = 2048

/**
 * @param sort sorts a piece, in its place or in another
 * @param pieceSize items of a piece
 */
export function* sortInSlices<Item>(
  items: Item[],
  sort: (piece: Item[]) => Item[],
  compare: (a: Item, b: Item) => number,
  slice: Slice,
  pieceSize: number = usualPiece,
): Work<Item[]> {
  if (slice === unsliced || items.length <= pieceSize) return sort(items)
  let pieces: Item[][] = []
  for (let at = 0; at < items.length; at += pieceSize) {
    pieces.push(sort(items.slice(at, at + pieceSize)))
    if (slice.isTimeUp()) yield slice
  }
  while (pieces.length > 1) {
    const merged: Item[][] = []
    for (let i = 0; i < pieces.length; i += 2) {
      const right = pieces[i + 1]
      merged.push(
        right === undefined ? pieces[i]! : yield* merge(pieces[i]!, right, compare, slice),
      )
    }
    pieces = merged
  }
  return pieces[0]!
}

function* merge<Item>(
  left: readonly Item[],
  right: readonly Item[],
  compare: (a: Item, b: Item) => number,
  slice: Slice,
): Work<Item[]> {
  const merged: Item[] = []
  let l = 0
  let r = 0
  while (l < left.length || r < right.length) {
    if (slice.isDue()) yield slice
    const isLeft = r === right.length || (l < left.length && compare(left[l]!, right[r]!) <= 0)
    merged.push(isLeft ? left[l++]! : right[r++]!)
  }
  return merged
}
