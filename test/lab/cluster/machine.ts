import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * A machine of the lab: a network, a mount and a process namespace that have no name. Its first process waits for the pipe from the test to close,
 * and the kernel ends all others with it; so two labs do not meet, and nothing is left of a test that was killed.
 */
export class Machine {
  /** The first process, by its number outside. */
  readonly pid: number
  private readonly child: ChildProcess

  private constructor(child: ChildProcess, pid: number) {
    this.child = child
    this.pid = pid
  }

  static async start(): Promise<Machine> {
    const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec', START]
    const child = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin!.on('error', () => {})
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`a machine of the lab did not start: exit code ${code}`)))
    })
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    return new Machine(child, Number(children.trim()))
  }

  /** The words that run a command here, or in a pod's namespace here. */
  words(command: readonly string[], pod?: string): string[] {
    const inside = pod === undefined ? [] : ['ip', 'netns', 'exec', pod]
    return ['nsenter', '--net', '--mount', '--pid', '--target', String(this.pid), '--', ...inside, ...command]
  }

  /** Runs a shell script and gives what it printed. */
  run(script: string, pod?: string): string {
    const [file, ...args] = this.words(['sh', '-e'], pod)
    return execFileSync(file!, args, { input: script, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 28 })
  }

  /** Starts a program that lives as long as the machine; it is ready when it prints its first line. */
  async serve(command: readonly string[], pod?: string): Promise<void> {
    const [file, ...args] = this.words(command, pod)
    const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-2000)
        if (said.includes('Server listening')) resolve()
      })
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`${command.join(' ')} ended with ${code}: ${said}`)))
    })
    child.unref()
  }

  stop(): void {
    this.child.stdin!.end()
  }
}

const START = `
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/sshd /run/lock
mount -t sysfs sysfs /sys
ip link set lo up
echo ready
read -r _ || true
`
