import { usageError } from '../../model/errors.ts'

/** A piece of a kubectl JSONPath template: text as it stands, the values of a path, or pieces that are repeated for each value of one. */
export type Piece = { text: string } | { path: string } | { range: string; pieces: Piece[] }

/**
 * Reads a template as `kubectl -o jsonpath=` takes it: text, and in braces a path, a quoted text, `range PATH` or `end`. Throws a usage error for what is
 * none. See https://kubernetes.io/docs/reference/kubectl/jsonpath/.
 */
export function parseTemplate(template: string): Piece[] {
  const all: Piece[] = []
  const open: { range: string; pieces: Piece[] }[] = []
  for (const token of tokensOf(template)) {
    const pieces = open.at(-1)?.pieces ?? all
    if ('text' in token) pieces.push(token)
    else if (token.inner === 'end') {
      if (!open.pop()) throw wrong(template, '{end} without {range …} before it')
    } else {
      const range = /^range\s+(.+)$/s.exec(token.inner)?.[1]
      if (range !== undefined) {
        const loop = { range: pathOf(range, template), pieces: [] }
        pieces.push(loop)
        open.push(loop)
      } else pieces.push(...partsOf(token.inner).map((part) => pieceOf(part, template)))
    }
  }
  if (open.length > 0) throw wrong(template, '{range …} needs an {end}')
  return all
}

/** One path as `-o custom-columns` takes it: `.spec.x`, `spec.x`, `{.spec.x}`. */
export function parsePath(text: string): string {
  const bare = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text.trim()
  return pathOf(/^[.$@[]/.test(bare) ? bare : `.${bare}`, text)
}

type Token = { text: string } | { inner: string }

/** A brace within quotes is one of the text. */
function tokensOf(template: string): Token[] {
  const tokens: Token[] = []
  let rest = template
  while (rest !== '') {
    const text = /^[^{]+/.exec(rest)?.[0]
    if (text !== undefined) {
      tokens.push({ text })
      rest = rest.slice(text.length)
      continue
    }
    const [all, inner] = /^\{((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^}"'])*)\}/s.exec(rest) ?? []
    if (all === undefined) throw wrong(template, 'a { without its }')
    tokens.push({ inner: inner!.trim() })
    rest = rest.slice(all.length)
  }
  return tokens
}

/** `{.a"\t".b}` and `{.a .b}` hold several. */
const partsOf = (inner: string): string[] =>
  [
    ...inner.matchAll(
      /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\[(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\]"'])*\]|\\.|[^\s"'[])+/gs,
    ),
  ].map(([part]) => part)

function pieceOf(part: string, template: string): Piece {
  return /^["']/.test(part) ? { text: unquoted(part) } : { path: pathOf(part, template) }
}

const unquoted = (text: string): string =>
  text.slice(1, -1).replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' }

/** The path in the dialect of the library: it begins with `$`, an index from the end is a slice, and a dot within a name is quoted. */
function pathOf(text: string, template: string): string {
  const path = text.trim()
  const start = /^[$@]/.test(path) ? path.slice(1) : path
  if (start === '' || start === '.') return '$'
  if (!/^[.[]/.test(start)) throw wrong(template, `${path} is not a path; it begins with a dot`)
  return `$${start
    .replace(/\[((?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*)\]/g, (_, names: string) => namesOf(names))
    .replace(/\[(-\d+)\]/g, (_, index: string) => `[${index}:${index === '-1' ? '' : Number(index) + 1}]`)
    .replace(
      /\.((?:[^.[\]\\\s]|\\.)*\\\.(?:[^.[\]\\\s]|\\.)*)/g,
      (_, name: string) => `['${name.replaceAll('\\', '')}']`,
    )}`
}

/** Several names stand without quotes in the library's dialect. */
function namesOf(text: string): string {
  const names = [...text.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, a, b]) => (a ?? b)!.replaceAll('\\', ''))
  return names.length === 1 ? `['${names[0]}']` : `[${names.join(',')}]`
}

const wrong = (template: string, why: string) =>
  usageError(`-o jsonpath=${template}: ${why}`, `such as -o jsonpath='{.verdict}{"\\n"}'`)
