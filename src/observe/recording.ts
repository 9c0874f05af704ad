import { type Manifest, problemsOf, readManifest } from '../capture/manifest.ts'
import type { SourceFile } from '../capture/read.ts'
import { DNS_FILE, readDnsAnswers } from '../measure/dns.ts'
import type { Service } from '../model/cluster.ts'
import type { DnsAnswer, Observation, RecognisedText, ResolvConf } from '../model/observation.ts'
import type { Problem } from '../model/rules.ts'
import { corefileDomain } from '../parse/host/corefile.ts'
import { parseResolvConf } from '../parse/host/resolv-conf.ts'
import { parseDescribe } from '../parse/kube/describe.ts'
import { mergeParts } from '../parse/kube/merge.ts'
import { parseObjects } from '../parse/kube/objects.ts'
import type { KubeParts } from '../parse/kube/parts.ts'
import { parseTable } from '../parse/kube/table.ts'
import { recognise, type TextKind } from '../parse/recognise.ts'
import { type Told, UNTOLD } from '../parse/told.ts'
import { NodeDraft } from './node-files.ts'
import { nodesOf, type Piece, readPasted } from './pasted.ts'

/** Files of a capture that say nothing which another of its files does not say better. */
const REDUNDANT: readonly { file: RegExp; beside: string | null }[] = [
  { file: /^iptables-(filter-)?L/, beside: 'iptables-save.txt' },
  { file: /^ip-addr\.txt$/, beside: 'ip-addr.json' },
  { file: /^ip-route-local\.txt$/, beside: 'ip-route.json' },
  { file: /^ipset-list\.txt$/, beside: 'ipset.txt' },
  { file: /^nft\.txt$/, beside: 'nft.json' },
  { file: /^arp\.txt$/, beside: 'ip-neigh.json' },
  { file: /^brctl-/, beside: 'bridge-fdb.json' },
  {
    file: /^(iptables-version|conntrack-count|lsmod|ipvsadm-L-timeout|proc-net-ip_vs_stats(_percpu)?)\.txt$/,
    beside: null,
  },
]

/** An empty file, or list. */
const NOTHING = /^\s*(\[\s*\])?\s*$/

/** What conntrack says of a list that it printed, whatever became of the lines. */
const COUNTED = /\bflow entries have been shown\b/

/** What bare text calls the one node that it shows. */
export const BARE_NODE = 'node'

/** Kinds of text that tell of the cluster, whoever printed them. */
const CLUSTER_KINDS = new Set<TextKind>(['objects', 'table', 'describe', 'corefile', 'resolvConf'])

const EMPTY = 'this is empty: did the command that should have filled it fail?'
const EMPTY_PIPE = 'it was empty: did the command before the pipe fail?'

/** Nobody could ask kube-proxy, or its answer was not printed: of a 503 wget prints no body, and GNU's ends with 8. */
const isUnheard = ({ file, exitCode, stderr }: Manifest['nodes'][number]['sections'][number]): boolean =>
  file === 'kube-proxy-healthz.json' && (exitCode === 127 || exitCode === 8 || /\bHTTP\/\S+ 5\d\d\b/.test(stderr))

/** Files that add up to an Observation, whether they come from a disk or from a cluster a moment ago. */
export class Recording {
  private readonly problems: Problem[] = []
  private readonly readProblems: readonly Problem[]
  private readonly nodes = new Map<string, NodeDraft>()
  private readonly parts: KubeParts[] = []
  private readonly resolvConfs: ResolvConf[] = []
  /** What was pasted is told apart by node when all of it is known. */
  private readonly pieces: Piece[] = []
  private readonly recognised: RecognisedText[] = []
  private manifest: Manifest | null = null
  private dnsAnswers: DnsAnswer[] | null = null
  private domain: string | null = null
  /** `n1/ip-link.json` */
  private readonly filled = new Set<string>()

