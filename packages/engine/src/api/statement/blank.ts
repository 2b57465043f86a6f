/** What may follow the one statement of a text. */

/** Spaces, semicolons and comments; a comment may be open. */
const blank = /(?:[ \t-\r;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/y

/** Whether nothing follows the statement that ends at `end`. */
export function isBlank(sql: string, end: number): boolean {
  blank.lastIndex = end
  return blank.test(sql)
}
