import type { DnsAnswer } from '../model/observation.ts'

/** `dns.json` of a capture; null where it is none. */
export function readDnsAnswers(text: string): DnsAnswer[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isAnswer) ? value : null
  } catch {
    return null
  }
}

function isAnswer(value: unknown): value is DnsAnswer {
  const { pod, name, type, rcode, error, values } = (value ?? {}) as Record<string, unknown>
  const texts = [pod, name, type].every((one) => typeof one === 'string')
  const nullable = [rcode, error].every((one) => one === null || typeof one === 'string')
  return texts && nullable && Array.isArray(values) && values.every((one) => typeof one === 'string')
}
