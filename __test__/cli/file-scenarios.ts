/** Sessions that read files, write them, or work in them. */
import { memory, type Scenario } from './scenario.ts'

const csv = `id,name,note
1,plain,x
2,"quoted, with comma","said ""hi"""
3,"two
lines",
4,short
5,a,b,too,many
"6",é,"trailing space "
7,unclosed,"open
`

const importCommands = [
  '.import --csv in.csv t',
  '.import --csv -v in.csv t',
  '.import --csv -v -v in.csv t',
  '.import --csv --skip 1 in.csv t',
  '.import --csv --skip 100 in.csv t',
  '.import --csv --schema temp in.csv t',
  '.mode csv\n.import in.csv t',
  '.mode tabs\n.import in.csv t',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);\n.import --csv --skip 1 in.csv t',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b, c UNIQUE);\n.import --csv in.csv t',
  'CREATE TABLE t(a, b);\n.import --csv in.csv t',
  'CREATE TABLE t(a, b, c, d, e, f);\n.import --csv in.csv t',
  'CREATE VIEW t AS SELECT 1;\n.import --csv in.csv t',
  '.separator , \\n\n.import in.csv t',
  '.separator ",,"\n.import in.csv t',
  '.separator "" \\n\n.import in.csv t',
  '.separator , ""\n.import in.csv t',
  '.separator , "ab"\n.import in.csv t',
  '.import in.csv t',
  '.import --csv "|cat in.csv" t',
  '.import --csv "|false" t',
  'BEGIN;\n.import --csv in.csv t\nROLLBACK;\nCREATE TABLE t(x);',
  '.import --csv in.csv "odd name"\nSELECT * FROM "odd name";\n.import --csv in.csv t',
  '.import --csv nothing.csv t',
  '.import --csv empty.csv t',
]

/** A few imports a session, each into a table that is not there yet. */
function importGroups(): Scenario[] {
  return [0, 1, 2, 3].map((part) => ({
    name: `.import, ${part + 1}`,
    args: memory,
    input: importCommands
      .filter((_, i) => i % 4 === part)
      .map(
        (command) =>
          `.mode list\n.print ${command.split('\n')[0]}\n${command}\n.mode quote\nSELECT * FROM t;\n.schema\nDROP VIEW t;\nDROP TABLE t;\n`,
      )
      .join(''),
    files: { 'in.csv': csv, 'empty.csv': '' },
  }))
}

/** Files that are read. */
export const imports: readonly Scenario[] = [
  ...importGroups(),
  {
    name: 'import of ASCII',
    args: memory,
    input:
      '.import --ascii in.txt t\n.mode ascii\n.import in.txt u\n.mode quote\nSELECT * FROM t;\nSELECT * FROM u;\n.schema\n',
    files: { 'in.txt': 'a\x1fb\x1e1\x1f"two"\x1e3\x1ffour\x1e' },
  },
  {
    name: 'import with a mark, carriage returns and names that come twice',
    args: memory,
    input: '.import --csv in.csv t\n.mode json\nSELECT * FROM t;\n.schema\n',
    files: { 'in.csv': '\ufeffa,A,a_2,,b,b,"c d",e\r\n1,2,3,4,5,6,"7"\r\n\r\n"8"\r\n' },
  },
  {
    name: 'import with many columns of one name',
    args: memory,
    input: '.import --csv in.csv t\n.schema\n',
    files: { 'in.csv': `${Array.from({ length: 12 }, () => 'x').join(',')}\n` },
  },
  {
    name: 'import of quotes in odd places',
    args: memory,
    input: '.import --csv in.csv t\n.mode quote\nSELECT * FROM t;\n',
    files: { 'in.csv': 'a,b\n"x"y,z\nq"r,"s"\n"t" ,u\n"v"\r\n"w""",""\n' },
  },
  {
    name: 'import of bytes that are no UTF-8',
    args: memory,
    input: '.import --csv in.csv t\nSELECT hex(a), hex(b) FROM t;\n',
    files: { 'in.csv': Buffer.from('a,b\n\xff\xfe,\xe9\nc,d\0e\n', 'latin1') },
  },
  {
    name: '.read',
    args: memory,
    input: '.read script.sql\nSELECT b;\n.read "|echo SELECT 9"\n.read script.sql\n',
    files: {
      'script.sql':
        'CREATE TABLE IF NOT EXISTS t(a);\nINSERT INTO t VALUES (1),\n(2);\nSELECT x;\n.read inner.sql\nSELECT count(*) FROM t;\n.quit\nSELECT 5;\n',
      'inner.sql': "SELECT 'inner'\n",
    },
  },
  {
    name: '.read of itself',
    args: memory,
    input: '.read script.sql\n',
    files: { 'script.sql': '.print x\n.read script.sql\n' },
  },
  {
    name: '.read with .bail',
    args: ['-bail', ...memory],
    input: '.read script.sql\nSELECT 3;\n',
    files: { 'script.sql': 'SELECT 1;\nSELECT x;\nSELECT 2;\n' },
  },
]

