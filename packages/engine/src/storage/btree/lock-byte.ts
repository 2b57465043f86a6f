/** The page at byte 2^30, where SQLite keeps its lock bytes: never part of any structure. (Database File Format §1.4) */
export function lockBytePgno(pageSize: number): number {
  return 0x40000000 / pageSize + 1
}
