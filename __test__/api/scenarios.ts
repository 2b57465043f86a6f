/** All scenarios of better-sqlite3's interface, and how they are run. */
import { temporaryFolder } from '../support/temporary.ts'
import { callScenarios } from './call-scenarios.ts'
import { copyScenarios } from './copy-scenarios.ts'
import { databaseScenarios } from './database-scenarios.ts'
import { memberScenarios } from './member-scenarios.ts'
import { awaited, outcomeOf, show, type Loose, type Scenarios, type Step } from './scenario.ts'
import { functionScenarios } from './function-scenarios.ts'
import { shapeScenarios } from './shape-scenarios.ts'
import { statementScenarios } from './statement-scenarios.ts'
import { tableScenarios } from './table-scenarios.ts'

/** Every scenario, by name. */
export const scenarios: Scenarios = {
  ...databaseScenarios,
  ...statementScenarios,
  ...tableScenarios,
  ...shapeScenarios,
  ...callScenarios,
  ...copyScenarios,
  ...functionScenarios,
  ...memberScenarios,
}

/** Runs every scenario on a constructor. */
export async function runScenarios(Database: Loose): Promise<Record<string, Step[]>> {
  const answers: Record<string, Step[]> = {}
  for (const [name, scenario] of Object.entries(scenarios)) {
    const steps: Step[] = []
    const db = new Database(':memory:')
    const say = (name: string, call: () => unknown): void =>
      void steps.push([name, outcomeOf(call)])
    const step = (call: () => unknown): void => say(String(call), call)
    const wait = async (call: () => unknown): Promise<void> => {
      steps.push([String(call), await awaited(call)])
    }
    const folder = temporaryFolder()
    try {
      await scenario({ Database, db, folder, step, say, wait })
    } catch (error) {
      steps.push(['the scenario', show(error)])
    }
    answers[name] = steps
  }
  return answers
}
