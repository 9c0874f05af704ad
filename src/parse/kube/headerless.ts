/** Rows of kubectl's tables that stand alone: what `--no-headers` prints, and what grep leaves. */

/** The columns that a row shows by its cells; null where it is no such row. Without a namespace, NAMESPACE is not among them. */
export function columnsOfRow(line: string): ReadonlyMap<string, string> | null {
  if (line.length > 4_000 || !AGED.test(line)) return null
  const cells = line.trim().split(/\s{2,}|\t/)
  const words = line.trim().split(/\s+/)
  for (const row of [cells, words]) {
    for (const form of FORMS) {
      const found = form(row)
      if (found) return new Map(found)
    }
  }
  return null
}

type Form = (cells: readonly string[]) => [string, string][] | null

const NAME = /^(?:[a-z]+(?:\.[a-z.]+)?\/)?[A-Za-z0-9][\w.-]*$/
const TYPE = /^(?:ClusterIP|NodePort|LoadBalancer|ExternalName)$/
const CLUSTER_IP = /^(?:None|<none>|[\da-f.:]+)$/
const AGE = /^(?:<unknown>|<invalid>|(?:\d+[smhdy]){1,3})$/
/** All of these rows hold one. */
const AGED = /\s(?:\d+[smhdy]|<(?:unknown|invalid)>)/
const PORTS = /^(?:<none>|\d+(?::\d+)?\/[A-Z]+(?:,\d+(?::\d+)?\/[A-Z]+)*)$/
const ENDPOINTS =
  /^(?:(?:\[[\da-f:.]+\]|\d+\.\d+\.\d+\.\d+)(?::\d+)?)(?:,(?:\[[\da-f:.]+\]|\d+\.\d+\.\d+\.\d+)(?::\d+)?)*(?: \+ \d+ more\.\.\.)?$/

/** NAME, or NAMESPACE and NAME, before the cells of a kind. */
function named(cells: readonly string[], own: number): [string, string][] | null {
  const names = cells.slice(0, own)
  if ((own !== 1 && own !== 2) || !names.every((name) => NAME.test(name))) return null
  return own === 1
    ? [['NAME', names[0]!]]
    : [
        ['NAMESPACE', names[0]!],
        ['NAME', names[1]!],
      ]
}

const service: Form = (cells) => {
  const at = cells.findIndex((cell) => TYPE.test(cell))
  const head = named(cells, at)
  const [type, address, outside, ports, age, selector] = cells.slice(Math.max(at, 0))
  if (!head || !CLUSTER_IP.test(address ?? '') || !outside || !PORTS.test(ports ?? '') || !AGE.test(age ?? ''))
    return null
  return [
    ...head,
    ['TYPE', type!],
    ['CLUSTER-IP', address!],
    ['EXTERNAL-IP', outside],
    ['PORT(S)', ports!],
    ...(selector === undefined ? [] : [['SELECTOR', selector] as [string, string]]),
  ]
}

const endpoints: Form = (cells) => {
  const own = cells.length - 2
  const [list, age] = cells.slice(-2)
  const head = named(cells, own)
  return head && ENDPOINTS.test(list ?? '') && AGE.test(age ?? '') ? [...head, ['ENDPOINTS', list!]] : null
}

/** `restarts` may be `2 (3h ago)`, which words tear apart. */
const pod: Form = (cells) => {
  const at = cells.findIndex((cell) => /^\d+\/\d+$/.test(cell))
  const head = named(cells, at)
  const [ready, status, restarts, ...rest] = cells.slice(Math.max(at, 0))
  if (!head || !/^[A-Z][\w:.-]*$/.test(status ?? '') || !/^\d+(?: \(\S+ ago\))?$/.test(restarts ?? '')) return null
  const [age, ip, node] = rest[0]?.startsWith('(') ? rest.slice(2) : rest
  if (!AGE.test(age ?? '')) return null
  const wide: [string, string][] =
    ip === undefined || node === undefined
      ? []
      : [
          ['IP', ip],
          ['NODE', node],
        ]
  return [...head, ['READY', ready!], ['STATUS', status!], ['RESTARTS', restarts!], ...wide]
}

const FORMS: readonly Form[] = [service, pod, endpoints]
