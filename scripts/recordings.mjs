/**
 * Pictures of the shell for its guide, from a real session: the shell runs on a pseudo-terminal, keys are typed, and what a terminal emulator
 * shows becomes the frames of an SVG. `npm run recordings`.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

const { Terminal } = createRequire(import.meta.url)('@xterm/headless')
const columns = 78
const rows = 26
const cell = { width: 8.4, height: 18 }
const margin = 12

/** What is typed, and what the screen must show before it goes on. */
const steps = [
  { until: /chorusdb>$/ },
  {
    type: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT, stars INT);\r',
    until: /\);\nchorusdb>$/,
  },
  { type: 'INSERT INTO note(text, stars)\r', until: /\.\.\.>$/ },
  { type: "VALUES ('hello', 3), ('日本', 5), (NULL, 1);\r", until: /1\);\nchorusdb>$/ },
  { type: 'SELECT * FROM no\t', until: /FROM note$/, rest: 600 },
  { type: ' WHERE stars > 1;\r', until: /└.*\nchorusdb>$/, rest: 1500 },
  { type: '-- A query without an end: Ctrl-C stops it\r', until: /chorusdb>$/ },
  {
    type: 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)\r',
    until: /\.\.\.>$/,
  },
  { type: 'SELECT count(*) FROM c;\r', until: /FROM c;$/, rest: 1200 },
  { type: '\u0003', until: /interrupted \(9\)\nchorusdb>$/, rest: 900 },
  { type: '.mode mark\t\r', until: /markdown\nchorusdb>$/ },
  { type: '\u001b[A\u001b[A\u001b[A\u001b[A\u001b[A', until: /stars > 1;$/, rest: 700 },
  { type: '\r', until: /日本.*\n.*\n?chorusdb>$|日本.*\nchorusdb>$/, rest: 2500 },
]

setUp()
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-recording-'))
const screen = new Terminal({ cols: columns, rows, allowProposedApi: true })
const child = spawn(
  'python3',
  [
    join(root, '__test__', 'cli', 'pseudo-terminal.py'),
    String(columns),
    String(rows),
    process.execPath,
    '--no-warnings',
    join(root, 'dist', 'cli', 'src', 'main.js'),
    'notes.db',
  ],
  {
    cwd: folder,
    env: { ...process.env, HOME: folder, TERM: 'xterm-256color', NO_COLOR: undefined },
    stdio: ['pipe', 'pipe', 'inherit'],
  },
)
child.stdout.setEncoding('utf8').on('data', (text) => screen.write(text))

const frames = []
let clock = 0
for (const { type = '', until, rest = 300 } of steps) {
  for (const keys of keysOf(type)) {
    child.stdin.write(`${JSON.stringify({ send: keys })}\n`)
    await settled(keys.trim() === '' ? 120 : 40)
    shoot(keys.length * 45)
  }
  await shown(until)
  shoot(rest)
}
child.kill()
mkdirSync(join(root, 'docs', 'recordings'), { recursive: true })
writeFileSync(join(root, 'docs', 'recordings', 'shell.svg'), svg())
rmSync(folder, { recursive: true, force: true })

/** Keys that are typed together: a few letters, or one key that means something. */
function keysOf(text) {
  // oxlint-disable-next-line no-control-regex -- keys are
  return text.match(/\u001b\[.|[\r\t\u0003]|[^\r\t\u0003\u001b]{1,4}/g) ?? []
}

function settled(ms) {
  return new Promise((resolve) => {
    setTimeout(() => screen.write('', resolve), ms)
  })
}

function textOfScreen() {
  const { active } = screen.buffer
  const lines = []
  for (let row = 0; row < active.length; row++) {
    lines.push((active.getLine(row)?.translateToString(true) ?? '').trimEnd())
  }
  return lines.join('\n').trimEnd()
}

async function shown(pattern) {
  for (let i = 0; i < 600; i++) {
    await settled(25)
    if (pattern.test(textOfScreen())) return
  }
  throw new Error(`the screen shows\n${textOfScreen()}`)
}

/** Adds a frame that lasts so long. */
function shoot(ms) {
  const { active } = screen.buffer
  const lines = []
  for (let row = 0; row < rows; row++) lines.push(spansOf(active.getLine(active.viewportY + row)))
  const cursor = [active.cursorX, active.cursorY]
  frames.push({ at: clock, ms, lines, cursor })
  clock += ms
}

/** Text of a line with its place and colour. */
function spansOf(line) {
  const spans = []
  if (line === undefined) return spans
  for (let x = 0; x < columns; x++) {
    const glyph = line.getCell(x)
    const text = glyph?.getChars() ?? ''
    if (text === '' || text === ' ') continue
    const style = `${glyph.isFgPalette() ? glyph.getFgColor() : 'd'}${glyph.isBold() ? 'b' : ''}${glyph.isDim() ? 'f' : ''}`
    const last = spans.at(-1)
    if (last !== undefined && last.style === style && last.end === x && glyph.getWidth() === 1) {
      last.text += text
      last.end = x + 1
    } else spans.push({ x, end: x + glyph.getWidth(), text, style })
  }
  return spans
}

function svg() {
  const width = columns * cell.width + 2 * margin
  const height = rows * cell.height + 2 * margin
  const seconds = (ms) => `${(ms / 1000).toFixed(2)}s`
  const drawn = frames.map(({ at, ms, lines, cursor: [x, y] }, i) => {
    const isLast = i === frames.length - 1
    const texts = lines.flatMap((spans, row) =>
      spans.map(
        ({ x: column, text, style }) =>
          `<text x="${(margin + column * cell.width).toFixed(1)}" y="${margin + row * cell.height + 14}" class="c${style}">${escaped(text)}</text>`,
      ),
    )
    const place = `x="${(margin + x * cell.width).toFixed(1)}" y="${margin + y * cell.height}"`
    return (
      `<g visibility="hidden"><set attributeName="visibility" to="visible" begin="${seconds(at)}" ` +
      `${isLast ? 'fill="freeze"' : `dur="${seconds(ms)}"`}/>` +
      `<rect ${place} width="${cell.width}" height="${cell.height}" fill="#8b949e"/>${texts.join('')}</g>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#c9d1d9}
.c4b{fill:#79c0ff;font-weight:bold}.c2{fill:#7ee787}.c5{fill:#d2a8ff}.c6{fill:#56d4dd}.c3{fill:#e3b341}.cdf{fill:#8b949e}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${drawn.join('\n')}
</svg>
`
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
