import { CONNECTIONS } from './analyzers/connections.ts'
import { DNS } from './analyzers/dns.ts'
import { EVIDENCE } from './analyzers/evidence.ts'
import { KERNEL } from './analyzers/kernel.ts'
import { LINKS } from './analyzers/links.ts'
import { NODE_PORTS } from './analyzers/node-ports.ts'
import { POLICY } from './analyzers/policy.ts'
import { PROXY } from './analyzers/proxy.ts'
import { RULES } from './analyzers/rules.ts'
import { SERVICE } from './analyzers/service.ts'
import type { Analyzer } from './case.ts'

/** All that is looked for, by code: each hundred has a folder, and beside it the list of what is in it. */
export const ANALYZERS: readonly Analyzer[] = [
  ...SERVICE,
  ...DNS,
  ...RULES,
  ...PROXY,
  ...NODE_PORTS,
  ...KERNEL,
  ...LINKS,
  ...CONNECTIONS,
  ...POLICY,
  ...EVIDENCE,
]
