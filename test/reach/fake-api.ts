/** A cluster in memory, as far as ways onto nodes ask for it. */
import type { Ended, ExecRequest, FollowRequest, KubeApi, KubeObject, Output } from '../../src/kube/api.ts'
import type { Node } from '../../src/model/cluster.ts'
import type { RunOptions } from '../../src/reach/way.ts'

export class FakeApi implements KubeApi {
  readonly namespace = 'default'
  readonly name = 'fake'
  readonly pods = new Map<string, KubeObject>()
  readonly calls: string[] = []
  /** What becomes of a created pod. */
  status: object = { phase: 'Running' }
  /** Called before each call; may throw. */
  before: (call: string) => void = () => {}
  exec: (request: ExecRequest) => Promise<Output> = async () => output('done')
  follow: (request: FollowRequest) => Promise<Ended> = async () => ({ stderr: '', exitCode: 0 })

  add(name: string, labels: Record<string, string>, spec: object, phase = 'Running'): void {
    this.pods.set(name, { metadata: { name, namespace: 'kube-system', labels }, spec, status: { phase } })
  }

  async get(): Promise<null> {
    return null
  }

  async exists(): Promise<boolean> {
    return false
  }

  async list(path: string, options: { labelSelector?: string | undefined } = {}): Promise<KubeObject[]> {
    this.note(`list ${path} ${options.labelSelector ?? ''}`)
    const [label, value] = (options.labelSelector ?? '').split('=')
    return [...this.pods.values()].filter((pod) => !label || pod.metadata?.labels?.[label] === value)
  }

  async create(path: string, body: KubeObject): Promise<KubeObject> {
    const name = `debug-${this.pods.size}`
    const pod = { ...body, metadata: { ...body.metadata, name }, status: this.status }
    this.pods.set(name, pod)
    this.note(`create ${path}`)
    return pod
  }

  async delete(path: string): Promise<void> {
    this.note(`delete ${path}`)
    this.pods.delete(path.split('/').at(-1)!)
  }

  async *watch(
    _path: string,
    options: { fieldSelector?: string | undefined },
  ): AsyncGenerator<{ type: string; object: KubeObject }> {
    const pod = this.pods.get(options.fieldSelector?.split('=')[1] ?? '')
    if (pod) yield { type: 'ADDED', object: pod }
  }

  async *changes(): AsyncGenerator<KubeObject[]> {
    yield [...this.pods.values()]
  }

  portForward(): never {
    throw new Error('nothing is forwarded here')
  }

  private note(call: string): void {
    this.calls.push(call)
    this.before(call)
  }
}

export const output = (text: string, exitCode = 0): Output => ({
  stdout: Buffer.from(text),
  stderr: '',
  exitCode,
  truncated: false,
})

export const node = (name: string, ready: boolean | null = true): Node => ({
  name,
  addresses: [],
  podCIDRs: [],
  ready,
  operatingSystem: 'linux',
})

/** Options of a run, and what was said in it. */
export function options(signal = new AbortController().signal, timeoutMs = 5000): RunOptions & { said: string[] } {
  const said: string[] = []
  return { timeoutMs, maxBytes: 1e6, signal, said, say: (words) => said.push(words) }
}
