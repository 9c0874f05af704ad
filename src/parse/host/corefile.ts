/** CoreDNS's Corefile, in the syntax of caddyfile(5): server blocks that hold directives, `#` for comments. */

/**
 * The cluster domain: the first zone of a `kubernetes` plugin that is not a reverse one (`cluster.local`), without a
 * trailing dot. A plugin without zones answers for those of its server block. Null where there is no such plugin, where
 * its zone is the root, or where the zone is a variable (`{$DOMAIN}`), which only CoreDNS's environment holds.
 */
export function corefileDomain(text: string): string | null {
  let depth = 0
  let serverZones: string[] = []
  for (const tokens of statementsOf(text)) {
    const [directive, ...rest] = tokens.filter((token) => token !== '{' && token !== '}')
    const opens = tokens.at(-1) === '{'
    if (depth === 0 && directive !== undefined && directive !== 'import') serverZones.push(directive, ...rest)
    if (depth === 1 && directive === 'kubernetes') {
      const zone = firstForward(rest.length > 0 ? rest : serverZones)
      // A variable, or the name of a snippet, whose zones are those of the server that imports it.
      if (zone !== null) return /[{(]/.test(zone) || zone === '' ? null : zone
    }
    if (opens) depth++
    else if (tokens[0] === '}') depth = Math.max(0, depth - 1)
    if (depth === 0) serverZones = opens || tokens[0] === '}' ? [] : serverZones
  }
  return null
}

/** No ConfigMap holds more than 1 MiB, and no line of it is so long. */
const [LONGEST_TEXT, LONGEST_LINE] = [2 ** 20, 2 ** 16]

/** The tokens of each line that has any; quotes are taken off, and nothing in them is a comment. */
function* statementsOf(text: string): Generator<string[]> {
  for (const line of text.slice(0, LONGEST_TEXT).split('\n')) {
    const tokens: string[] = []
    for (const match of line.slice(0, LONGEST_LINE).matchAll(/"((?:[^"\\]|\\.)*)"?|[^\s"]+/g)) {
      if (match[0].startsWith('#')) break
      tokens.push(match[1] ?? match[0])
    }
    if (tokens.length > 0) yield tokens
  }
}

/** The first zone that names no addresses: neither `in-addr.arpa` and `ip6.arpa` nor a prefix, which stands for these. */
function firstForward(zones: readonly string[]): string | null {
  for (const zone of zones) {
    const name = zoneName(zone)
    if (!name.endsWith('.arpa') && !name.includes('/')) return name
  }
  return null
}

/** `dns://Cluster.Local.:53,` → `cluster.local`; the root is ''. */
function zoneName(zone: string): string {
  const key = zone.replace(/,$/, '')
  const name = key.includes('{') ? key : key.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '')
  return name.replace(/\.$/, '').toLowerCase()
}
