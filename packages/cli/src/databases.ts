/** What the connection's databases hold, for the commands that list objects. */
import type { Database } from '../../engine/src/index.ts'

export interface ListedDatabase {
  readonly name: string
  /** Empty: in memory. */
  readonly file: string
}

/** Main, temp, the attached ones. */
export function databasesOf(database: Database): readonly ListedDatabase[] {
  return database.prepare<[], ListedDatabase>('PRAGMA database_list').all()
}

/**
 * The first column of a query for each database in turn, `sqlite_schema` in it being that database's own. Answers the name of
 * the database with it.
 */
export function fromEach(database: Database, sql: string, pattern: string): [string, string][] {
  return databasesOf(database).flatMap(({ name }) => {
    const own = sql.replace('sqlite_schema', `"${name.replaceAll('"', '""')}".sqlite_schema`)
    const values = database.prepare<[string], string>(own).pluck().all(pattern)
    return values.map((value): [string, string] => [name, value])
  })
}

/** An object's name, with that of its database where that is not main. */
export function objectName([database, name]: readonly [string, string]): string {
  return database === 'main' ? name : `${database}.${name}`
}

/** The text of a CREATE statement, such that it says which database it is for. */
export function definition([database, sql]: readonly [string, string]): string {
  if (database === 'main') return sql
  const prefix = /^CREATE (?:UNIQUE |VIRTUAL )?(?:TABLE|INDEX|VIEW|TRIGGER) /i.exec(sql)?.[0]
  return prefix === undefined ? sql : `${prefix}${database}.${sql.slice(prefix.length)}`
}
