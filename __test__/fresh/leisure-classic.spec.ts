/** Freshness at leisure, as in `leisure.spec.ts`, with the locks of macOS. */
import { testLeisure } from '../support/fresh/leisure-test.ts'

testLeisure('classic')
