/** The rows or columns that are on the screen, by `@tanstack/virtual-core`. */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'

export type GridVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>

export interface VirtualSizes {
  readonly count: number
  readonly size: (index: number) => number
  readonly isHorizontal: boolean
  /** What stands before them and does not scroll away. */
  readonly margin: number
  readonly overscan: number
}

export function useVirtual(
  scroller: RefObject<HTMLDivElement | null>,
  { count, size, isHorizontal, margin, overscan }: VirtualSizes,
): GridVirtualizer {
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  const kept = useRef<GridVirtualizer | null>(null)
  const options: VirtualizerOptions<HTMLDivElement, HTMLDivElement> = {
    count,
    estimateSize: size,
    horizontal: isHorizontal,
    scrollMargin: margin,
    scrollPaddingStart: margin,
    overscan,
    getScrollElement: () => scroller.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
  }
  kept.current ??= new Virtualizer(options)
  const virtualizer = kept.current
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}
