import type { KubeApi, KubeObject, ListOptions } from '../kube/api.ts'
import { KubeError } from '../kube/errors.ts'
import type { Problem } from '../model/rules.ts'

/** Reads what the answer can do without: what cannot be read is null, and stands in `problems` with the reason. */
export class Reader {
  readonly api: KubeApi
  readonly signal: AbortSignal | undefined
  readonly problems: Problem[] = []

  constructor(api: KubeApi, signal: AbortSignal | undefined) {
    this.api = api
    this.signal = signal
  }

  /** `file` is the capture's file that will lack it. Null also for a resource that the API does not have. */
  list(file: string, path: string, options: Omit<ListOptions, 'signal'> = {}): Promise<KubeObject[] | null> {
    return this.#tolerate(file, path, () => this.api.list(path, { ...options, signal: this.signal }))
  }

  /** What no verdict stands on: null without a word where it may not be read, or is not there. */
  async spare(path: string, options: Omit<ListOptions, 'signal'> = {}): Promise<KubeObject[] | null> {
    try {
      return await this.api.list(path, { ...options, signal: this.signal })
    } catch (error) {
      if (!(error instanceof KubeError) || error.failure === 'aborted' || error.failure === 'unauthorized') throw error
      return null
    }
  }

  get(file: string, path: string): Promise<KubeObject | null> {
    return this.#tolerate(file, path, () => this.api.get(path, this.signal))
  }

  problem(file: string, message: string, unread?: Problem['unread']): void {
    // A permission that is missing for one pod is missing for all.
    const isKnown = this.problems.some((one) => one.file === file && one.message === message)
    if (!isKnown) this.problems.push({ file, line: null, message, ...(unread ? { unread } : {}) })
  }

  async #tolerate<T>(file: string, path: string, read: () => Promise<T | null>): Promise<T | null> {
    try {
      return await read()
    } catch (error) {
      const isFinal = !(error instanceof KubeError) || error.failure === 'aborted' || error.failure === 'unauthorized'
      if (isFinal) throw error
      this.problem(file, `not read: ${error.message}`, path.includes('/namespaces/') ? 'namespace' : 'everywhere')
      return null
    }
  }
}
