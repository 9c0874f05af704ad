import { Config } from '@oclif/core'
import pkg from '../package.json' with { type: 'json' }

/** oclif without plugins and hooks: nothing is read from disk to start it. */
export class BareConfig extends Config {
  constructor() {
    super({ root: '/' })
    this.bin = 'kubectl svcpath'
    this.name = pkg.name
    this.version = pkg.version
    this.topicSeparator = ' '
  }

  override async runHook(): Promise<{ successes: []; failures: [] }> {
    return { successes: [], failures: [] }
  }
}
