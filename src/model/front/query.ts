export type FrontKind = 'Ingress' | 'HTTPRoute' | 'Gateway'

/** An object before a Service, as a person names it. */
export interface FrontQuery {
  kind: FrontKind
  /** Null where it is not said. */
  namespace: string | null
  name: string
}

/** What kubectl takes before a slash: plural, singular, short name, each with version and group or without. */
const WORDS: readonly (readonly [FrontKind, RegExp])[] = [
  ['Ingress', /^(ing|ingress|ingresses)(\.(v1(beta1)?\.)?(networking\.k8s\.io|extensions))?$/i],
  ['HTTPRoute', /^httproutes?(\.(v1(beta1)?\.)?gateway\.networking\.k8s\.io)?$/i],
  ['Gateway', /^(gtw|gateways?)(\.(v1(beta1)?\.)?gateway\.networking\.k8s\.io)?$/i],
]

const kindOf = (word: string): FrontKind | null => WORDS.find(([, pattern]) => pattern.test(word))?.[0] ?? null

/** Reads `ingress/NAME`, `httproute/NAME`, `gateway/NAME`, and `NAMESPACE/ingress/NAME`; null for anything else. */
export function parseFrontQuery(text: string): FrontQuery | null {
  const parts = text.trim().split('/')
  if (parts.length !== 2 && parts.length !== 3) return null
  const [word, name] = parts.slice(-2) as [string, string]
  const kind = kindOf(word)
  const namespace = parts.length === 3 ? parts[0]! : null
  return kind === null || name === '' || namespace === '' ? null : { kind, namespace, name }
}

/** `shop/ingress/web`: as a capture calls it, and as it can be asked for again. */
export const frontLabel = ({ kind, namespace, name }: { kind: FrontKind; namespace: string; name: string }): string =>
  `${namespace}/${kind.toLowerCase()}/${name}`
