import { relations, sql } from 'drizzle-orm'
import {
  blob,
  check,
  index,
  int,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

export const users = sqliteTable(
  'users',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text({ length: 80 }).notNull(),
    email: text().notNull().unique(),
    role: text({ enum: ['reader', 'writer'] })
      .notNull()
      .default('reader'),
    settings: text({ mode: 'json' }),
    active: integer({ mode: 'boolean' }).notNull().default(true),
    born: integer({ mode: 'timestamp_ms' }),
    createdAt: text('created_at')
      .notNull()
      .default(sql`CURRENT_TIMESTAMP`),
    photo: blob({ mode: 'buffer' }),
    followers: blob({ mode: 'bigint' }),
    score: real(),
    money: numeric(),
    lower: text().generatedAlwaysAs(sql`lower(email)`, { mode: 'stored' }),
  },
  (table) => [
    index('by_role').on(table.role, table.name),
    uniqueIndex('lower_email').on(sql`lower(email)`),
    check('score', sql`${table.score} >= 0`),
  ],
)

export const posts = sqliteTable('posts', {
  id: int().primaryKey(),
  authorId: int('author_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  title: text().notNull(),
})

export const tags = sqliteTable('tags', { id: int().primaryKey(), name: text().notNull().unique() })

export const postTags = sqliteTable(
  'post_tags',
  {
    postId: int('post_id')
      .notNull()
      .references(() => posts.id),
    tagId: int('tag_id')
      .notNull()
      .references(() => tags.id),
  },
  (table) => [primaryKey({ columns: [table.postId, table.tagId] })],
)

export const writers = sqliteView('writers').as((q) =>
  q
    .select()
    .from(users)
    .where(sql`role = 'writer'`),
)

export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }))
export const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(users, { fields: [posts.authorId], references: [users.id] }),
  tags: many(postTags),
}))
export const postTagsRelations = relations(postTags, ({ one }) => ({
  post: one(posts, { fields: [postTags.postId], references: [posts.id] }),
  tag: one(tags, { fields: [postTags.tagId], references: [tags.id] }),
}))
