/** Random policy routing for the lab's node. */
import fc from 'fast-check'
import { ADDRESSES, DEVICES, type Family, type Host, NETWORKS, SERVICES } from './places.ts'
import { linkLocal } from './scripts.ts'

export interface RoutingSpec {
  family: Family
  /** What stands behind `ip rule add`, less the priority; they are asked in this order, before the table main. */
  rules: string[]
  /** What stands behind `ip route add`. */
  routes: string[]
}

/** Rules that set what policy rules ask for, UDP to 443 has mark 1, to 8443 mark 2, and translate one service. */
export function rulesForRouting(service: string, endpoint: string): string {
  const marks = ['PREROUTING', 'OUTPUT'].flatMap((hook) => [
    `-A ${hook} -p udp --dport 443 -j MARK --set-mark 1`,
    `-A ${hook} -p udp --dport 8443 -j MARK --set-mark 2`,
  ])
  const translations = ['PREROUTING', 'OUTPUT'].map(
    (hook) => `-A ${hook} -d ${service} -j DNAT --to-destination ${endpoint}`,
  )
  const chains = ':PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
  return `*mangle\n${chains}${marks.join('\n')}\nCOMMIT\n*nat\n${chains}${translations.join('\n')}\nCOMMIT\n`
}

export function routings(family: Family): fc.Arbitrary<RoutingSpec> {
  const routes = fc.uniqueArray(routeOf(family), { minLength: 1, maxLength: 8, size: 'max', selector: keyOf })
  return fc.record({
    family: fc.constant(family),
    rules: fc.array(ruleOf(family), { maxLength: 5, size: 'max' }),
    routes,
  })
}

/** The kernel keeps one route for a prefix and a metric in a table; IPv6 makes one multipath route of several. */
const keyOf = (route: string): string =>
  /(\S+) (?:via|nexthop|table|metric)/.exec(route)![1]! + /table \S+ metric \d+/.exec(route)![0]

/** A script that sets it up, and one that takes it away again. */
export function routingScripts({ family, rules, routes }: RoutingSpec): { up: string; down: string } {
  const added = rules.map((rule, i) => `ip -${family} rule add ${rule} priority ${100 + i}`)
  const up = [...routes.map((route) => `ip -${family} route add ${route}`), ...added]
  const gone = rules.map((_, i) => `ip -${family} rule del priority ${100 + i}`)
  const down = [...gone, ...routes.map((route) => `ip -${family} route del ${route}`)]
  return { up: up.join('\n'), down: down.join('\n') }
}

function ruleOf(family: Family): fc.Arbitrary<string> {
  const some = (text: fc.Arbitrary<string>) => fc.option(text, { nil: '' })
  const prefix = prefixOf(family)
  return fc
    .tuple(
      fc.constantFrom('', '', '', 'not '),
      fc.oneof(
        fc.constant('from all'),
        prefix.map((text) => `from ${text}`),
      ),
      some(prefix.map((text) => `to ${text}`)),
      some(fc.constantFrom('fwmark 1', 'fwmark 2', 'fwmark 1/3', 'fwmark 0/1')),
      some(fc.constantFrom('iif cni0', 'iif eth0', 'iif lo')),
      fc.constantFrom(
        'lookup 100',
        'lookup 101',
        'lookup 100',
        'lookup 101',
        'lookup main suppress_prefixlength 0',
        'blackhole',
        'unreachable',
        'prohibit',
      ),
    )
    .map(([not, from, ...others]) => [not + from, ...others].filter((text) => text !== '').join(' '))
}

function routeOf(family: Family): fc.Arbitrary<string> {
  const host = fc.constantFrom(...(Object.keys(NETWORKS) as Host[]))
  // A gateway that no other route of the set can take elsewhere.
  const hop = (name: Host) => `via ${family === 4 ? ADDRESSES[4][name] : linkLocal(name)} dev ${DEVICES[name]} onlink`
  const way = fc.oneof(
    { weight: 6, arbitrary: host.map((name) => ['', ` ${hop(name)}`] as const) },
    {
      weight: 1,
      arbitrary: fc.subarray(Object.keys(NETWORKS) as Host[], { minLength: 2, maxLength: 2 }).map(multipath),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('blackhole ', 'unreachable ', 'prohibit ', 'throw ')
        .map((type) => [type, ''] as const),
    },
  )
  function multipath(names: Host[]) {
    return ['', `${names.map((name) => ` nexthop ${hop(name)}`).join('')}`] as const
  }
  const table = fc.constantFrom('100', '100', '101', '101', 'main')
  return fc
    .tuple(prefixOf(family), way, table, fc.constantFrom(50, 60))
    .map(([prefix, [type, hops], table, metric]) => {
      // The next hops stand last.
      return `${type}${prefix} table ${table} metric ${metric}${hops}`
    })
}

function prefixOf(family: Family): fc.Arbitrary<string> {
  const { pod, endpoint1, endpoint2 } = ADDRESSES[family]
  const wide =
    family === 4
      ? ['10.96.0.0/16', '10.1.0.0/16', '10.1.3.0/24', '0.0.0.0/0']
      : ['fd00:96::/64', 'fd00::/16', 'fd00:3::/64', '::/0']
  return fc.constantFrom(...SERVICES[family], pod, endpoint1, endpoint2, ...wide)
}
