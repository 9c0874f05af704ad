/** One requirement of a label selector, as kubectl's `-l` takes it. */
type Requirement = (labels: Readonly<Record<string, string>>) => boolean

/**
 * Reads a label selector: `app=web`, `app==web`, `tier!=cache`, `env in (a,b)`, `env notin (a,b)`, `key`, `!key`, joined by commas (labels.Parse of
 * k8s.io/apimachinery). Null for what is none. As there, `!=` and `notin` also fit where the label is absent.
 */
export function parseLabelSelector(text: string): Requirement | null {
  const parts = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  const requirements = parts.map((part) => requirement(part.trim()))
  if (requirements.length === 0 || requirements.some((one) => one === null)) return null
  return (labels) => requirements.every((holds) => holds?.(labels))
}

const KEY = String.raw`(?:[a-zA-Z\d.-]+/)?[a-zA-Z\d](?:[\w.-]*[a-zA-Z\d])?`

function requirement(text: string): Requirement | null {
  const has = (labels: Readonly<Record<string, string>>, key: string) => Object.hasOwn(labels, key)
  const [, not, bare] = new RegExp(`^(!?)\\s*(${KEY})$`).exec(text) ?? []
  if (bare !== undefined) return (labels) => has(labels, bare) === (not === '')
  const [, key, negated, list] = new RegExp(`^(${KEY})\\s+(not)?in\\s*\\(([^()]*)\\)$`).exec(text) ?? []
  if (key !== undefined) {
    const values = list!.split(',').map((value) => value.trim())
    return (labels) => (has(labels, key) && values.includes(labels[key]!)) !== (negated !== undefined)
  }
  const [, name, operator, value] = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([\\w.-]*)$`).exec(text) ?? []
  if (name === undefined) return null
  return (labels) => (has(labels, name) && labels[name] === value) === (operator !== '!=')
}
