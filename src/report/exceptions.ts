import { findEntry } from '../diagnose/catalogue.ts'
import { usageError } from '../model/errors.ts'

/** A finding that somebody has decided to live with: of one Service, of those that a pattern names, or (null) of all. */
export interface Exception {
  code: string
  service: { namespace: string; name: string } | null
  /** Where it was said why. */
  said?: { reason: string; until: string | null; file: string }
}

/** Does it hold for this finding of this Service? A `*` stands for any letters. */
export const isExcepted = (
  { code, service }: Exception,
  finding: { code: string },
  of: { namespace: string; name: string },
): boolean =>
  code === finding.code &&
  (service === null || (fitsPattern(service.namespace, of.namespace) && fitsPattern(service.name, of.name)))

/** `SVP311=shop/web-local` */
export const exceptionText = ({ code, service }: Exception): string =>
  service === null ? code : `${code}=${service.namespace}/${service.name}`

/** Reads `SVP205,SVP311=shop/web-local`; a name of the catalogue stands for its code. Throws for what is neither. */
export function readExceptions(words: readonly string[]): Exception[] {
  return words.flatMap((list) =>
    list.split(',').map((word) => {
      const [finding, service] = word.trim().split(/=(.*)/s)
      return {
        code: codeOf(finding!, `--ignore ${word}`),
        service: service === undefined ? null : servicePattern(service, `--ignore ${word}`),
      }
    }),
  )
}

/** The code that a word means; `where` opens the error. */
export function codeOf(word: string, where: string): string {
  const entry = findEntry(word)
  if (!entry) throw usageError(`${where}: no such finding`, 'kubectl svcpath explain lists them all')
  return entry.code
}

/** Reads `shop/web`, where each part may hold `*`; `where` opens the error. */
export function servicePattern(pattern: string, where: string): { namespace: string; name: string } {
  const [, namespace, name] = /^([a-z0-9*-]+)\/([a-z0-9.*-]+)$/.exec(pattern) ?? []
  if (!namespace || !name)
    throw usageError(
      `${where}: ${pattern || 'nothing'} is not a Service`,
      'give NAMESPACE/NAME, such as shop/web or shop/*',
    )
  return { namespace, name }
}

/** Part by part, since a regular expression of somebody's stars could take for ever. */
function fitsPattern(pattern: string, name: string): boolean {
  const [first, ...others] = pattern.split('*')
  if (others.length === 0) return pattern === name
  const last = others.pop()!
  if (!name.startsWith(first!) || !name.endsWith(last) || name.length < first!.length + last.length) return false
  let rest = name.slice(first!.length, name.length - last.length)
  for (const part of others) {
    const at = rest.indexOf(part)
    if (at < 0) return false
    rest = rest.slice(at + part.length)
  }
  return true
}
