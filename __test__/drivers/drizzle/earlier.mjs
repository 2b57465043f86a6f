/** The schema of an earlier release, for drizzle-kit push. */
import { index, int, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const users = sqliteTable(
  'users',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    email: text().notNull(),
    role: text().notNull().default('reader'),
    active: integer({ mode: 'boolean' }).notNull().default(true),
  },
  (table) => [index('by_role').on(table.role, table.name), uniqueIndex('by_email').on(table.email)],
)

export const posts = sqliteTable('posts', {
  id: int().primaryKey(),
  authorId: int('author_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  title: text().notNull(),
})
