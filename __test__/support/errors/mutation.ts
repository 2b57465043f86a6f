/** Statements made wrong: tokens left out, exchanged, doubled, and replaced by others that hardly ever stand there. */
import type { Random } from '../random.ts'

const token =
  /"(?:[^"]|"")*"|'(?:[^']|'')*'|`[^`]*`|\[[^\]]*\]|[A-Za-z_][A-Za-z0-9_$]*|0x[0-9a-fA-F]+|[0-9.]+(?:[eE][+-]?[0-9]+)?|<>|<=|>=|==|!=|\|\||<<|>>|->>?|\S/gu

const keywords =
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET UNION ALL EXCEPT INTERSECT DISTINCT AS ON USING JOIN LEFT INNER CROSS NATURAL INSERT INTO VALUES UPDATE SET DELETE REPLACE OR AND NOT NULL IS IN LIKE GLOB BETWEEN CASE WHEN THEN ELSE END CAST COLLATE NOCASE RTRIM BINARY CREATE TABLE INDEX VIEW TEMP UNIQUE PRIMARY KEY AUTOINCREMENT CHECK DEFAULT REFERENCES FOREIGN STRICT WITHOUT ROWID DROP IF EXISTS BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE TO EXPLAIN QUERY PLAN PRAGMA WITH RECURSIVE FILTER OVER RETURNING CONFLICT ABORT FAIL IGNORE ESCAPE ISNULL NOTNULL INDEXED REINDEX ATTACH DETACH ASC DESC NULLS FIRST LAST TRUE FALSE CURRENT_TIMESTAMP GENERATED ALWAYS STORED ROW rowid oid _rowid_ excluded new old'.split(
    ' ',
  )

const oddities = [
  '0',
  '1',
  '-1',
  '-0.0',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '18446744073709551616',
  '1e308',
  '1e999',
  '-1e999',
  '0.1e-400',
  '0x7fffffffffffffff',
  '0xffffffffffffffff',
  '2147483647',
  '2147483648',
  '4294967296',
  "''",
  "'\u{1f600}'",
  "'a\0b'",
  "'\ud800'",
  "x''",
  "x'00ff'",
  "x'1'",
  'zeroblob(3)',
  'zeroblob(9223372036854775807)',
  'NULL',
  '?',
  '?1',
  '?32766',
  '?99999',
  ':a',
  '@a',
  '$a::b(c)',
  '*',
  't.*',
  '""',
  '"\u{1f600}"',
  '"a\0b"',
  '[]',
  '[a]',
  '``',
  '__proto__',
  '"__proto__"',
  'constructor',
  '"toString"',
  'hasOwnProperty',
  'sqlite_schema',
  'sqlite_master',
  'temp.sqlite_schema',
  'sqlite_sequence',
  'main',
  'temp',
  'nowhere.t',
  '/*',
  '--',
  ';',
  '(',
  ')',
  '((((((((((((((((1))))))))))))))))',
  '\0',
  '\ufeff',
  '\u{1f600}',
  '(SELECT 1, 2)',
  '(1, 2)',
  '(VALUES (1))',
  '(SELECT a FROM t)',
  'EXISTS (SELECT 1)',
  'count(*)',
  'max(a)',
  'min(a, b)',
  "group_concat(a, '')",
  'sum(DISTINCT a)',
  'count(*) FILTER (WHERE a)',
  "printf('%*.*f', 2147483647, -1, a)",
  "printf('%n%z%-+0 !,#99999d%s', a, b)",
  'abs(-9223372036854775808)',
  "date('now', a, b)",
  "strftime('%J%f%q', 1e300)",
  'substr(a, -9223372036854775808, 9223372036854775807)',
  'round(a, 1e300)',
  'char(-1, 1114112, 55296)',
  'unicode(b)',
  'replace(a, b, a)',
  "instr(a, '')",
  'CAST(a AS BLOB)',
  'a COLLATE nowhere',
  "a LIKE b ESCAPE ''",
  'a GLOB b',
  '1 << 9223372036854775807',
  '1 % 0',
  '(SELECT b FROM t AS q WHERE q.a = a)',
  '(SELECT count(*) FROM u GROUP BY 1 ORDER BY 1 LIMIT 1)',
  'a IN (SELECT b FROM u)',
  '(a, b) IN (VALUES (1, 2))',
  'a IN ()',
  'sum(max(a)) OVER ()',
  'avg(b) FILTER (WHERE count(*) > 1)',
  'nullif(a, b) IS NOT DISTINCT FROM c',
  'iif(a, b)',
  "'a' || zeroblob(10) || 1e300",
  'json(a)',
  'like(a, b, c)',
  'likely(a)',
  "format('%c%lld%5$s', a)",
  'hex(randomblob(4)) COLLATE NOCASE',
  'last_insert_rowid() + changes()',
  "typeof(x'') = 'blob'",
  'ORDER BY 99999',
  'LIMIT -1 OFFSET -1',
  'LIMIT 1e300',
  "LIMIT 'a'",
]

export function tokensOf(sql: string): string[] {
  return sql.match(token) ?? []
}

const known = new Set(keywords)

/** Most changes leave a statement that can be parsed: another operand in the place of a name or a literal. */
function replaceOperand(random: Random, tokens: string[]): boolean {
  const places = [...tokens.keys()].filter(
    (i) => /^[A-Za-z_0-9'"]/.test(tokens[i]!) && !known.has(tokens[i]!),
  )
  if (places.length === 0) return false
  const at = random.pick(places)
  const operand = random.pick(random.below(2) === 0 ? oddities : tokens)
  tokens[at] = random.pick([operand, operand, `${tokens[at]!} + ${operand}`, `(${operand})`])
  return true
}

/** The statement with one to four changes. `others`: statements whose tokens may come in. */
export function mutate(
  random: Random,
  sql: string,
  others: readonly string[],
  changes: number = random.pick([1, 1, 1, 2, 3, 4]),
): string {
  const tokens = tokensOf(sql)
  for (let count = changes; count > 0; count--) {
    if (random.below(3) > 0 && replaceOperand(random, tokens)) continue
    const at = random.below(tokens.length + 1)
    const other = random.below(tokens.length + 1)
    switch (random.below(9)) {
      case 0:
        tokens.splice(at, 1 + random.below(2))
        break
      case 1:
        ;[tokens[at], tokens[other]] = [tokens[other] ?? '', tokens[at] ?? '']
        break
      case 2:
        tokens.splice(at, 0, tokens[other] ?? ',')
        break
      case 3:
        tokens[at] = random.pick(keywords)
        break
      case 4:
        tokens.splice(at, 0, random.pick(keywords))
        break
      case 5:
      case 6:
        tokens[at] = random.pick(oddities)
        break
      case 7: {
        const strange = tokensOf(random.pick(others))
        const from = random.below(strange.length + 1)
        tokens.splice(at, random.below(3), ...strange.slice(from, from + 1 + random.below(6)))
        break
      }
      default: {
        const part = tokens.slice(Math.min(at, other), Math.max(at, other))
        tokens.splice(at, 0, ...part.slice(0, 12))
      }
    }
  }
  return tokens.join(' ')
}
