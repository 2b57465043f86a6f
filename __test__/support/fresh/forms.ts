/** The forms of the freshness test that replay a seed exactly: one thing happens at a time, wherever the connections live. */
import { ProcessPuppet, ThreadPuppet } from './puppet.ts'
import type { Puppet } from './puppet.ts'
import type { Form } from './run.ts'
import { LocalStage, PuppetStage, SimulatedStage } from './stage.ts'
import type { Outage } from './step.ts'

const shared = { experimental: ['multiprocess_wal'] }

/** @param folder for real files */
export function stepForms(folder: string): Form[] {
  const simulated = (name: string, multiprocess: boolean): Form => ({
    name,
    options: {},
    stage: (scene) => new SimulatedStage(scene.connections.length, scene.pageSize, multiprocess),
    end: () => {},
  })
  const local = (name: string, options: object): Form => ({
    name,
    options,
    stage: (scene) => new LocalStage(scene.connections.length, folder, options === shared),
    end: () => {},
  })
  const puppets = (
    name: string,
    options: object,
    outages: readonly Outage[],
    start: () => Puppet,
  ): Form => {
    const living: Puppet[] = []
    return {
      name,
      options,
      stage: (scene) => new PuppetStage(scene.connections.length, folder, outages, living, start),
      end: async () => {
        for (const puppet of living.splice(0)) await puppet.kill()
      },
    }
  }
  const outages = ['wal', 'tshm', 'folder'] as const
  const forms = [
    simulated('simulated', false),
    simulated('simulated-shared', true),
    local('single', {}),
    local('shared', shared),
    puppets('threads', {}, [], () => new ThreadPuppet()),
    puppets('threads-shared', shared, outages, () => new ThreadPuppet()),
    puppets('processes', shared, outages, () => new ProcessPuppet()),
  ]
  const classic = { CHORUSDB_LOCKS: 'classic' }
  if (process.platform === 'linux' && process.env['CHORUSDB_LOCKS'] !== 'classic')
    forms.push(puppets('processes-classic', shared, outages, () => new ProcessPuppet(classic)))
  return forms
}
