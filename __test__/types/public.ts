/**
 * The public types as an application uses them. There is nothing to run: the compiler is the test, and each
 * `@ts-expect-error` fails it when the line below is accepted.
 */
import ChorusDatabase, { Builder, Database, isComplete, SqliteError } from '../../index.js'
import type {
  CollationOptions,
  ColumnDefinition,
  DatabaseOptions,
  FunctionOptions,
  LocalConnection,
  Parameters,
  RunResult,
  SqliteCode,
  Statement,
  TransactionFunction,
} from '../../index.js'

interface Note {
  id: number
  text: string
}

/** Accepts only what has exactly the type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Same<A, B>): void {}

const options: DatabaseOptions = {
  readonly: false,
  timeout: 100,
  verbose: console.log,
  experimental: ['multiprocess_wal'],
}
const db: Database = new Database('app.db', options)
const again: Database = Database(':memory:')
const byDefault: Database = new ChorusDatabase()

// Statements: rows and parameters may be named, and are unknown where they are not.
const plain = db.prepare('SELECT 1')
same<typeof plain, Statement<unknown[], unknown>>(true)
same<ReturnType<typeof plain.get>, unknown>(true)
const one = db.prepare<[number], Note>('SELECT * FROM note WHERE id = ?')
const found: Note | undefined = one.get(1)
const all: Note[] = one.all(1)
for (const { text } of one.iterate(1)) text.trim()
const byName = db.prepare<{ id: number }, Note>('SELECT * FROM note WHERE id = :id')
const named: Note | undefined = byName.get({ id: 1 })
same<typeof byName, Statement<[{ id: number }], Note>>(true)
const result: RunResult = db.prepare('INSERT INTO note(text) VALUES (?)').run('hello')
const columns: ColumnDefinition[] = one.columns()
same<ReturnType<typeof one.raw>, typeof one>(true)
one.raw().pluck(false).expand().safeIntegers().bind(1).toString()
db.exec('SELECT 1').pragma('user_version', { simple: true })
db.defaultSafeIntegers().unsafeMode(false).close()

// Functions and collations.
db.function('double', { deterministic: true, varargs: false }, (x: number) => x * 2)
db.function('none', () => null).collation('de', new Intl.Collator('de').compare)
db.table('numbers', {
  columns: ['n'],
  parameters: ['last'],
  *rows(last: number) {
    for (let n = 1; n <= last; n++) yield [n]
  },
})
db.table('made', function (name: string) {
  const { table } = this
  return {
    columns: [name],
    directOnly: true,
    *rows() {
      yield { [name]: table }
    },
  }
})
db.function('own', { reentrant: true } satisfies FunctionOptions, (id: number) => one.get(id)?.text)
db.collation('own', { reentrant: false } satisfies CollationOptions, (a, b) => a.length - b.length)

// Transactions keep the arguments and the result of their function.
const add = db.transaction((id: number, text: string) => `${id}${text}`)
same<typeof add, TransactionFunction<[number, string], string>>(true)
const added: string = add.immediate(1, 'x')
const owner: Database = add.database

// Errors.
try {
  db.exec('nonsense')
} catch (error) {
  if (error instanceof SqliteError) {
    const code: SqliteCode = error.code
    if (code === 'SQLITE_BUSY') console.log(error.message)
  }
  if (error instanceof Database.SqliteError) console.log(error.code)
}

// The other face.
async function build(): Promise<void> {
  const database = await Builder.newLocal('app.db').experimentalMultiprocessWal(true).build()
  const connection: LocalConnection = database.connect()
  const params: Parameters = ['hello']
  const changed: number = await connection.execute('INSERT INTO note(text) VALUES (?)', params)
  await connection.execute('INSERT INTO note(text) VALUES (:text)', { text: `${changed}` })
  for await (const row of await connection.query('SELECT * FROM note')) {
    const { text } = row
    console.log(text)
  }
}

function dispose(): boolean {
  using scoped = new Database()
  return scoped.open && isComplete('SELECT 1;')
}

/** What must not be accepted. */
const refused: readonly (() => unknown)[] = [
  // @ts-expect-error -- a name is a text
  () => new Database(5),
  // @ts-expect-error -- a wrong type of an option
  () => new Database('x', { readonly: 'yes' }),
  // @ts-expect-error -- an option that is not known
  () => new Database('x', { readOnlyy: true }),
  // @ts-expect-error -- SQL is a text
  () => db.prepare(5),
  // @ts-expect-error -- a property for reading
  () => (db.open = false),
  // @ts-expect-error -- a parameter of another type
  () => one.get('x'),
  // @ts-expect-error -- one parameter is missing
  () => one.get(),
  // @ts-expect-error -- a named parameter is missing
  () => byName.get({}),
  // @ts-expect-error -- a row has no such column
  () => one.get(1)?.nothing,
  // @ts-expect-error -- unknown rows must be looked at first
  () => plain.get().id,
  // @ts-expect-error -- an argument of another type
  () => add('x', 'y'),
  // @ts-expect-error -- no code of SQLite's
  () => 'SQLITE_NOTHING' satisfies SqliteCode,
  // @ts-expect-error -- builders come from newLocal
  () => new Builder('x'),
  // @ts-expect-error -- parameters are a list or named
  () => 5 satisfies Parameters,
]

export const used: readonly unknown[] = [
  again,
  byDefault,
  found,
  all,
  named,
  result,
  columns,
  added,
  owner,
  build,
  dispose,
  refused,
]
