/** Commands that are rarely needed: what they do is loaded when they are called. */
import type { Command } from './command.ts'

export const archive: Command = {
  name: 'archive',
  least: 2,
  run: async (call) => (await import('../archive.ts')).runArchive(call),
}

export const recover: Command = {
  name: 'recover',
  least: 1,
  run: async (call) => (await import('../recover/index.ts')).runRecover(call),
}

export const expert: Command = {
  name: 'expert',
  least: 3,
  run: async (call) => (await import('../expert.ts')).runExpert(call),
}
