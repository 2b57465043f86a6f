/** The forms of the freshness test that replay a seed exactly. */
import { LocalStage, SimulatedStage } from './stage.ts'
import type { Form } from './run.ts'

const shared = { experimental: ['multiprocess_wal'] }

/** @param folder for real files */
export function stepForms(folder: string): Form[] {
  const simulated =
    (multiprocess: boolean): Form['stage'] =>
    (scene) =>
      new SimulatedStage(scene.connections.length, scene.pageSize, multiprocess)
  const local =
    (multiprocess: boolean): Form['stage'] =>
    (scene) =>
      new LocalStage(scene.connections.length, folder, multiprocess)
  return [
    { name: 'simulated', options: {}, stage: simulated(false) },
    { name: 'simulated-shared', options: {}, stage: simulated(true) },
    { name: 'single', options: {}, stage: local(false) },
    { name: 'shared', options: shared, stage: local(true) },
  ]
}
