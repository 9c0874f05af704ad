import type { Ask } from '../ask/source.ts'
import type { KubeApi } from '../kube/api.ts'
import { segment } from '../kube/path.ts'
import type { Asked } from './asked.ts'

/** No run waits for longer. */
const LONGEST_MS = 3_600_000

/** A watch that breaks off begins again by itself, and meanwhile says nothing: so the API is asked at least so often. */
const BELIEVED_MS = 10_000

/**
 * What the API says, asked once and then only when it has changed, while the same is looked at again and again. Where it may not be watched it is asked
 * each time.
 */
export class WatchedApi {
  private known: { asked: Asked; at: number } | null = null
  private watches: Watch[] = []
  private watched = ''

  /** What `resolve` says, or said the last time where nothing has changed since. */
  async ask(api: KubeApi, ask: Ask, resolve: () => Promise<Asked>): Promise<Asked> {
    // Who judges asks for everything.
    if (ask.parts !== 'rules') {
      this.stop()
      return resolve()
    }
    if (this.known && this.isStill(this.known.at)) return this.known.asked
    // What changes from now on may be missed by the lists.
    for (const one of this.watches) one.isStill = one.spoke
    const at = performance.now()
    const asked = await resolve()
    this.known = { asked, at }
    this.follow(api, asked)
    return asked
  }

  private isStill(since: number): boolean {
    const { watches } = this
    return performance.now() - since < BELIEVED_MS && watches.length > 0 && watches.every(({ isStill }) => isStill)
  }

  stop(): void {
    for (const one of this.watches) one.stop()
    this.watches = []
    this.watched = ''
    this.known = null
  }

  /**
   * Each watch begins with what there is: so nothing is missed between the lists and it, and the API is asked once more. One that has said nothing yet may
   * not have begun.
   */
  private follow(api: KubeApi, asked: Asked): void {
    const scope = JSON.stringify(scopeOf(asked))
    if (scope === this.watched) return
    for (const one of this.watches) one.stop()
    this.watched = scope
    this.watches = scopeOf(asked).map(([path, selector]) => new Watch(api, path, selector))
  }
}

/** The paths to be watched, each with its selector: of one service, of a namespace, of all. */
function scopeOf({ named, namespace, wanted }: Asked): [string, Selector][] {
  const [only] = named
  const isOne = only !== undefined && named.length === 1 && wanted !== null
  const where = isOne ? only.namespace : namespace
  const place = where === null ? '' : `/namespaces/${segment(where)}`
  const services = `/api/v1${place}/services`
  const slices = `/apis/discovery.k8s.io/v1${place}/endpointslices`
  if (!isOne)
    return [
      [services, {}],
      [slices, {}],
    ]
  return [
    [services, { fieldSelector: `metadata.name=${only.name}` }],
    [slices, { labelSelector: `kubernetes.io/service-name=${only.name}` }],
  ]
}

interface Selector {
  fieldSelector?: string
  labelSelector?: string
}

/** One watch, and whether anything has come of it since somebody last asked. */
class Watch {
  /** Nothing has changed. */
  isStill = false
  /** It has begun, and goes on. */
  spoke = false
  private readonly end = new AbortController()

  constructor(api: KubeApi, path: string, selector: Selector) {
    void this.follow(api, path, selector)
  }

  stop(): void {
    this.end.abort()
  }

  /** Where it may not, or breaks off for good, it never says that nothing has changed. */
  private async follow(api: KubeApi, path: string, selector: Selector): Promise<void> {
    try {
      for await (const _ of api.watch(path, { ...selector, timeoutMs: LONGEST_MS, signal: this.end.signal })) {
        this.spoke = true
        this.isStill = false
      }
    } catch {
      // Whatever it was, the API is asked each time then.
    }
    this.spoke = false
    this.isStill = false
  }
}
