/** The schema of a later release: an index and a column that go, a key that changes, a table that comes. */
import { int, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const users = sqliteTable(
  'users',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    email: text().notNull(),
    role: text().notNull().default('reader'),
  },
  (table) => [uniqueIndex('by_email').on(table.email)],
)

export const posts = sqliteTable('posts', {
  id: int().primaryKey(),
  authorId: int('author_id').references(() => users.id, { onDelete: 'set null' }),
  title: text().notNull(),
})

export const notes = sqliteTable('notes', { id: int().primaryKey(), text: text().notNull() })
