import type { AddressMap } from './addresses.ts'
import { renamedComment } from './comments.ts'
import type { NameMap } from './names.ts'
import { renameRules } from './rule-names.ts'

export interface TextMaps {
  addresses: AddressMap
  names: NameMap
  /** kube-proxy's chains of the services in the capture, old name to new. */
  chains: ReadonlyMap<string, string>
  /** What people named chains, tables and sets. */
  ruleNames: ReadonlySet<string>
}

/** What a tool printed: addresses wherever they stand, names where a tool of Kubernetes puts them. Linear in the text. */
export function redactText(text: string, maps: TextMaps): string {
  const { names, chains } = maps
  const named = text
    .replaceAll(IPTABLES_CHAIN, (chain, kind: string) => chains.get(chain) ?? `KUBE-${kind}-${names.hash(chain, 16)}`)
    .replaceAll(NFT_CHAIN, (chain, kind: string, namespace: string, name: string, rest: string) => {
      const key = `${names.replace(namespace)}/${names.replace(name)}/${rest}`
      return chains.get(chain) ?? `${kind}-${names.hash(chain, 8)}-${key}`
    })
  return redactAddresses(named, maps.addresses)
}

/** Rules as iptables or nft print them, as text or as JSON. */
export function redactRules(text: string, maps: TextMaps): string {
  const { names, ruleNames } = maps
  const isNft = /^\s*(table |\{)/.test(text)
  const quoted = isNft
    ? text.replaceAll(NFT_TEXTS, (_, mark: string, words: string) => `${mark}"${renamedComment(words, names)}"`)
    : redactIptables(text, names)
  return redactText(renameRules(quoted, ruleNames, names), maps)
}

/** Every quoted word is somebody's, be it a comment, a prefix or a pattern; of options whose words need no quotes, the word. */
function redactIptables(text: string, names: NameMap): string {
  return (
    text
      .replaceAll(OPTIONS, (_, mark: string, word: string) => `${mark}${renamedComment(word, names)}`)
      .replaceAll(/"((?:[^"\\\n]|\\.)*)"/g, (_, words: string) => `"${renamedComment(words, names)}"`)
      // Old versions of iptables -L print a prefix so.
      .replaceAll(/ prefix `[^\n]*'/g, (words) => ` prefix \`${names.replace(words)}'`)
      // `iptables -L` prints comments so; one may hold the sign of its own end.
      .replaceAll(
        /\/\* (.*?) \*\/(?!.* \*\/)|\/\* (.*) \*\//g,
        (_, one?: string, more?: string) => `/* ${renamedComment(one ?? more ?? '', names)} */`,
      )
  )
}

/** Every address and MAC of a text. */
function redactAddresses(text: string, addresses: AddressMap): string {
  return text
    .replaceAll(MAC, (mac) => addresses.replaceMac(mac))
    .replaceAll(ADDRESS, (address) => addresses.replace(address))
}

const IPTABLES_CHAIN = /\bKUBE-(SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}\b/g
const NFT_CHAIN =
  /\b(service|endpoint|external|local|firewall|affinity)-[A-Z2-7]{8}-([a-z0-9-]+)\/([a-z0-9.-]+)\/((?:tcp|udp|sctp)\/[^\s,"}]*)/g

/** Options of iptables-save, and words of iptables -L, whose argument is somebody's own. */
const OPTIONS =
  /((?:--(?:comment|log-prefix|nflog-prefix|ulog-prefix|string|hex-string|name|hashlimit-name|set-name|label|helper|uid-owner|gid-owner|path|tls-host|host|domain|aname|led-trigger-id|rateest-name|timeout)|(?<=\s)(?:nflog-prefix|UID match|GID match|helper match|STRING match|name:)) +)([^\s"]+)/g
/** Of nft, whose other quoted words are interfaces. */
const NFT_TEXTS =
  /(\b(?:comment|prefix|helper(?: set)?|secmark(?: set)?|cgroupv2 level \d+|skuid|skgid) (?=")|"(?:comment|prefix)": ?)"((?:[^"\\\n]|\\.)*)"/g

const MAC = /(?<![\w:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])/gi
const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
/** IPv4, and what may be IPv6: `replace` leaves what is none as it is. The second of a range stands behind a dash. */
const ADDRESS = new RegExp(
  String.raw`(?<![\w.:-]|\d\.)(?:${IPV4}(?!\.?\d)|[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f:.]*[0-9a-f:](?![\w:]))(?:\/\d{1,3}(?!\d))?` +
    String.raw`|(?<=${IPV4}-)${IPV4}(?!\.?\d)|(?<=[0-9a-f:]\]?-\[?)[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f:.]*[0-9a-f:](?![\w:])` +
    String.raw`|(?<=__|\[)(?:${IPV4}|[0-9a-f]*:[0-9a-f:.]+)`,
  'gi',
)
