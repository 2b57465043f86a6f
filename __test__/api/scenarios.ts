/** All scenarios of better-sqlite3's interface, and how they are run. */
import { temporaryFolder } from '../support/temporary.ts'
import { databaseScenarios } from './database-scenarios.ts'
import { outcomeOf, show, type Loose, type Scenarios, type Step } from './scenario.ts'
import { statementScenarios } from './statement-scenarios.ts'
import { tableScenarios } from './table-scenarios.ts'

/** Every scenario, by name. */
export const scenarios: Scenarios = {
  ...databaseScenarios,
  ...statementScenarios,
  ...tableScenarios,
}

/** Runs every scenario on a constructor. */
export function runScenarios(Database: Loose): Record<string, Step[]> {
  const answers: Record<string, Step[]> = {}
  for (const [name, scenario] of Object.entries(scenarios)) {
    const steps: Step[] = []
    const db = new Database(':memory:')
    const step = (call: () => unknown): void => void steps.push([String(call), outcomeOf(call)])
    const folder = temporaryFolder()
    try {
      scenario({ Database, db, folder, step })
    } catch (error) {
      steps.push(['the scenario', show(error)])
    }
    answers[name] = steps
  }
  return answers
}
