/** Texts of the studio's page keep 4.5:1 on what they stand on, and what shows the focus 3:1, in both colour schemes. (WCAG 2.2 §1.4.3, §1.4.11) */
import { readFileSync } from 'node:fs'
import test from 'ava'

const style = readFileSync(
  new URL('../../packages/studio/src/page/style.css', import.meta.url),
  'utf8',
)

function coloursIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name, colour]) => [name!, colour!]),
  )
}

const [first = '', second = ''] = [...style.matchAll(/:root \{([^}]+)\}/g)].map(([, body]) => body!)
const light = coloursIn(first)
const schemes = { light, dark: new Map([...light, ...coloursIn(second)]) }

/** Relative luminance. (WCAG 2.2 §5, Relative luminance) */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [bright, dim] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number]
  return (bright + 0.05) / (dim + 0.05)
}

/** Text, and the surfaces that it stands on. */
const texts: readonly (readonly [string, readonly string[]])[] = [
  ['text', ['page', 'surface', 'raised', 'hover', 'accent-soft']],
  ['muted', ['page', 'surface', 'raised', 'hover']],
  ['accent-text', ['page', 'surface', 'raised', 'accent-soft']],
  ['on-accent', ['accent']],
  ['warn-text', ['surface', 'warn-soft']],
  ['bad-text', ['surface', 'raised', 'bad-soft']],
  ['good', ['surface']],
  ['keyword', ['page', 'surface']],
  ['string', ['page', 'surface']],
  ['number', ['page', 'surface']],
  ['comment', ['page', 'surface', 'accent-soft']],
]

for (const [scheme, colours] of Object.entries(schemes)) {
  test(`studio colours: texts can be read, ${scheme}`, (t) => {
    for (const [text, surfaces] of texts) {
      for (const surface of surfaces) {
        const ratio = contrast(colours.get(text)!, colours.get(surface)!)
        t.true(ratio >= 4.5, `${text} on ${surface}: ${ratio.toFixed(2)}`)
      }
    }
    for (const surface of ['page', 'surface', 'raised']) {
      const ratio = contrast(colours.get('accent-text')!, colours.get(surface)!)
      t.true(ratio >= 3, `focus on ${surface}: ${ratio.toFixed(2)}`)
    }
  })
}
