import type { Family } from '../../model/address.ts'

/** What a command line tells of the output below it. */
export interface Command {
  text: string
  /** `iptables`, `iptables-save`, `ip`, `nft`, `kubectl` …; '' for one that is of no interest. */
  tool: string
  args: readonly string[]
  /** Where it ran: a node by name, the machine whose prompt stands before it (`here`), in some pod or other network namespace. */
  on: { kind: 'here' } | { kind: 'node'; name: string } | { kind: 'pod'; name: string } | { kind: 'elsewhere' }
  /** It opens a shell: the prompts after it are those of `on`. */
  isShell: boolean
}

/** Reads a command line, through sudo, ssh, kubectl exec and the like. */
export function readCommand(text: string): Command {
  return unwrap({ text, tool: '', args: [], on: { kind: 'here' }, isShell: false }, wordsOf(text), 0)
}

/** The value of the flag, `-t nat`, `-tnat`, `--table=nat`, or as the last of several letters, `-nt nat`; null where it is not there. */
export function flagValue({ args }: Command, short: string, long: string): string | null {
  for (const [i, arg] of args.entries()) {
    if (arg === `--${long}` || arg === `-${short}`) return args[i + 1] ?? null
    if (arg.startsWith(`--${long}=`)) return arg.slice(long.length + 3)
    if (/^-[a-zA-Z]{2,}$/.test(arg) && arg.endsWith(short)) return args[i + 1] ?? null
    if (arg.startsWith(`-${short}`) && !arg.startsWith('--') && arg.length > 2) {
      const rest = arg.slice(2).replace(/^=/, '')
      if (/^[a-z][\w-]+$/.test(rest)) return rest
    }
  }
  return null
}

/** The table that iptables was asked for; null where it prints all, or is another tool. */
export function tableOf(command: Command): string | null {
  const table = flagValue(command, 't', 'table')
  if (/^ip6?tables(-\w+)?-save$/.test(command.tool)) return table
  return /^ip6?tables/.test(command.tool) ? (table ?? 'filter') : null
}

/** The address family that a tool of iptables speaks of; null for another. */
export const familyOf = ({ tool }: Command): Family | null =>
  tool.startsWith('ip6tables') ? 6 : tool.startsWith('iptables') ? 4 : null

/** Deeper than `ssh n1 sudo kubectl exec p -- sh -c "iptables-save"` nobody goes. */
const MOST_WRAPPERS = 8

