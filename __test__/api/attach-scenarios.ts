/** All scenarios of several databases on one connection, by name. */
import { nameScenarios } from './attach-name-scenarios.ts'
import type { Scenario } from './attach-scenario.ts'
import { stateScenarios } from './attach-state-scenarios.ts'

export const scenarios: Readonly<Record<string, Scenario>> = { ...nameScenarios, ...stateScenarios }
