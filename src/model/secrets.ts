/** Words that an error may quote and that must not be read by whoever looks over a shoulder or at a log: passwords of URLs, tokens. */
const SECRETS: readonly [RegExp, string][] = [
  // What stands before an @ of an address, whatever a password holds.
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s"'<>]*@/gi, '$1***@'],
  [/\b(Bearer|Basic) +(?!realm=)[\w~+/.:=-]{6,}/gi, '$1 ***'],
  // JSON web tokens, and those of EKS and GKE.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, '***'],
  [/\bk8s-aws-v1\.[\w-]+/g, '***'],
  [/\bya29\.[\w-]+/g, '***'],
  [
    /\b((?:[\w-]*[_-])?(?:token|password|passwd|secret|api-?key))(["']?\s*=\s*["']?|["']\s*:\s*["'])[^\s"',;&]+/gi,
    '$1$2***',
  ],
]

/** A text without the secrets that can be told by how they look. */
export const hideSecrets = (text: string): string =>
  SECRETS.reduce((rest, [pattern, shown]) => rest.replaceAll(pattern, shown), text)
