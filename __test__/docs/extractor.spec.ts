/** The runner of the documents finds what is wrong with one: outputs, values, errors, claims that nobody meets, blocks that nobody runs. */
import test from 'ava'
import { blocksOf } from './blocks.ts'
import { claimsOf, withClaims } from './claims.ts'
import { any, fits, matches, rest } from './matching.ts'
import { stepsOf } from './page.ts'
import { runPage } from './run-page.ts'

const fenced = (info: string, ...lines: string[]): string =>
  ['', `\`\`\`${info}`, ...lines, '```', ''].join('\n')

test('blocks have their language, their words and the line that they begin at', (t) => {
  const page = `# A${fenced('ts', 'a', 'b')}${fenced('sh not-run="no network"', 'c')}- x\n  \`\`\`js file=a.mjs\n  d\n    e\n  \`\`\`\n`
  const shown = blocksOf(page).map(({ language, text, line, file, notRun }) => [
    language,
    text,
    line,
    file,
    notRun,
  ])
  t.deepEqual(shown, [
    ['ts', 'a\nb', 3, null, null],
    ['sh', 'c', 8, null, 'no network'],
    ['js', 'd\n  e', 12, 'a.mjs', null],
  ])
  t.throws(() => blocksOf('```ts\na'), { message: 'line 1: the block does not end' })
  t.throws(() => blocksOf(fenced('ts ignore', 'a')), { message: 'line 2: "ignore" says nothing' })
  t.throws(() => blocksOf(fenced('sh not-run', 'a')), { message: 'line 2: "not-run" says nothing' })
})

test('a block that imports nothing goes on with the program before it', (t) => {
  const page = [
    fenced('ts', "import { Database } from 'chorusdb'", 'const a = 1'),
    fenced('ts', 'a // 1'),
    fenced('sh', 'echo'),
    fenced('text', '…'),
    fenced('js', "const x = require('chorusdb')"),
  ].join('')
  const steps = stepsOf(page)
  t.deepEqual(
    steps.map((step) => ('name' in step ? step.name : step.kind)),
    ['line-3.mts', 'shell', 'line-20.cjs'],
  )
  const [program, shell] = steps
  t.is(program?.text.split('\n').indexOf('a // 1'), 7)
  t.is(shell?.kind === 'shell' && shell.output, '…')
  t.throws(() => stepsOf(fenced('rust', 'fn main() {}')), { message: /line 3: what is "rust"/ })
})

test('claims are found behind statements, and nowhere else', (t) => {
  const text = [
    'f() // → 1',
    'const a = g() // { x: 1n }',
    'h() // the rows of h',
    'const b = await k()',
    '// → [',
    '//   1,',
    '// ]',
    'console.log(a, b) // → 1 2',
    'm(); // throws TypeError',
    'const c = () => {',
    '  n() // null',
    '}',
    '(f() as any).x // → 2',
    ';[c]',
  ].join('\n')
  t.deepEqual(
    claimsOf(text, 'a.mts').map(({ line, kind, expected }) => [line, kind, expected]),
    [
      [1, 'is', '1'],
      [2, 'is', '{ x: 1n }'],
      [4, 'is', '[\n  1,\n]'],
      [8, 'prints', '1 2'],
      [9, 'throws', 'TypeError'],
      [11, 'is', 'null'],
      [13, 'is', '2'],
    ],
  )
  for (const lost of [
    'if (a) {\n  // → 1\n}',
    '// → 1\nf()',
    'f(\n  1, // → 1\n)',
    'const a = f() // throws X',
  ]) {
    t.throws(() => claimsOf(lost, 'a.mjs'), { message: /a claim behind nothing/ })
  }
})

test('a program with claims has its lines where they were', (t) => {
  const plain = 'f(\n  1,\n) // → [1, …]\nawait g() // throws X: y\nconsole.log(1) // → 1\n'
  const lines = withClaims(plain, claimsOf(plain, 'a.mjs'), 'page').split('\n')
  t.deepEqual(lines, [
    '__is("page:1", (f(',
    '  1,',
    ')), (__any, __rest) => ([1, ...__rest])) // → [1, …]',
    'await __throwsLater("page:4", async () => (await g()), "X: y") // throws X: y',
    '__prints("page:5", "1")(1) // → 1',
    '',
  ])
})

