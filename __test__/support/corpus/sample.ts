/** The part of the corpora that `npm test` runs. */

/** One in so many units of each family but sqllogictest, of which other specs run a part. */
export const sampleEvery = 8
