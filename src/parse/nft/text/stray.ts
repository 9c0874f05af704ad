import type { Json } from '../objects.ts'
import { Cursor, Unreadable } from './cursor.ts'
import { readElement } from './elements.ts'
import type { Token } from './lexer.ts'

/** Where an element of kube-proxy's maps belongs that stands without its map, as grep leaves it. */
export interface StrayElement {
  family: 'ip' | 'ip6'
  map: string
  /** The types of its key. */
  type: string[]
  element: Json
}

/** `10.96.0.10 . udp . 53 : goto service-…`, `tcp . 30080 comment "shop/web" : drop`: with what may stand before it. */
export const STRAY_ELEMENT =
  /^\s*(?:elements = \{\s*)?(?:[\da-f.:]*[.:][\da-f.:]* \. )?(?:tcp|udp|sctp) \. \d+(?: [^{}]*)? : (?:drop\b|goto \S)/

/** The elements in the tokens of such a line; those of other maps, and what cannot be read, are left out. */
export function strayElements(tokens: readonly Token[]): StrayElement[] {
  const found: StrayElement[] = []
  let part: Token[] = []
  for (const token of [...tokens, null]) {
    if (token !== null && !(token.kind === 'sign' && /^[,{}=]$/.test(token.text))) part.push(token)
    else {
      const one = readOne(part)
      if (one) found.push(one)
      part = []
    }
  }
  return found
}

function readOne(tokens: readonly Token[]): StrayElement | null {
  const words = tokens.map(({ text }) => text)
  const colon = words.lastIndexOf(':')
  const [verdict, chain = ''] = words.slice(colon + 1)
  const isNodePort = /^(?:tcp|udp|sctp)$/.test(words[0] ?? '')
  const map = colon < 1 ? null : mapOf(verdict, chain, isNodePort)
  if (!map) return null
  try {
    const cursor = new Cursor(tokens)
    const element = readElement(cursor)
    if (!cursor.done) return null
    const family = words[0]!.includes(':') ? 'ip6' : 'ip'
    const address = isNodePort ? [] : [family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr']
    return { family, map, type: [...address, 'inet_proto', 'inet_service'], element }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return null
  }
}

/** The map of kube-proxy in which such a verdict stands: pkg/proxy/nftables/proxier.go. */
function mapOf(verdict: string | undefined, chain: string, isNodePort: boolean): string | null {
  const kind = /^(service|external|local|firewall)-[A-Z2-7]{8}-/.exec(chain)?.[1]
  if (verdict === 'drop' || chain === 'reject-chain')
    return isNodePort ? 'no-endpoint-nodeports' : 'no-endpoint-services'
  if (verdict !== 'goto' || !kind) return null
  if (kind === 'firewall') return 'firewall-ips'
  return isNodePort ? 'service-nodeports' : 'service-ips'
}
