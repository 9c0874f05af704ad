/** What the node script prints of health-check node ports: `port 31234`, `listening 1`, `asked 172.30.0.11`, and the answer of who serves Services there. */
import type { HealthCheck } from '../../model/node.ts'
import type { Parsed } from '../parsed.ts'

export function parseHealthChecks(text: string): Parsed<HealthCheck> {
  const blocks = text.split(/^(?=port \d+$)/m).filter((block) => block.startsWith('port '))
  return { items: blocks.map(readBlock), problems: [] }
}

function readBlock(block: string): HealthCheck {
  const [head, ...lines] = block.split('\n')
  const listening = lines.find((line) => /^listening \d+$/.test(line))
  const asked = lines.findIndex((line) => line.startsWith('asked '))
  return {
    port: Number(head!.slice('port '.length)),
    listens: listening === undefined ? null : listening !== 'listening 0',
    asked: asked < 0 ? null : lines[asked]!.slice('asked '.length),
    answer: asked < 0 ? null : readAnswer(lines.slice(asked + 1).join('\n')),
  }
}

/** kube-proxy's and Cilium's (pkg/proxy/healthcheck/service_health.go). Releases before 1.27 do not say whether the proxy is well. */
function readAnswer(text: string): HealthCheck['answer'] {
  const word = text.trim()
  if (word === 'other') return 'other'
  if (word === 'status 503') return 'unavailable'
  try {
    const { service, localEndpoints, serviceProxyHealthy } = JSON.parse(word) as Record<string, unknown>
    const { namespace, name } = (service ?? {}) as Record<string, unknown>
    if (typeof namespace !== 'string' || typeof name !== 'string' || typeof localEndpoints !== 'number') return null
    return { namespace, name, localEndpoints, healthy: serviceProxyHealthy !== false }
  } catch {
    return null
  }
}