  /** `readProblems` grows while files are read. */
  constructor(readProblems: readonly Problem[]) {
    this.readProblems = readProblems
  }

  addNodeFile(source: SourceFile, node: string, file: string, all: readonly SourceFile[]): void {
    const draft = this.node(node)
    if (!NOTHING.test(source.text())) this.filled.add(`${node}/${file}`)
    if (draft.addNamed(file, source)) return
    const folder = source.path.slice(0, -file.length)
    const has = (name: string) => {
      const other = all.find(({ path }) => path === folder + name)
      return other !== undefined && recognise(other.text()) !== null
    }
    const spare = REDUNDANT.find((one) => one.file.test(file))
    if (spare && (spare.beside === null || has(spare.beside))) return
    this.addText(source, node)
  }

  /** Adds what another recording holds, of other nodes than this one. */
  take(other: Recording): void {
    for (const one of other.problems) this.problems.push(one)
    for (const one of other.parts) this.parts.push(one)
    for (const one of other.resolvConfs) this.resolvConfs.push(one)
    for (const one of other.filled) this.filled.add(one)
    for (const [name, draft] of other.nodes) this.nodes.set(name, draft)
    this.manifest = other.manifest ?? this.manifest
    this.dnsAnswers = other.dnsAnswers ?? this.dnsAnswers
    this.domain ??= other.domain
  }

  /** How and when it was collected, where that is in no file. */
  describe(manifest: Manifest): void {
    this.manifest = manifest
  }

  /** Adds a file by what it holds; `node` null: it belongs to no node. */
  addText(source: SourceFile, node: string | null): void {
    const text = source.text()
    if (source.path === DNS_FILE) this.dnsAnswers = readDnsAnswers(text)
    if (this.dnsAnswers && source.path === DNS_FILE) return
    if (source.path === 'manifest.json') this.manifest = readManifest(text)
    if (this.manifest && source.path === 'manifest.json') return
    const kind = recognise(text)
    if (kind === null) return this.unrecognised(source, text)
    this.addKind(kind, source, node)
  }

  /** Adds what somebody pasted: pieces of output with anything between them. */
  addPasted(source: SourceFile): void {
    if (source.text().trim() === '') {
      this.problems.push({ file: source.path, line: null, message: source.path === 'stdin' ? EMPTY_PIPE : EMPTY })
      return
    }
    const pasted = readPasted(source)
    if (!pasted) return this.addText(source, BARE_NODE)
    this.problems.push(...pasted.problems)
    this.recognised.push(...pasted.recognised)
    this.pieces.push(...pasted.pieces)
  }

  private addPieces(): void {
    const isOfCluster = ({ kind }: Piece) => CLUSTER_KINDS.has(kind)
    for (const { kind, source, told } of this.pieces.filter(isOfCluster)) this.addKind(kind, source, null, told)
    const pieces = this.pieces.filter((piece) => !isOfCluster(piece))
    const pods = this.parts.flatMap((part) => part.pods)
    const known = this.parts.flatMap((part) => part.nodes.map(({ name }) => name))
    const places = nodesOf(pieces, { bare: BARE_NODE, pods, nodes: known })
    for (const [i, { kind, source, told }] of pieces.entries())
      if (places[i] != null) this.addKind(kind, source, places[i], told)
  }

  private addKind(kind: TextKind, source: SourceFile, node: string | null, told = UNTOLD): void {
    const text = source.text()
    if (this.addClusterText(kind, text, source.path, told)) return
    if (kind === 'resolvConf') {
      const { items, problems } = parseResolvConf(text, source.path)
      this.resolvConfs.push(...items)
      this.problems.push(...problems)
      return
    }
    if (node === null || !this.node(node).add(kind, source, told)) this.unrecognised(source, text)
  }

