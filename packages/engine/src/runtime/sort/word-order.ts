/**
 * A stable radix sort of places by words of 32 bits: nothing is compared but in small ranges. A range is sorted by its first word, and rows that have it in
 * common by the next.
 *
 * Words count without a sign, and lie in arrays of signed ones: code that is not optimized yet would make an object of every number beyond 2^31.
 */
const digitBits = 11
const buckets = new Uint32Array(1 << digitBits)

/** Ranges up to this size are sorted by insertion. */
const insertionThreshold = 24

const sign = 1 << 31

/** The same words in an array of signed ones. */
export function signedWords({ buffer, byteOffset, length }: Uint32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length)
}

/** The places of words in their order, of which the first decides. */
export function orderOfWords(words: readonly Uint32Array[]): Uint32Array {
  const { length } = words[0]!
  const places = new Uint32Array(length)
  for (let i = 0; i < length; i++) places[i] = i
  sortByWords(places, new Uint32Array(length), 0, length, words.map(signedWords), 0)
  return places
}

/** Sorts places from `from` up to `to` by the words from `w` on. `other` has their size and may be written. */
export function sortByWords(
  places: Uint32Array,
  other: Uint32Array,
  from: number,
  to: number,
  words: readonly Int32Array[],
  w: number,
): void {
  if (to - from <= insertionThreshold) {
    insertByWords(places, from, to, words, w)
    return
  }
  const word = words[w]!
  scatterRange(places, other, from, to, word)
  if (w + 1 === words.length) return
  for (let i = from; i < to;) {
    const one = word[places[i]!]!
    let end = i + 1
    while (end < to && word[places[end]!] === one) end++
    if (end - i > 1) sortByWords(places, other, i, end, words, w + 1)
    i = end
  }
}

function insertByWords(
  places: Uint32Array,
  from: number,
  to: number,
  words: readonly Int32Array[],
  w: number,
): void {
  for (let i = from + 1; i < to; i++) {
    const place = places[i]!
    let j = i - 1
    for (; j >= from && isBehind(words, w, places[j]!, place); j--) places[j + 1] = places[j]!
    places[j + 1] = place
  }
}

function isBehind(words: readonly Int32Array[], w: number, a: number, b: number): boolean {
  for (let i = w; i < words.length; i++) {
    const word = words[i]!
    const one = word[a]!
    const other = word[b]!
    if (one !== other) return (one ^ sign) > (other ^ sign)
  }
  return false
}

/** Sorts places from `from` up to `to` by one word. */
function scatterRange(
  places: Uint32Array,
  other: Uint32Array,
  from: number,
  to: number,
  word: Int32Array,
): void {
  const first = word[places[from]!]!
  let used = 0
  for (let i = from + 1; i < to; i++) used |= word[places[i]!]! ^ first
  // A small range would spend its time on empty buckets.
  const bits = to - from < 2048 ? 8 : digitBits
  let source = places
  let target = other
  for (let shift = 0; shift < 32 && used >>> shift !== 0; shift += bits) {
    if (((used >>> shift) & ((1 << bits) - 1)) === 0) continue
    scatter(source, target, from, to, word, shift, bits)
    ;[source, target] = [target, source]
  }
  if (source !== places) for (let i = from; i < to; i++) places[i] = source[i]!
}

/** Moves places from `start` up to `end`, in the order of `bits` of their digits. */
function scatter(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  end: number,
  digits: Int32Array,
  shift: number,
  bits: number,
): void {
  const mask = (1 << bits) - 1
  // The highest digit takes its sign along, which keeps the order.
  buckets.fill(0, 0, mask + 1)
  for (let i = start; i < end; i++) buckets[(digits[from[i]!]! >> shift) & mask]!++
  let sum = start
  for (let b = 0; b <= mask; b++) {
    const size = buckets[b]!
    buckets[b] = sum
    sum += size
  }
  for (let i = start; i < end; i++) {
    const place = from[i]!
    to[buckets[(digits[place]! >> shift) & mask]!++] = place
  }
}
