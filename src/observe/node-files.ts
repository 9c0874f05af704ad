import type { SourceFile } from '../capture/read.ts'
import type { NodeState } from '../model/node.ts'
import type { Ruleset } from '../model/rules.ts'
import { chooseRulesets } from '../parse/one-picture.ts'
import type { TextKind } from '../parse/recognise.ts'
import { type Told, UNTOLD } from '../parse/told.ts'
import { type Field, SECTIONS, type Section } from './sections.ts'

/** What the files of one node add up to. */
export class NodeDraft {
  private readonly node: NodeState

  constructor(name: string) {
    this.node = { ...UNSEEN, name, rulesets: [], problems: [] }
  }

  /** Adds one file; false where its kind says nothing of a node. */
  add(kind: TextKind, source: SourceFile, told = UNTOLD): boolean {
    return this.addTo(SECTIONS_OF_KIND.get(kind) ?? [], source, told)
  }

  /** Adds a file that is known by its name alone; false for any other. */
  addNamed(name: string, source: SourceFile): boolean {
    return this.addTo(SECTIONS_BY_NAME.get(name) ?? [], source)
  }

  /** kube-proxy could not be asked: no tool was there to ask with. */
  proxyUnasked(): void {
    this.node.proxy ??= { healthz: null, metrics: null }
  }

  /** A command that found nothing: none, where a file that is not there means that nobody asked. */
  foundNothing(file: string): void {
    if (file === 'conntrack.txt') this.node.conntrack ??= []
    if (/^ip-neigh\.(json|txt)$/.test(file)) this.node.neighbours ??= []
  }

  finish(): NodeState {
    const { rulesets, notes } = chooseRulesets(this.node.rulesets)
    const nftTables = this.node.nftTables ?? tablesOfDump(this.node.rulesets)
    return { ...this.node, rulesets, nftTables, problems: [...this.node.problems, ...notes] }
  }

  private addTo(sections: readonly Section[], source: SourceFile, told = UNTOLD): boolean {
    for (const section of sections) addSection(this.node, section, source, told)
    return sections.length > 0
  }
}

/** A file of which nothing could be read leaves what was known as it was: unknown, not none. */
function addSection<F extends Field>(
  node: NodeState,
  { parse, into, merge }: Section<F>,
  source: SourceFile,
  told: Told,
): void {
  const { value, problems } = parse(source.text(), source.path, told)
  node.problems.push(...problems)
  const known = node[into]
  if (value !== null) node[into] = known !== null && merge ? merge(known, value) : value
}

/** A dump of everything that arrived whole names every table. A listing of one table is none. */
function tablesOfDump(rulesets: readonly Ruleset[]): string[] | null {
  const dump = rulesets.findLast(
    ({ command, problems, tables }) => /list ruleset$/.test(command) && problems.length === 0 && tables.length > 1,
  )
  return dump?.tables.map(({ family, name }) => `${family} ${name}`) ?? null
}

/** Nothing of a node was seen yet. */
const UNSEEN = Object.fromEntries(SECTIONS.map(({ into }) => [into, null])) as {
  [F in (typeof SECTIONS)[number]['into']]: null
}

/** One text may tell several things. */
const SECTIONS_OF_KIND: ReadonlyMap<TextKind, readonly Section[]> = Map.groupBy(
  SECTIONS.filter((one: Section) => one.kind !== undefined),
  (one: Section) => one.kind!,
)

const SECTIONS_BY_NAME = Map.groupBy(
  SECTIONS.filter((one: Section) => one.named !== undefined),
  (one: Section) => one.named!,
)
