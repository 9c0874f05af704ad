import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, milliseconds, namespaceFlag } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { outputFlag, readOutput } from '../src/flags/output.ts'
import { reachFlags } from '../src/flags/reach.ts'
import { readReports } from '../src/flags/report.ts'
import type { Goal } from '../src/model/check.ts'
import { CHECK_OUTPUTS } from '../src/render/outputs.ts'

export default class Check extends VerbCommand {
  static override usage = 'check [SERVICE...] [flags]'
  static override summary = 'Check whether Services work on every node, for pipelines and people'
  static override description = [
    'Prints one line per Service, and for those that fail what is wrong, the proof and the fix. ' +
      'Checks the services you name, or all of a namespace (-n), of the cluster (-A), or with a label (-l). Reads a recording with -f.',
    'With --wait it first waits until the rules of every node match the endpoints in the API: like kubectl rollout status, for the nodes.',
    'Exit codes: 0 all passed; 1 svcpath itself failed, or could not write a report; 2 wrong usage; 3 a service failed (findings at or above --fail-on); ' +
      '4 something that matters could not be seen, and nothing worse was found; 6 no service has this name; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    { description: 'Check two services', command: 'kubectl svcpath check web api -n shop' },
    {
      description: 'After a deploy: wait for every node, then check and write JUnit',
      command: 'kubectl svcpath check web -n shop --wait 60s --report junit=svcpath.xml',
    },
    {
      description: 'Check all services, but leave out one finding',
      command: 'kubectl svcpath check -A --ignore SVP205',
    },
    {
      description: 'What would change with kube-proxy in nftables mode',
      command: 'kubectl svcpath check -A --migrate nftables',
    },
    {
      description: 'Metrics for node_exporter or a Pushgateway',
      command: 'kubectl svcpath check -A -o openmetrics',
    },
    {
      description: 'After a deploy: also connect to it from nodes and pods',
      command: 'kubectl svcpath check web -n shop --probe',
    },
    { description: 'Check a capture', command: 'kubectl svcpath check -n shop -f capture.tgz' },
  ]
  static override strict = false
  static override args = {
    service: Args.string({
      description:
        'name, NAMESPACE/NAME, NAME:PORT, URL, IP, IP:PORT, node port, deploy/NAME or pod/NAME; without one: all that -n, -A, -l or -f select',
      required: false,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    filename: Flags.string({
      char: 'f',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PATH',
      description: 'capture folder or tarball, or files of tool output, instead of the cluster; - reads standard input',
    }),
    'all-namespaces': Flags.boolean({ char: 'A', exclusive: ['namespace'], description: 'services of all namespaces' }),
    selector: Flags.string({
      char: 'l',
      helpValue: 'SELECTOR',
      description: 'services with these labels: app=web,tier!=cache',
    }),
    output: outputFlag(CHECK_OUTPUTS),
    report: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FORMAT=FILE',
      description: 'also write this format to a file: junit=svcpath.xml; can be repeated',
    }),
    'fail-on': Flags.string({
      options: ['error', 'warning'],
      default: 'error',
      description: 'what makes a service fail',
    }),
    ignore: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'CODE[=NAMESPACE/NAME]',
      description: 'findings to leave out, for all services or for one: SVP205,SVP311=shop/web; can be repeated',
    }),
    exceptions: Flags.string({
      helpValue: 'FILE',
      description: 'file of findings to leave out, each with a reason (default: .svcpath.yaml, if there is one)',
    }),
    capture: Flags.string({
      helpValue: 'FILE',
      description: 'unless all pass: keep what was seen in this .tgz, to trace it later with -f',
    }),
    redact: Flags.boolean({ dependsOn: ['capture'], description: 'with --capture: replace names and addresses' }),
    wait: Flags.string({
      helpValue: 'TIME',
      description: 'first wait up to this long until the rules of every node match the endpoints in the API: 60s, 2m',
    }),
    dns: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'query every DNS pod for the named services',
    }),
    probe: Flags.boolean({
      description:
        'also make three real connections to each entry from some nodes and pods (see probe); failed ones are SVP607',
    }),
    migrate: Flags.string({
      options: ['nftables'],
      description:
        'also show what would change if kube-proxy ran in this mode (SVP335; it does not make a service fail)',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'show every line of proof and every affected service' }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace of the services (default: the context's; of a recording: any)"),
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 all passed, 3 some failed, 4 something is not known. */
  async run(): Promise<number> {
    const { argv, flags } = await this.parse(Check)
    const { checkVerb } = await import('../src/verbs/check.ts')
    return checkVerb(
      {
        wanted: { names: argv.map(String), selector: flags.selector ?? null },
        files: flags.filename ?? null,
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        failOn: flags['fail-on'] as 'error' | 'warning',
        ignored: flags.ignore ?? [],
        exceptions: flags.exceptions ?? null,
        probe: flags.probe,
        capture: flags.capture === undefined ? null : { file: flags.capture, redact: flags.redact },
        waitMs: flags.wait === undefined ? null : milliseconds('--wait', flags.wait),
        dns: flags.dns,
        migrate: (flags.migrate ?? null) as Goal | null,
        live: { ...liveOptions(flags), timeline: flags.verbose },
        output: await readOutput(flags.output, CHECK_OUTPUTS),
        reports: readReports(flags.report ?? []),
        verbose: flags.verbose,
      },
      withColor(this.io, flags.color),
    )
  }
}
