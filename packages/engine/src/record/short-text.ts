/**
 * Short ASCII texts from bytes. A call into the runtime's decoder costs about 60 ns whatever the length;
 * `String.fromCharCode` with n arguments in place costs about 2 ns a character, and gives a flat string, where
 * adding up characters one by one gives a rope.
 *
 * A function with a case for each length is the same line many times over, so it is put together here from
 * numbers alone.
 */

/** Longest text that `shortAscii` builds. */
export const maxShortText = 24

/** The text of `size` bytes, all of them below 0x80; 1 ≤ size ≤ `maxShortText`. */
export const shortAscii: (data: Uint8Array, offset: number, size: number) => string =
  buildShortAscii()

function buildShortAscii(): (data: Uint8Array, offset: number, size: number) => string {
  const cases: string[] = []
  for (let size = 1; size <= maxShortText; size++) {
    const bytes = Array.from({ length: size }, (_, i) => `data[offset + ${i}]`)
    cases.push(`case ${size}: return String.fromCharCode(${bytes.join(', ')})`)
  }
  const body = `switch (size) {\n${cases.join('\n')}\ndefault: return ''\n}`
  return new Function('data', 'offset', 'size', body) as (
    data: Uint8Array,
    offset: number,
    size: number,
  ) => string
}
