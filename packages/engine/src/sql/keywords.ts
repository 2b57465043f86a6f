/**
 * SQLite's keywords, and which of them may stand where a name is expected. (SQLite Keywords; the
 * fallback list of SQLite's grammar.)
 */

const reserved = `ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT
DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS
ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN WHERE`

/** A name where the grammar has no other use for the word. */
const fallback = `ABORT ACTION AFTER ALWAYS ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT CURRENT
CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFERRED DESC DETACH DO EACH END EXCLUDE EXCLUSIVE EXPLAIN FAIL
FIRST FOLLOWING FOR GENERATED GLOB GROUPS IF IGNORE IMMEDIATE INITIALLY INSTEAD KEY LAST LIKE MATCH MATERIALIZED NO
NULLS OF OFFSET OTHERS PARTITION PLAN PRAGMA PRECEDING QUERY RAISE RANGE RECURSIVE REGEXP REINDEX RELEASE RENAME
REPLACE RESTRICT ROLLBACK ROW ROWS SAVEPOINT TEMP TEMPORARY TIES TRIGGER UNBOUNDED VACUUM VIEW VIRTUAL WITH WITHOUT`

/** Names everywhere but as an alias without AS. */
const joinWords = 'CROSS FULL INDEXED INNER LEFT NATURAL OUTER RIGHT'

/** Keywords only in certain company, which the lexer looks at; names otherwise. */
const contextual = 'FILTER OVER WINDOW'

const words = (list: string): string[] => list.split(/\s+/)

/** Bits of what a keyword may be. */
export const KEYWORD_RESERVED = 1
export const KEYWORD_FALLBACK = 2
export const KEYWORD_JOIN = 4
export const KEYWORD_CONTEXTUAL = 8

/** Upper-case keyword → bits. */
export const keywords: ReadonlyMap<string, number> = new Map<string, number>([
  ...words(reserved).map((word): [string, number] => [word, KEYWORD_RESERVED]),
  ...words(fallback).map((word): [string, number] => [word, KEYWORD_FALLBACK]),
  ...words(joinWords).map((word): [string, number] => [word, KEYWORD_RESERVED | KEYWORD_JOIN]),
  ...words(contextual).map((word): [string, number] => [word, KEYWORD_CONTEXTUAL]),
])

/** Longest and shortest keyword: other words need no look-up. */
export const longestKeyword = 17
export const shortestKeyword = 2
