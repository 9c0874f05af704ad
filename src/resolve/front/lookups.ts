/** Asks for what leads to Services, and remembers what became of each question: what is absent is known by it alone. */
import type { KubeObject } from '../../kube/api.ts'
import { KubeError } from '../../kube/errors.ts'
import { type Kind, pathOf, RESOURCES, segment } from '../../kube/path.ts'
import { isName } from '../../model/cluster.ts'
import type { Lookup } from '../../model/front/objects.ts'
import type { Reader } from '../reader.ts'

export class Lookups {
  private readonly reader: Reader
  private readonly found = new Map<string, KubeObject | null>()
  readonly all: Lookup[] = []
  /** By kind, each once. */
  readonly objects = new Map<Kind, KubeObject[]>()

  constructor(reader: Reader) {
    this.reader = reader
  }

  /** An object; null where it is not there, or could not be read. */
  async get(kind: Kind, namespace: string | null, name: string): Promise<KubeObject | null> {
    const key = `${kind} ${namespace} ${name}`
    const known = this.found.get(key)
    if (known !== undefined) return known
    // What the API takes as no name it has no object of.
    if (!isName(name) || (namespace !== null && !isName(namespace))) return null
    const read = await this.ask(kind, async (version) => {
      const object = await this.reader.api.get(
        `${pathOf(kind, version, namespace)}/${segment(name)}`,
        this.reader.signal,
      )
      return object === null ? null : named(kind, version, object)
    })
    this.note(kind, namespace, name, read === 'unread' ? 'unread' : read === null ? 'absent' : 'found')
    const object = read === 'unread' ? null : read
    this.found.set(key, object)
    if (object !== null) this.keep(kind, [object])
    return object
  }

  /** All of a kind in a namespace, or in all; null where there is no such kind, or it could not be read. Those that are not wanted are not kept. */
  async list(
    kind: Kind,
    namespace: string | null,
    wanted: (object: KubeObject) => boolean = () => true,
  ): Promise<KubeObject[] | null> {
    const read = await this.ask(kind, async (version) => {
      const objects = await this.reader.api.list(pathOf(kind, version, namespace), { signal: this.reader.signal })
      return objects?.map((one) => named(kind, version, one)) ?? null
    })
    this.note(kind, namespace, null, read === 'unread' ? 'unread' : read === null ? 'noSuchKind' : 'found')
    if (read === 'unread' || read === null) return null
    const kept = read.filter(wanted)
    this.keep(kind, kept)
    return kept
  }

  /** Whether there is a Secret. Nothing of it is read. */
  async secret(namespace: string, name: string): Promise<void> {
    if (!isName(namespace) || !isName(name)) return
    if (this.all.some((one) => one.kind === 'Secret' && one.namespace === namespace && one.name === name)) return
    const there = await this.tolerated(() =>
      this.reader.api.exists(`${pathOf('Secret', 'v1', namespace)}/${segment(name)}`, this.reader.signal),
    )
    this.note('Secret', namespace, name, there === 'unread' ? 'unread' : there ? 'found' : 'absent')
  }

  /** Objects that were read besides. */
  keep(kind: Kind, objects: readonly KubeObject[]): void {
    this.objects.set(kind, [...(this.objects.get(kind) ?? []), ...objects])
  }

  note(kind: Kind, namespace: string | null, name: string | null, answer: Lookup['answer']): void {
    this.all.push({ kind, namespace, name, answer })
  }

  /** The first version that has it. */
  private async ask<T>(kind: Kind, read: (version: string) => Promise<T | null>): Promise<T | null | 'unread'> {
    for (const version of RESOURCES[kind].versions) {
      const answer = await this.tolerated(() => read(version))
      if (answer !== null) return answer
    }
    return null
  }

  private async tolerated<T>(read: () => Promise<T>): Promise<T | 'unread'> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof KubeError) || error.failure === 'aborted' || error.failure === 'unauthorized') throw error
      return 'unread'
    }
  }
}

/** An item of a list, and what an older API sends, need not say what it is. */
function named(kind: Kind, version: string, object: KubeObject): KubeObject {
  const { group } = RESOURCES[kind]
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...object }
}