  finish(origin: string, source: Observation['source']): Observation {
    this.addPieces()
    const merged = mergeParts(this.parts)
    for (const { name, sections } of this.manifest?.nodes ?? [])
      if (sections.some(isUnheard)) this.nodes.get(name)?.proxyUnasked()
    this.noteNothing()
    const drafts = [...this.nodes.values()]
    const nodes = drafts.map((draft) => draft.finish())
    const { corefile, problems, truncated } = merged
    // Endpoints are read when they are asked for, and add their problems to this very list.
    problems.unshift(
      ...this.readProblems,
      ...(this.manifest ? problemsOf(this.manifest) : []),
      ...this.problems,
      ...nodes.flatMap((node) => node.problems),
    )
    return {
      source,
      observedAt:
        this.manifest?.observedAt ??
        nodes.flatMap((node) => node.rulesets.flatMap(({ takenAt }) => (takenAt ? isoOf(takenAt) : [])))[0] ??
        null,
      ...(this.manifest?.asked === undefined ? {} : { asked: this.manifest.asked }),
      ...(this.manifest?.redacted ? { redacted: true as const } : {}),
      origin,
      cluster: {
        ...merged.cluster,
        ...(this.manifest?.asked === 'all' && holdsAll(merged.cluster.services)
          ? { servicesAreAll: true as const }
          : {}),
        dnsDomain: this.domain ?? (corefile === null ? null : corefileDomain(corefile)),
        endpointsOf: merged.endpointsOf,
        endpointsObjectOf: merged.endpointsObjectOf,
        endpointsArePartial: (namespace, service) => truncated.has(`${namespace}/${service}`),
      },
      nodes,
      unread: this.manifest?.unread ?? [],
      resolvConfs: this.resolvConfs,
      dnsAnswers: this.dnsAnswers,
      problems,
      ...(source === 'rules' ? { recognised: this.recognised } : {}),
    }
  }

  /** What was asked for, and came to its end without a word. */
  private noteNothing(): void {
    for (const { name, sections } of this.manifest?.nodes ?? [])
      for (const { file, exitCode, stderr } of sections)
        if (exitCode === 0 && !this.filled.has(`${name}/${file}`) && (stderr === '' || COUNTED.test(stderr)))
          this.nodes.get(name)?.foundNothing(file)
  }

  private addClusterText(kind: TextKind, text: string, path: string, told: Told): boolean {
    if (kind === 'objects') this.parts.push(parseObjects(text, path))
    else if (kind === 'table') this.parts.push(parseTable(text, path, told.namespace))
    else if (kind === 'describe') this.parts.push(parseDescribe(text, path))
    else if (kind === 'corefile') this.domain ??= corefileDomain(text)
    else return false
    return true
  }

  private unrecognised({ path }: SourceFile, text: string): void {
    // A capture tells of its traffic and itself in words; an empty file, or list, is the output of a command that found nothing.
    if (NOTHING.test(text) || /(^|\/)(README(\.md)?|traffic\.txt)$/.test(path)) return
    this.problems.push({ file: path, line: null, message: 'not recognised: it looks like no tool that svcpath reads' })
  }

  private node(name: string): NodeDraft {
    const draft = this.nodes.get(name) ?? new NodeDraft(name)
    this.nodes.set(name, draft)
    return draft
  }
}

/** A namespace may be called `all`, too: no other than `default` has the API's own service. */
const holdsAll = (services: readonly Service[] | null): boolean =>
  (services ?? []).some(({ namespace, name }) => namespace === 'default' && name === 'kubernetes')

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sat Nov 21 09:47:14 2026`, as iptables-save heads its dumps, in ISO 8601: without a zone, since the node's is not told. Else as it is. */
function isoOf(words: string): string {
  const [, month, day, time, year] = /^\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})$/.exec(words) ?? []
  const index = MONTHS.indexOf(month ?? '')
  return index < 0 ? words : `${year}-${String(index + 1).padStart(2, '0')}-${day!.padStart(2, '0')}T${time}`
}
