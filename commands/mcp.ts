import { Flags } from '@oclif/core'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, namespaceFlag } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags, viaFlag } from '../src/flags/reach.ts'

export default class Mcp extends VerbCommand {
  static override usage = 'mcp [-f PATH...] [flags]'
  static override summary = 'Serve traces and checks to an AI assistant (Model Context Protocol on stdio)'
  static override description = [
    'An assistant that is set up with this command can call the tools trace, check, list and explain. They read and change nothing: ' +
      'the cluster of the context is read through pods that already run (--via exec); debug pods are only made with --via debug. ' +
      'With -f only these recordings can be read, and the cluster is not contacted.',
    'Answers are short texts, cut at 40,000 characters. For an assistant that must not see names and addresses, serve a capture made with --redact.',
  ].join('\n\n')
  static override examples = [
    { description: 'Serve the cluster of a context', command: 'kubectl svcpath mcp --context staging' },
    { description: 'Serve a capture, without a cluster', command: 'kubectl svcpath mcp -f capture.tgz' },
  ]
  static override flags = {
    filename: Flags.string({
      char: 'f',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PATH',
      description: 'capture folder or tarball, or files of tool output, instead of the cluster; can be repeated',
    }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace for tool calls that name none (default: the context's; of a recording: any)"),
    ...reachFlags,
    via: viaFlag('exec'),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code when the client has gone: 0. */
  async run(): Promise<number> {
    const { flags } = await this.parse(Mcp)
    const { mcpVerb } = await import('../src/verbs/mcp/serve.ts')
    return mcpVerb(
      {
        files: flags.filename ?? null,
        namespace: flags.namespace ?? null,
        live: { ...liveOptions(flags), quiet: true },
      },
      this.io,
    )
  }
}