function unwrap(command: Command, words: readonly string[], depth: number): Command {
  const at = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  const [word = '', ...args] = at < 0 ? [] : words.slice(at)
  const tool = word.slice(word.lastIndexOf('/') + 1)
  const inner = (rest: readonly string[], on = command.on): Command =>
    depth >= MOST_WRAPPERS ? { ...command, on } : unwrap({ ...command, on }, rest, depth + 1)
  switch (tool) {
    case 'sudo':
    case 'time':
    case 'exec':
      return inner(afterFlags(args, 'uCgh'))
    case 'watch':
      return inner(afterFlags(args, 'nd'))
    case 'chroot':
      return inner(args.slice(1))
    case 'bash':
    case 'sh': {
      const script = args[args.findIndex((arg) => /^-\w*c$/.test(arg)) + 1]
      return args.some((arg) => /^-\w*c$/.test(arg)) && script !== undefined
        ? inner(wordsOf(script))
        : { ...command, isShell: true }
    }
    case 'ssh': {
      const rest = afterFlags(args, 'bcDEeFIiJLlmOopQRSWw')
      const host = rest[0]?.replace(/^.*@/, '')
      if (!host) return command
      const on = { kind: 'node' as const, name: host }
      const remote = rest.slice(1).join(' ')
      return remote === '' ? { ...command, on, isShell: true } : inner(wordsOf(remote), on)
    }
    case 'docker':
    case 'nerdctl':
    case 'podman':
      return exec(args, (name) => ({ kind: 'node', name }))
    case 'crictl':
      return exec(args, () => ({ kind: 'elsewhere' }))
    case 'minikube':
      return args[0] === 'ssh' ? inner(args.slice(args.indexOf('--') + 1 || args.length)) : ofKubectl(args)
    case 'nsenter': {
      const rest = afterFlags(args, 'tSGrw')
      const own =
        args.some((arg, i) => arg === '1' && /^(-t|--target)$/.test(args[i - 1] ?? '')) || args.includes('-t1')
      return inner(rest, own ? command.on : { kind: 'elsewhere' })
    }
    case 'microk8s':
    case 'k3s':
    case 'k0s':
      return args[0] === 'kubectl' ? ofKubectl(args.slice(1)) : command
    case 'kubectl':
    case 'k':
    case 'oc':
      return ofKubectl(args)
    case 'ip':
      if (args[0] === 'netns' && args[1] === 'exec') return inner(args.slice(3), { kind: 'elsewhere' })
      return { ...command, tool, args, ...(args.includes('-n') || args.includes('-netns') ? ELSEWHERE : {}) }
    default:
      return { ...command, tool, args }
  }

  function ofKubectl(all: readonly string[]): Command {
    const verb = all.find(
      (arg, i) => !arg.startsWith('-') && !/^(-n|--namespace|--context|--kubeconfig|-c)$/.test(all[i - 1] ?? ''),
    )
    if (verb === 'exec') return exec(all.slice(all.indexOf('exec')), (name) => ({ kind: 'pod', name }))
    if (verb === 'debug') {
      const target = all.find((arg) => /^nodes?\/./.test(arg))
      const on = target ? ({ kind: 'node', name: target.replace(/^nodes?\//, '') } as const) : ELSEWHERE.on
      const separator = all.indexOf('--')
      return separator < 0 ? { ...command, on, isShell: true } : shellOr(all.slice(separator + 1), on)
    }
    return { ...command, tool: 'kubectl', args: all }
  }

  /** `exec -it NAME -- COMMAND`, and without the dashes, as docker and old kubectl have it. */
  function exec(all: readonly string[], onOf: (name: string) => Command['on']): Command {
    if (all[0] !== 'exec') return command
    const separator = all.indexOf('--')
    const own = separator < 0 ? all : all.slice(0, separator)
    const rest = afterFlags(own.slice(1), 'nceuw')
    const name = (rest[0] ?? '').replace(/^pods?\//, '')
    const on = onOf(name)
    return shellOr(separator < 0 ? rest.slice(1) : all.slice(separator + 1), on)
  }

  function shellOr(rest: readonly string[], on: Command['on']): Command {
    return rest.length === 0 ? { ...command, on, isShell: true } : inner(rest, on)
  }
}

const ELSEWHERE = { on: { kind: 'elsewhere' } } as const

/** What stands behind the flags; those of `valued` take the next word, as do long ones without `=`, unless a flag follows. */
function afterFlags(args: readonly string[], valued: string): readonly string[] {
  let at = 0
  while (at < args.length && args[at]!.startsWith('-') && args[at] !== '--') {
    const flag = args[at]!
    const takes = flag.startsWith('--')
      ? /^--(namespace|container|user|env|image|context|kubeconfig|target|interval)$/.test(flag)
      : valued.includes(flag.at(-1)!)
    at += takes ? 2 : 1
  }
  return args.slice(args[at] === '--' ? at + 1 : at)
}

/** The words of the first command of a line: what `|`, `;`, `&&` and `>` lead to is left out, and a comment. Quotes hold words together. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [word] of line.slice(0, 2_000).matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'|;&<>]|["'])+|[|;&<>]+/g)) {
    if (/^[|;&<>]+$/.test(word)) {
      if (words.length > 0) break
    } else if (word.startsWith('#')) break
    else words.push(word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, '$1$2'))
  }
  return words
}
