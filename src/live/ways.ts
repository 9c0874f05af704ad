import type { ReachOptions } from '../flags/reach.ts'
import type { KubeApi } from '../kube/api.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import type { Way } from '../reach/way.ts'
import type { Progress } from './progress.ts'

export interface OpenWay {
  way: Way
  /** The command that removes what this run made, for whoever cannot wait for `close`; null where there is nothing. */
  removeCommand(): string | null
}

/** The way that was asked for. Nothing is connected or made before the first node is read. */
export async function openWay(options: ReachOptions, api: KubeApi, progress: Progress, io: Io): Promise<OpenWay> {
  const openExec = async () => {
    const { execWay } = await import('../reach/exec.ts')
    return execWay(api, { selector: options.execSelector })
  }
  const openDebug = async () => {
    const { debugWay } = await import('../reach/debug-pod.ts')
    return debugWay(api, { ...options.debug, warn: (words) => progress.warn(words) })
  }
  switch (options.via) {
    case 'exec':
      return { way: await openExec(), removeCommand: () => null }
    case 'debug': {
      const way = await openDebug()
      return { way, removeCommand: () => way.removeCommand() }
    }
    case 'auto': {
      const { autoWay } = await import('../reach/auto.ts')
      const [exec, debug] = await Promise.all([openExec(), openDebug()])
      return { way: autoWay(exec, debug), removeCommand: () => debug.removeCommand() }
    }
    case 'ssh': {
      const [{ sshWay }, { askPassphrase }] = await Promise.all([
        import('../reach/ssh.ts'),
        import('../reach/ssh/passphrase.ts'),
      ])
      const ask = askPassphrase(io, () => progress.hold())
      const way = sshWay({ ...options.ssh, env: io.env, ask, warn: (words) => progress.warn(words) })
      return { way, removeCommand: () => null }
    }
    case 'local': {
      if (options.nodes.length > 1) throw usageError('--via local reads one node', 'name one with --node, or none')
      const { localWay } = await import('../reach/local.ts')
      return { way: localWay(), removeCommand: () => null }
    }
  }
}
