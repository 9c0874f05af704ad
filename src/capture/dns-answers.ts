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
  const { pod, name, type, error, values } = (value ?? {}) as Record<string, unknown>
  const texts = [pod, name, type].every((one) => typeof one === 'string')
  const failed = error === null || typeof error === 'string'
  return texts && failed && Array.isArray(values) && values.every((one) => typeof one === 'string')
}