/** Files that are written, and databases in files. */
export const files: readonly Scenario[] = [
  {
    name: '.output and .once',
    args: memory,
    input: `.output out.txt
SELECT 1;
.show
.output
SELECT 2;
.once once.txt
SELECT 3;
SELECT 4;
.once once2.txt
.print five
SELECT 6;
.output --bom bom.txt
SELECT 7;
.output stdout
.once '|cat -n'
SELECT 'piped'; SELECT 'too';
.output "|tr a-z A-Z"
SELECT 'upper';
.print also
.output off
SELECT 8;
.output stderr
SELECT 9;
.output
.once csv.txt
.mode csv
SELECT 'a b';
SELECT 'c d';
`,
    results: ['out.txt', 'once.txt', 'once2.txt', 'bom.txt', 'csv.txt'],
  },
  {
    name: 'a database in a file',
    args: ['a.db'],
    input: `CREATE TABLE t(a);
INSERT INTO t VALUES (1), (2);
.tables
.backup b.db
.save c.db
.open b.db
SELECT count(*) FROM t;
INSERT INTO t VALUES (3);
.open a.db
SELECT count(*) FROM t;
.restore b.db
SELECT count(*) FROM t;
.restore main c.db
SELECT count(*) FROM t;
.clone d.db
.clone d.db
.open d.db
.dump
.open --new d.db
.tables
.open
.tables
.open --nothing x
.open x y
.open /no/such/folder/a.db
SELECT 'goes on';
`,
  },
  {
    name: 'readfile and writefile',
    args: memory,
    input: `SELECT writefile('w.txt', 'content'), writefile('sub/w.bin', x'00ff');
SELECT readfile('w.txt'), hex(readfile('sub/w.bin')), typeof(readfile('w.txt'));
SELECT writefile('w.txt');
`,
    results: ['w.txt', 'sub/w.bin'],
  },
  {
    name: 'no database',
    args: ['no.db'],
    input: '.tables\nSELECT * FROM t;\n.schema\n.dump\n',
    files: { 'no.db': 'x'.repeat(600) },
  },
  {
    name: 'no database, as an argument',
    args: ['no.db', 'SELECT * FROM t'],
    files: { 'no.db': 'x'.repeat(600) },
  },
  { name: 'a folder that is not there', args: ['no/such/a.db', 'SELECT 1'] },
  {
    name: 'a folder that is not there, and a script',
    args: ['no/such/a.db'],
    input: 'SELECT 1;\n',
  },
  {
    name: 'reading only',
    args: ['-readonly', 'a.db'],
    input: 'SELECT * FROM t;\nINSERT INTO t VALUES (1);\n',
    files: {},
  },
  {
    name: 'deserialize and hexdb',
    args: memory,
    input: `.open --hexdb h.txt
SELECT * FROM t;
.open --hexdb bad.txt
`,
    files: { 'bad.txt': 'nothing\n', 'h.txt': 'nothing\n' },
  },
  {
    name: 'an archive',
    args: ['x.db'],
    input: `.archive -cv a.txt b.txt
.archive -t
.ar -tgv b*
.ar t a.txt
.archive -xv -C out
.archive -u a.txt
.archive --insert --verbose b.txt
.archive -r a.txt
.ar -t
.schema
SELECT name, mode, sz, length(data) <= sz FROM sqlar;
.ar --nope
.ar -q
.ar -xt
.ar -f
.ar tf nope.db
.ar c nofile
.ar -x nofile
.ar --l
.ar -t -C
.ar -cf y.db a.txt
.ar -tf y.db
.ar -n -r b.txt
`,
    files: { 'a.txt': 'hello\n', 'b.txt': 'x'.repeat(5000) },
    results: ['out/a.txt', 'out/b.txt'],
  },
  { name: '-A', args: ['x.db', '-Acv', 'a.txt'], files: { 'a.txt': 'hello\n' } },
]