test('values match what is expected, and … anything', (t) => {
  t.true(matches({ a: [1, 2n], b: any, c: 'x…z' }, { c: 'xyz', b: null, a: [1, 2n] }))
  t.true(matches([1, ...rest], [1, 2, 3]))
  t.true(matches({ a: 1, ...rest }, { a: 1, b: 2 }))
  t.false(matches([1, ...rest], []))
  t.false(matches([1], [1, 2]))
  t.false(matches({ a: 1 }, { a: 1, b: 2 }))
  t.false(matches({ a: 1, ...rest }, { b: 1 }))
  t.false(matches(1, 1n))
  t.false(matches('1', 1))
  t.true(fits('a…c(', 'a\nb c('))
  t.false(fits('a.c', 'abc'))
  t.false(fits('ab…bc', 'abc'))
  t.true(fits('a…b…a', 'a b b a'))
  t.false(fits('a…b…a', 'a b b'))
  t.false(fits('…x…x…x…', 'xx'))
})

const setUp = "import { Database } from 'chorusdb'\nconst db = new Database(':memory:')"
const pages: readonly (readonly [string, string, RegExp])[] = [
  [
    'a value',
    fenced('ts', setUp, "db.prepare('SELECT 1 AS a').get() // → { a: 2 }"),
    /page:5: is \{ a: 1 \}, and not \{ a: 2 \}/,
  ],
  [
    'what is printed',
    fenced('js', setUp, 'console.log(db.open) // → false'),
    /page:5: prints true, and not false/,
  ],
  [
    'an error that does not come',
    fenced('ts', setUp, "db.exec('SELECT 1') // throws SQLITE_ERROR"),
    /page:5: is nothing is thrown/,
  ],
  [
    'another error',
    fenced('ts', setUp, "db.exec('x') // throws SQLITE_BUSY"),
    /page:5: is SQLITE_ERROR: near "x": syntax error/,
  ],
  [
    'a claim that is not met',
    fenced('ts', setUp, 'for (const row of []) console.log(row) // → 1'),
    /page:5: the claim is never met/,
  ],
  [
    'a program that fails',
    fenced('ts', setUp, "db.exec('x')"),
    /page:3: ends with 1[^]*syntax error/,
  ],
  [
    'an output',
    fenced('sh', "npx chorusdb -list :memory: 'SELECT 1'") + fenced('text', '2'),
    /page:3: prints\n1\n/,
  ],
  ['commands that fail', fenced('sh', 'false', 'true'), /page:3: ends with 1/],
  [
    'SQL that fails',
    fenced('sql', 'SELECT 1 FROM nowhere;'),
    /page:3: ends with 1[^]*no such table/,
  ],
  ['JSON that is none', fenced('json', '{'), /page:3: .*JSON/],
]

for (const [what, page, problem] of pages) {
  test(`a page is found out: ${what}`, async (t) => {
    const { problems } = await runPage('page', page)
    t.is(problems.length, 1)
    t.regex(problems[0]!, problem)
  })
}

test('a page that is right has no problems, and its claims were met', async (t) => {
  const page = [
    fenced(
      'js file=other.mjs',
      setUp,
      'export const { open } = db',
      "db.prepare('SELECT ?').pluck().get('a') // → 'a'",
    ),
    fenced('ts', "import { open } from './other.mjs'", 'open // true'),
    fenced('ts', 'for (const n of [1, 2]) {', '  console.log(n) // → 1, 2', '}'),
    fenced('ts', 'const later: number = await Promise.resolve(3)', 'later // → 3'),
    fenced(
      'js',
      "const Database = require('better-sqlite3')",
      "Database(':memory:').memory // true",
    ),
    fenced('sh', 'ls *.mjs'),
    fenced('text', 'line-…', 'other.mjs'),
    fenced('sql', 'SELECT 1;'),
    fenced('json', '{ "a": 1 }'),
  ].join('')
  t.deepEqual(await runPage('page', page), { problems: [], trueClaims: 5, steps: 6 })
})
