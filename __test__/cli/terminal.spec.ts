/**
 * The shell as somebody at a terminal has it: what is typed is edited, completed, remembered and coloured; Ctrl-C stops a statement and not the
 * shell; a window that becomes narrower shows the same. It runs on a pseudo-terminal, and the screen is that of a terminal emulator.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../support/temporary.ts'
import { shellCommand } from './run-shell.ts'
import { hasPseudoTerminals, TerminalSession, type TerminalOptions } from './terminal.ts'

const isThere = hasPseudoTerminals()
const prompt = 'chorusdb>'

function terminalTest(
  name: string,
  run: (
    t: ExecutionContext,
    open: (args?: readonly string[], options?: Partial<TerminalOptions>) => TerminalSession,
    folder: string,
  ) => Promise<void>,
): void {
  test.serial(`terminal: ${name}`, async (t) => {
    t.timeout(120_000)
    if (!isThere) {
      t.log('there is no python3 that gives a terminal: skipped')
      t.pass()
      return
    }
    const folder = temporaryFolder()
    const sessions: TerminalSession[] = []
    const open = (
      args: readonly string[] = ['a.db'],
      options: Partial<TerminalOptions> = {},
    ): TerminalSession => {
      const session = new TerminalSession(...shellCommand(args), { cwd: folder, ...options })
      sessions.push(session)
      return session
    }
    try {
      await run(t, open, folder)
    } finally {
      for (const session of sessions) session.kill()
    }
  })
}

const lastLine = (text: string): string => text.split('\n').at(-1)!

terminalTest('a box, statements of several lines, errors, an end', async (t, open) => {
  const session = open()
  await session.line(prompt)
  t.regex(
    session.text,
    /^ChorusDB version \d+\.\d+\.\d+\nEnter "\.help" for usage hints\.\nchorusdb>$/,
  )
  session.send('SELECT 1 AS one,\r')
  await session.line('...>')
  session.send("'Zoë 日本' AS two;\r")
  await session.until((text) => text.includes('└') && text.endsWith(prompt))
  t.true(
    session.text.includes(
      [
        '┌─────┬──────────┐',
        '│ one │   two    │',
        '├─────┼──────────┤',
        '│ 1   │ Zoë 日本 │',
        '└─────┴──────────┘',
      ].join('\n'),
    ),
    session.text,
  )
  session.send('SELECT x;\r')
  await session.until((text) => text.includes('error here') && text.endsWith(prompt))
  t.true(
    session.text.includes('Parse error: no such column: x\n  SELECT x;\n         ^--- error here'),
  )
  session.send('\u0004')
  t.is(await session.end(), 1)
})

terminalTest('keys edit a text of several lines', async (t, open) => {
  const session = open()
  await session.line(prompt)
  session.send('SELECT 12,\r34;')
  await session.until((text) => lastLine(text).endsWith('34;'))
  // Up into the first line, to its beginning, over a word, and a character more.
  session.send('\u001b[A\u0001\u001bf9 AS a, \u001b[B\u0005')
  await session.until((text) => text.includes('SELECT 9 AS a, 12,'))
  t.deepEqual(session.cursor, [13, 3])
  session.send('\u007f AS b;\r')
  await session.until((text) => text.includes('└') && text.endsWith(prompt))
  t.regex(session.text, /│ 9 │ 12 │ 34 │/)
  // A line goes, and comes back.
  session.send('SELECT 7;\u0015\u0019\r')
  await session.until((text) => text.includes('│ 7 │'))
})

terminalTest('Ctrl-C stops a statement and not the shell', async (t, open) => {
  const session = open()
  await session.line(prompt)
  session.send('CREATE TABLE t(a);\r')
  await session.until((text) => text.endsWith(`t(a);\n${prompt}`))
  session.send(
    'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c;\r',
  )
  await new Promise((resolve) => setTimeout(resolve, 700))
  session.send('\u0003')
  await session.until(
    (text) => text.includes('Runtime error: interrupted (9)') && text.endsWith(prompt),
  )
  session.send(
    'INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;\r',
  )
  await new Promise((resolve) => setTimeout(resolve, 700))
  session.send('\u0003')
  await session.until((text) => text.split('interrupted (9)').length === 3 && text.endsWith(prompt))
  // Of what is being typed it lets go.
  session.send("SELECT 'not this\r")
  await session.line('...>')
  session.send('\u0003')
  await session.until((text) => text.endsWith(`^C\n${prompt}`))
  session.send('SELECT count(*) FROM t;\r')
  await session.until((text) => text.includes('│ 0        │'))
  session.send('.quit\r')
  t.is(await session.end(), 1)
})

terminalTest('commands, names and paths are completed', async (t, open, folder) => {
  writeFileSync(join(folder, 'a script.sql'), "SELECT 'read';\n")
  writeFileSync(join(folder, 'script.sql'), "SELECT 'read';\n")
  const session = open()
  await session.line(prompt)
  session.send(
    'CREATE TABLE person(id INTEGER PRIMARY KEY, first_name, "last name"); CREATE TABLE pet(owner);\r',
  )
  await session.line(`pet(owner);\n${prompt}`)
  const completed = async (typed: string, expected: string): Promise<void> => {
    session.send(`${typed}\t`)
    await session.until((text) => lastLine(text) === `${prompt} ${expected}`)
    session.send('\u0003')
    await session.until((text) => text.endsWith(`^C\n${prompt}`))
  }
  await completed('.proc', '.processes')
  await completed('.mode mark', '.mode markdown')
  await completed('.read scr', '.read script.sql')
  await completed('.schema per', '.schema person')
  await completed('SELECT first_n', 'SELECT first_name')
  await completed('SELECT * FROM per', 'SELECT * FROM person')
  await completed('SELECT p.fi', 'SELECT p.fi')
  await completed('SELECT * FROM person p WHERE p.fi', 'SELECT * FROM person p WHERE p.first_name')
  await completed(
    'SELECT * FROM person AS q WHERE q.last',
    'SELECT * FROM person AS q WHERE q."last name"',
  )
  await completed('SELECT json_group_a', 'SELECT json_group_array(')
  await completed('PRAGMA wal_auto', 'PRAGMA wal_autocheckpoint')
  await completed('sele', 'select')
  await completed("ATTACH 'scri", "ATTACH 'script.sql")
  // Twice: all that there are.
  session.send('SELECT * FROM pe\t\t')
  await session.until((text) => /\nperson {2}pet\nchorusdb> SELECT \* FROM pe$/.test(text))
  t.pass()
})

terminalTest('what was typed is remembered, and found again', async (t, open, folder) => {
  const first = open()
  await first.line(prompt)
  first.send("SELECT 'one',\r2;\r")
  await first.until((text) => text.includes('└') && text.endsWith(prompt))
  first.send("SELECT 'three';\r")
  await first.until((text) => text.includes('three │') || text.includes('three   │'))
  await first.line(prompt)
  first.send('\u0004')
  await first.end()
  t.is(
    readFileSync(join(folder, '.chorusdb_history'), 'utf8'),
    "SELECT 'one',\\\n2;\nSELECT 'three';\n",
  )
  const second = open()
  await second.line(prompt)
  second.send('\u001b[A')
  await second.line("> SELECT 'three';")
  second.send('\u001b[A')
  await second.line('...> 2;')
  second.send('\u001b[B')
  await second.line("> SELECT 'three';")
  second.send('\u001b[B')
  await second.line(prompt)
  second.send('\u0012on')
  await second.until((text) => text.includes("(reverse-search)'on': SELECT 'one',"))
  second.send('\r')
  await second.until((text) => text.includes('│ one'))
})

terminalTest('a window may become narrower and wider', async (t, open) => {
  const session = open(['a.db'], { columns: 60, rows: 20 })
  await session.line(prompt)
  session.send("SELECT 'a text that is long enough to go over the end of a line' AS a;")
  await session.until((text) => text.endsWith('AS a;'))
  session.resize(30, 20)
  await session.until((text) => text.endsWith('AS a;'))
  session.send('\u001b[D\u001b[Db')
  await session.until((text) => text.replaceAll('\n', '').endsWith('AS ba;'))
  session.resize(90, 20)
  session.send('\r')
  await session.until((text) => text.includes('└') && text.endsWith(prompt))
  t.regex(session.text, /│ +ba +│/)
})

terminalTest(
  'SQL is shown in colours, and without them where they are not wanted',
  async (t, open) => {
    const session = open([':memory:'])
    await session.line(prompt)
    session.send("SELECT 'x'; -- why")
    await session.line('-- why')
    const written = session.pieces.map(({ text }) => text).join('')
    t.true(written.includes('\u001b[1;34mSELECT\u001b[0m'))
    t.true(written.includes("\u001b[32m'x'\u001b[0m"))
    t.true(written.includes('\u001b[2m-- why\u001b[0m'))
    const plain = open([':memory:'], { env: { NO_COLOR: '1' } })
    await plain.line(prompt)
    plain.send('SELECT 1;')
    await plain.line('SELECT 1;')
    t.false(
      plain.pieces
        .map(({ text }) => text)
        .join('')
        .includes('\u001b[1;34m'),
    )
  },
)

terminalTest('what is typed before it is asked for is not lost', async (t, open) => {
  const session = open([':memory:'])
  session.send("SELECT 'early';\rSELECT 'and more';\rSELECT 'at last'")
  await session.until((text) => text.endsWith("> SELECT 'at last'"))
  session.send(';\r')
  await session.until((text) => text.includes('│ at last') && text.endsWith(prompt))
  t.regex(session.text, /│ early[\s\S]*│ and more[\s\S]*│ at last/)
})

terminalTest('text that is pasted is one text', async (t, open) => {
  const session = open([':memory:'])
  await session.line(prompt)
  session.send('\u001b[200~SELECT 1 AS a;\rSELECT\t2 AS b;\u001b[201~')
  await session.until((text) => text.endsWith('...> SELECT 2 AS b;'))
  session.send('\r')
  await session.until((text) => text.includes('│ b │') && text.endsWith(prompt))
  t.regex(session.text, /│ 1 │[\s\S]*│ 2 │/)
})

terminalTest(
  'long work shows a bar with its rate and the time that is left',
  async (t, open, folder) => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i},name ${i},${i * 7}`).join('\n')
    writeFileSync(join(folder, 'rows.csv'), `id,name,number\n${rows}\n`)
    const session = open()
    await session.line(prompt)
    session.send('.import --csv rows.csv rows\r')
    await session.until((text) => text.endsWith(`rows\n${prompt}`))
    const written = session.pieces.map(({ text }) => text).join('')
    t.regex(written, /import .*\d+% \| \d+\.\d MB\/s \| \d+ s/)
    session.send('SELECT count(*) FROM rows;\r')
    await session.until((text) => text.includes('│ 300000   │'))
  },
)
