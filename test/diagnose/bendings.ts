/** What tests of several analyzers bend a capture by. */
import type { Observation } from '../../src/model/observation.ts'
import { type Bending, type Files, replace } from './bend.ts'

export const NODES = ['n1', 'n2', 'n3']
export const NFT = 'k8s-1.36-nftables-dualstack-ptp'
export const DUAL = 'k8s-1.36-iptables-nft-dualstack-bridge'
export const LEGACY = 'k8s-1.36-iptables-legacy-bridge'

export type Bend = (files: Files) => void
export type Row = readonly [what: string, bending: Bending | Bend, expected: readonly string[]]

export const asBending = (one: Bending | Bend): Bending => (typeof one === 'function' ? { files: one } : one)

export const rules = (node: string): string => `nodes/${node}/iptables-save.txt`

export const all =
  (...changes: readonly Bend[]): Bend =>
  (files) => {
    for (const change of changes) change(files)
  }

export const each = (change: (node: string) => Bend): Bend => all(...NODES.map(change))

export const edit =
  (path: string, pattern: RegExp | string, by: string): Bend =>
  (files) =>
    replace(files, path, pattern, by)

export const text =
  (path: string, content: string): Bend =>
  (files) =>
    void files.set(path, content)

/** Puts lines behind the chains of the filter table; chains may come first. */
export const filter = (node: string, lines: string, path = rules(node)): Bend =>
  edit(path, /(\*filter\n(?::.*\n)+)/, `$1${lines}`)

export const forwardDrop = (node: string, path = rules(node)): Bend =>
  edit(path, /^(\*filter\n:INPUT .*\n):FORWARD ACCEPT/m, '$1:FORWARD DROP')

/** Sets a kernel setting, or takes it away. */
export const sysctl =
  (node: string, key: string, value: string | null): Bend =>
  (files) => {
    const path = `nodes/${node}/sysctl.txt`
    const lines = (files.get(path) ?? '').split('\n').filter((line) => line !== '' && !line.startsWith(`${key} =`))
    files.set(path, [...lines, ...(value === null ? [] : [`${key} = ${value}`]), ''].join('\n'))
  }

// biome-ignore lint/suspicious/noExplicitAny: what ip -j prints
type Printed = any

export const json =
  (path: string, change: (all: Printed[]) => Printed[]): Bend =>
  (files) =>
    void files.set(path, JSON.stringify(change(JSON.parse(files.get(path)!))))

/** Changes the routes of a node, of both families. */
export const routes =
  (node: string, change: (all: Printed[]) => Printed[]): Bend =>
  (files) => {
    for (const name of ['ip-route', 'ip6-route']) {
      const path = `nodes/${node}/${name}.json`
      if (files.has(path)) json(path, change)(files)
    }
  }

export const withoutRoute = (node: string, dst: string): Bend =>
  routes(node, (every) => every.filter((one) => one.dst !== dst))

/** Leads a network by another next hop. */
export const via = (node: string, dst: string, gateway: string): Bend =>
  routes(node, (every) => every.map((one) => (one.dst === dst ? { ...one, gateway } : one)))

/** Changes the links of a node, in all that prints them. */
export const links = (node: string, change: (one: Printed) => Printed): Bend =>
  all(...['ip-link', 'ip-addr'].map((name) => json(`nodes/${node}/${name}.json`, (every) => every.map(change))))

/** Adds conntrack entries. */
export const conntrack =
  (node: string, ...lines: readonly string[]): Bend =>
  (files) =>
    void files.set(
      `nodes/${node}/conntrack.txt`,
      [files.get(`nodes/${node}/conntrack.txt`) ?? '', ...lines.map((line) => `${line}\n`)].join(''),
    )

/** An nft table beside the others. */
export const nftTable =
  (node: string, table: string): Bend =>
  (files) => {
    files.delete(`nodes/${node}/nft.json`)
    files.set(`nodes/${node}/nft.txt`, `${files.get(`nodes/${node}/nft.txt`) ?? ''}${table}\n`)
  }

/** Leaves a part of every node out of what was read. */
export const unread =
  (...parts: readonly (keyof Observation['nodes'][number])[]) =>
  (observation: Observation): Observation => ({
    ...observation,
    nodes: observation.nodes.map((node) => ({ ...node, ...Object.fromEntries(parts.map((part) => [part, null])) })),
  })

/** `SVP403 n2`, without what the evidence lacks for a reason of its own. */
export const codesOf = (
  findings: readonly { code: string; node: string | null; consequences: readonly string[] }[],
): string[] =>
  findings.flatMap(({ code, node, consequences }) => [
    node ? `${code} ${node}` : code,
    ...consequences.map((one) => one.slice(0, 6)),
  ])

/** The whole rule set of a node, as nft prints it in JSON, without the tables of this name. */
export const withoutNftTable =
  (node: string, table: string): Bend =>
  (files) => {
    const path = `nodes/${node}/nft.json`
    const { nftables, ...rest } = JSON.parse(files.get(path)!) as { nftables: Printed[] }
    const isOf = (item: Printed) => (item.table ? item.table.name : Object.values<Printed>(item)[0].table) === table
    files.set(path, JSON.stringify({ ...rest, nftables: nftables.filter((item) => !isOf(item)) }))
  }
