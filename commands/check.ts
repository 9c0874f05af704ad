import { Args, Command, Flags } from '@oclif/core'
import { Chalk } from 'chalk'
import { checkNodes } from '../src/ask.ts'
import { checkChosen, checkWanted, ignoredCodes } from '../src/check-ask.ts'
import type { CheckOptions } from '../src/diagnose/check.ts'
import { usageError } from '../src/errors.ts'
import { kubeFlags, kubeOptions, milliseconds, namespaceFlag } from '../src/flags/kube.ts'
import { reachFlags, reachOptions } from '../src/flags/reach.ts'
import { type ReportFile, readReports, writeReports } from '../src/flags/report.ts'
import type { CheckReport } from '../src/model/check.ts'
import { observeRecorded } from '../src/observe.ts'
import { CHECK_OUTPUTS, type CheckOutput, renderCheck } from '../src/render/check/render.ts'
import { terminal } from '../src/render/terminal.ts'

export default class Check extends Command {
  static override usage = 'check [SERVICE...] [flags]'
  static override summary = 'Say whether Services work on every node, for pipelines and for people'
  static override description = [
    'Judges each Service: a line each, and for those that fail what is wrong, with its proof and what mends it. ' +
      'Names services, or takes all of a namespace (-n), of the cluster (-A), or those with a label (-l). Reads a recording with -f.',
    'With --wait it first waits until every node leads to exactly the endpoints that the API lists: kubectl rollout status for the nodes.',
    'Exit codes: 0 all passed; 1 it could not do its work, or write a report; 2 wrong usage; 3 a service failed: there are findings at or above --fail-on, or no service has this name; ' +
      '4 something that matters could not be seen, and nothing worse was found; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    { description: 'Check two services', command: 'kubectl svcpath check web api -n shop' },
    {
      description: 'After a deploy: wait for every node, then judge, and write JUnit',
      command: 'kubectl svcpath check web -n shop --wait 60s --report junit=svcpath.xml',
    },
    {
      description: 'Check all services, but not for search lists',
      command: 'kubectl svcpath check -A --ignore SVP205',
    },
    { description: 'Check a capture', command: 'kubectl svcpath check -n shop -f capture.tgz' },
  ]
  static override strict = false
  static override args = {
    service: Args.string({
      description: 'name, NAMESPACE/NAME, IP, IP:PORT or node port; none: all that -n, -A, -l or -f give',
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
    output: Flags.string({ char: 'o', options: [...CHECK_OUTPUTS], default: 'table', description: 'output format' }),
    report: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FORMAT=FILE',
      description: 'write it in this format to a file, too: junit=svcpath.xml; may be given several times',
    }),
    'fail-on': Flags.string({
      options: ['error', 'warning'],
      default: 'error',
      description: 'what makes a service fail',
    }),
    ignore: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'CODE[,CODE]',
      description: 'findings that are neither told nor counted',
    }),
    wait: Flags.string({
      helpValue: 'TIME',
      description: 'first wait this long for every node to lead to exactly the endpoints of the API: 60s, 2m',
    }),
    dns: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'ask every DNS pod for the services that are named',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'every line of proof, and every service that a fault concerns' }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace of the services (default: the context's; of a recording: any)"),
    ...reachFlags,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 all passed, 3 some failed, 4 something is not known. */
  async run(): Promise<number> {
    const { argv, flags } = await this.parse(Check)
    const wanted = { names: argv.map(String), selector: flags.selector ?? null }
    const namespace = flags.namespace ?? null
    const everywhere = flags['all-namespaces']
    const reach = reachOptions(flags)
    checkWanted(wanted, everywhere, namespace, flags.filename !== undefined)
    const options: CheckOptions = {
      nodes: reach.nodes,
      failOn: flags['fail-on'] as CheckOptions['failOn'],
      ignored: ignoredCodes(flags.ignore ?? []),
      dns: wanted.names.length > 0,
    }
    const reports = readReports(flags.report ?? [])
    const waitMs = flags.wait === undefined ? null : milliseconds('--wait', flags.wait)
    const kube = kubeOptions(flags)
    if (flags.filename) {
      if (waitMs !== null) throw usageError('--wait needs a cluster', 'what is recorded (-f) does not change')
      const observation = await observeRecorded(flags.filename, () => process.stdin)
      checkNodes(observation, reach.nodes)
      const report = checkChosen(observation, wanted, namespace, options)
      return show(report, flags, reports)
    }
    const { checkLive } = await import('../src/live/check.ts')
    const live = { kube, reach, quiet: flags.quiet }
    const report = await checkLive(live, { wanted, namespace, everywhere, waitMs, dns: flags.dns }, options)
    return show(report, flags, reports)
  }
}

function show(
  report: CheckReport,
  { output, verbose }: { output: string; verbose: boolean },
  reports: readonly ReportFile[],
): number {
  process.stdout.write(
    renderCheck(report, output as CheckOutput, { ...terminal(process.stdout, process.env), verbose }),
  )
  const plain = { colour: new Chalk({ level: 0 }), width: null, verbose: true }
  writeReports(reports.map(({ format, file }) => ({ file, text: renderCheck(report, format, plain) })))
  return { passed: 0, failed: 3, unknown: 4 }[report.outcome]
}
