import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseSave } from './src/parse/iptables/save.ts'
import { parseNftJson } from './src/parse/nft/json.ts'
import { parseObjects } from './src/parse/kube/objects.ts'
import { parseConntrack } from './src/parse/host/conntrack.ts'
import { parseIpLinkJson, parseIpNeighJson, parseIpRouteJson, parseIpRuleJson } from './src/parse/host/ip-json.ts'
import { parseBridgeFdbJson } from './src/parse/host/bridge-json.ts'
import { parsePodNetns } from './src/parse/host/pod-netns.ts'
import { parseSysctl } from './src/parse/host/sysctl.ts'
import { chooseRulesets } from './src/observe/rulesets.ts'
import { mergeLinks } from './src/observe/links.ts'
import { traceService } from './src/trace/trace.ts'
import { listServices } from './src/trace/overview.ts'
import { findService } from './src/trace/find.ts'
import { parseQuery } from './src/trace/query.ts'
import { renderTree } from './src/render/tree.ts'
import { renderServiceList } from './src/render/list.ts'
import { terminal } from './src/render/terminal.ts'
const [cap, svc, out] = process.argv.slice(2)
const root = '/work/shared/captures/' + cap
const rd = (p: string) => existsSync(p) ? readFileSync(p, 'utf8') : existsSync(p + '.gz') ? gunzipSync(readFileSync(p + '.gz')).toString() : null
const on = <T>(p: string, f: (t: string, n: string) => T): T | null => { const t = rd(p); return t === null ? null : f(t, p.split('/').pop()!) }
const parts = ['services', 'endpointslices', 'pods', 'nodes'].map((k) => on(`${root}/api/${k}.json`, parseObjects)).filter(Boolean) as any[]
const slices = parts.flatMap((p) => [...p.slices.values()].flat().flatMap((f: any) => typeof f === 'function' ? f() : f))
const nodes = readdirSync(root + '/nodes').map((n) => {
  const d = `${root}/nodes/${n}/`
  const rs = ['iptables-save.txt', 'iptables-legacy-save.txt', 'ip6tables-save.txt'].flatMap((f) => on(d + f, parseSave) ?? [])
  const nft = on(d + 'nft.json', parseNftJson)
  return {
    name: n, rulesets: chooseRulesets([...rs, ...(nft ? [nft] : [])]).rulesets,
    conntrack: on(d + 'conntrack.txt', parseConntrack)?.items ?? null,
    links: mergeLinks(on(d + 'ip-addr.json', parseIpLinkJson)?.items ?? [], on(d + 'ip-link.json', parseIpLinkJson)?.items ?? []),
    routes: on(d + 'ip-route.json', parseIpRouteJson)?.items ?? null, policyRules: on(d + 'ip-rule.json', parseIpRuleJson)?.items ?? null,
    neighbours: on(d + 'ip-neigh.json', parseIpNeighJson)?.items ?? null, fdb: on(d + 'bridge-fdb.json', parseBridgeFdbJson)?.items ?? null,
    bridgePorts: null, podInterfaces: on(d + 'pod-netns.txt', parsePodNetns)?.items ?? null,
    sysctls: new Map(on(d + 'sysctl.txt', parseSysctl)?.items ?? []), proxyMode: rd(d + 'kube-proxy-mode.txt'), problems: [],
  }
})
const obs: any = { source: 'capture', observedAt: null, origin: cap, cluster: { services: parts.flatMap((p) => p.services), endpoints: slices, pods: parts.flatMap((p) => p.pods), nodes: parts.flatMap((p) => p.nodes), dnsDomain: 'cluster.local', version: null }, nodes, resolvConfs: [], problems: [] }
const look = terminal(process.stdout, process.env)
if (!svc || svc === '-') { console.log(renderServiceList(listServices(obs, obs.cluster.services, []), look)) } else {
  const f: any = findService(obs, parseQuery(svc), null)
  if (!f.service) { console.log(f); process.exit(1) }
  const r = traceService(obs, f.service, { from: null, nodes: [], port: null })
  console.log(out === 'json' ? JSON.stringify(r, null, 1) : renderTree(r, { ...look, verbose: out === '-v' }))
}
