import type { Section } from '../collect/section.ts'
import type { CollectRequest } from '../model/request.ts'

/** The nodes whose kube-proxy took connections and gave no answer: each further question would cost its time limit, and say the same. */
export class HungProxies {
  private readonly silence = new Map<string, Section[]>()

  /** What is asked of a node. */
  request(node: string, request: CollectRequest): CollectRequest {
    return this.silence.has(node) ? { ...request, proxyHangs: true } : request
  }

  /** The sections of a node, with what its kube-proxy did not answer before. */
  complete(node: string, sections: readonly Section[]): Section[] {
    const own = sections.filter(({ file }) => file.startsWith('kube-proxy-'))
    if (own.length > 0 && own.every(isHung)) this.silence.set(node, own)
    return own.length > 0 ? [...sections] : [...sections, ...(this.silence.get(node) ?? [])]
  }
}

/** Ended by its time limit: by curl's (28), by wget's, or by the script's. Where nobody listens, it is refused at once. */
const isHung = ({ exitCode, stderr, text }: Section): boolean =>
  text.trim() === '' && (exitCode === null || exitCode === CURL_TIMEOUT || stderr.includes('timed out'))

const CURL_TIMEOUT = 28
