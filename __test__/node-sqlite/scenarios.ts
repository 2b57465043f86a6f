/** All scenarios of node:sqlite's interface, and how they are run. */
import { temporaryFolder } from '../support/temporary.ts'
import { bindingScenarios } from './binding-scenarios.ts'
import { databaseScenarios } from './database-scenarios.ts'
import { functionScenarios } from './function-scenarios.ts'
import { limitScenarios } from './limit-scenarios.ts'
import { memberScenarios } from './member-scenarios.ts'
import { moduleScenarios } from './module-scenarios.ts'
import { nameScenarios } from './name-scenarios.ts'
import {
  outcomeOf,
  promisedOutcomeOf,
  show,
  type Loose,
  type Scenarios,
  type Step,
} from './scenario.ts'
import { statementScenarios } from './statement-scenarios.ts'

/** Every scenario, by name. */
export const scenarios: Scenarios = {
  ...memberScenarios,
  ...databaseScenarios,
  ...limitScenarios,
  ...statementScenarios,
  ...bindingScenarios,
  ...functionScenarios,
  ...moduleScenarios,
  ...nameScenarios,
}

/** Runs every scenario on a module. */
export async function runScenarios(sqlite: Loose): Promise<Record<string, Step[]>> {
  const answers: Record<string, Step[]> = {}
  for (const [name, scenario] of Object.entries(scenarios)) {
    const steps: Step[] = []
    const db = new sqlite.DatabaseSync(':memory:')
    const folder = temporaryFolder()
    const record = (call: () => unknown, outcome: string): void =>
      void steps.push([String(call), outcome.replaceAll(folder, '…')])
    const step = (call: () => unknown): void => record(call, outcomeOf(call))
    const promised = async (call: () => Promise<unknown>): Promise<void> =>
      record(call, await promisedOutcomeOf(call))
    try {
      await scenario({ sqlite, db, folder, step, promised })
    } catch (error) {
      steps.push(['the scenario', show(error)])
    }
    answers[name] = steps
  }
  return answers
}
