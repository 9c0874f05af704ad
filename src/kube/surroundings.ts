import type { Io } from '../model/io.ts'
import type { Surroundings } from './kubeconfig.ts'

/** What of a run decides which cluster is meant and who asks it. Standard input is not touched before somebody wants to know. */
export const surroundingsOf = (io: Io): Surroundings => ({
  env: io.env,
  root: '',
  isTerminal: () => io.stdin.isTTY === true,
  now: io.now,
})
