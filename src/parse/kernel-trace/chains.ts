import type { KernelRule } from '../../model/kernel-trace/trace.ts'
import type { Chain, Table } from '../../model/rules.ts'
import { parseSave } from '../iptables/save.ts'
import { parseNftText } from '../nft/text.ts'

/**
 * The rules of the chains that a trace came through: `nft -a list chain` of each, which has the kernel's numbers for them, and beside it `iptables -S` of those
 * that are of iptables, under a heading `# ip nat KUBE-SERVICES`. Where both list as many rules of a chain, each is the same rule in two languages.
 */
export function parseKernelChains(nft: string, iptables: string): KernelRule[] {
  const listed = parseNftText(nft, 'kernel-trace-chains.txt').tables
  const saved = savedChains(iptables)
  return listed.flatMap((table) =>
    [...table.chains.values()].flatMap((chain) =>
      chainRules(table, chain, saved.get(`${table.family} ${table.name} ${chain.name}`)),
    ),
  )
}

function chainRules({ family, name: table }: Table, { name: chain, rules }: Chain, saved: Chain | undefined) {
  const byHandle = Map.groupBy(rules, ({ handle }) => handle)
  const isSame = saved?.rules.length === byHandle.size
  return [...byHandle].flatMap(([handle, nft], i): KernelRule[] => {
    const iptables = isSame ? [saved.rules[i]!] : null
    return handle === undefined ? [] : [{ family, table, chain, handle, nft, iptables }]
  })
}

/** By family, table and name. */
function savedChains(text: string): Map<string, Chain> {
  const chains = new Map<string, Chain>()
  for (const [heading, ...lines] of text.split(/^(?=# (?:ip6?) \S+ \S+$)/m).map((part) => part.split('\n'))) {
    const [family, table, chain] = heading!.slice(2).split(' ')
    if (!family || !table || !chain) continue
    const rules = lines.filter((line) => line.startsWith('-A '))
    const save = [`*${table}`, `:${chain} - [0:0]`, ...rules, 'COMMIT', ''].join('\n')
    const found = parseSave(save, 'kernel-trace-iptables.txt').tables[0]?.chains.get(chain)
    if (found) chains.set(`${family} ${table} ${chain}`, found)
  }
  return chains
}
