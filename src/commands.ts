/** The verbs. `kubectl svcpath web` means `kubectl svcpath trace web`, so a first word that is no verb is a service. */
export const COMMANDS = {
  trace: () => import('../commands/trace.ts'),
  check: () => import('../commands/check.ts'),
  watch: () => import('../commands/watch.ts'),
  explain: () => import('../commands/explain.ts'),
  probe: () => import('../commands/probe.ts'),
  diff: () => import('../commands/diff.ts'),
  capture: () => import('../commands/capture.ts'),
  cleanup: () => import('../commands/cleanup.ts'),
  doctor: () => import('../commands/doctor.ts'),
  mcp: () => import('../commands/mcp.ts'),
  rbac: () => import('../commands/rbac.ts'),
}

export type VerbName = keyof typeof COMMANDS

export const VERBS = Object.keys(COMMANDS) as VerbName[]
