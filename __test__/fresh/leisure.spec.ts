/**
 * Freshness at leisure: processes write, read, sleep, checkpoint and come back when they like; some are killed, some stopped. Afterwards each
 * read is judged by what was acknowledged before it began, and by what the database was after the commit that it showed. (`npm run fresh`
 * does this for long.)
 */
import { testLeisure } from '../support/fresh/leisure-test.ts'

testLeisure('descriptor')
