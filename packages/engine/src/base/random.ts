/** Chance: 32 bits that nobody can foresee, for the salts of a log. */
export function randomWord(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
