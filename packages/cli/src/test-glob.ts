/** The patterns of `.check`: those of GLOB, with `#` for a number, and any space for any other. */

/** Whether a text is as a pattern says, space at its end apart. */
export function matchesTest(pattern: string, text: string): boolean {
  return new RegExp(`^${expressionOf(pattern)}\\s*$`, 's').test(text)
}

function expressionOf(pattern: string): string {
  return pattern.replaceAll(/\s+|\[\^?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (/^\s/.test(part)) return '\\s+'
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part === '#') return '[-+]?\\d+'
    if (part.length > 1) return `[${part.slice(1, -1).replaceAll(/[\\\]]/g, '\\$&')}]`
    return part.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  })
}
