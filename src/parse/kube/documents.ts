/** Takes a text apart into the JSON or YAML documents that stand in it. */
import { Composer, type CST, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import type { ProblemLog } from '../parsed.ts'
import { bounded, YamlShape } from './yaml-bounds.ts'

/** The yaml package reads some 2 MB a second; past this a text is refused rather than waited for. JSON has no limit. */
const yamlLimit = 8_000_000
/** Bounds the work on a text of nothing but separators. */
const documentLimit = 100_000
const yamlDepthLimit = 100

/**
 * Reads all documents of a text: JSON values one after another, with or without anything between them, or YAML.
 * What cannot be read is logged with its line and left out; no word of the text goes into the log, as it may be a secret.
 */
export function readDocuments(text: string, log: ProblemLog): unknown[] {
  if (!/\S/.test(text)) {
    log.add(null, 'the file is empty')
    return []
  }
  return /^\uFEFF?[{[]/m.test(text.slice(0, 4096)) ? readJson(text, log) : readYaml(text, log)
}

function readJson(text: string, log: ProblemLog): unknown[] {
  try {
    return [JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)]
  } catch {
    return readJsonValues(text, log)
  }
}

/** Reads what stands in braces or brackets, value by value, and passes over the text between: a prompt, a command. */
function readJsonValues(text: string, log: ProblemLog): unknown[] {
  const documents: unknown[] = []
  const lineAt = lineCounter(text)
  let [depth, start, quoted, strayLine, values] = [0, 0, false, 0, 0]
  for (let i = 0; i < text.length && values < documentLimit; i++) {
    const code = text.charCodeAt(i)
    if (quoted) {
      if (code === backslash) i++
      else if (code === quote) quoted = false
    } else if (code === openBrace || code === openBracket) {
      if (depth++ === 0) start = i
    } else if (depth === 0) {
      if (code > space && code !== 0xfeff && strayLine === 0) strayLine = lineAt(i)
    } else if (code === quote) quoted = true
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) {
      values++
      const line = lineAt(start)
      try {
        documents.push(JSON.parse(text.slice(start, i + 1)))
      } catch (error) {
        const within = lineOf(error)
        if (within === null) log.add(line, 'the JSON that begins here is not valid')
        else log.add(line + within - 1, 'not valid JSON')
      }
    }
  }
  if (depth > 0) log.add(lineAt(start), 'the JSON that begins here is cut off')
  else if (strayLine > 0) log.add(strayLine, 'text that is no JSON is passed over')
  if (values === documentLimit) log.add(null, `only the first ${documentLimit} documents are read`)
  return documents
}

const [quote, backslash, space] = [34, 92, 32]
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93]

/** The 1-based line of a position; asked for positions in ascending order it passes over the text once. */
function lineCounter(text: string): (position: number) => number {
  let [line, next] = [1, text.indexOf('\n')]
  return (position) => {
    while (next >= 0 && next < position) {
      line++
      next = text.indexOf('\n', next + 1)
    }
    return line
  }
}

/** The line of a syntax error, which V8 tells for some kinds of errors. */
function lineOf(error: unknown): number | null {
  const line = /\(line (\d+) column \d+\)$/.exec(error instanceof Error ? error.message : '')?.[1]
  return line === undefined ? null : Number(line)
}

/** YAML as kubectl writes it. A document with any error is left out whole: half of it might be misread. */
function readYaml(text: string, log: ProblemLog): unknown[] {
  if (text.length > yamlLimit) {
    log.add(null, `${Math.round(text.length / 1e6)} MB of YAML are too much; \`-o json\` is read at any size`)
    return []
  }
  const start = text.search(/^\uFEFF?(---|- |[A-Za-z]+:(\s|$))/m)
  if (start !== 0) log.add(1, start < 0 ? 'neither JSON nor YAML' : 'text that is no YAML is passed over')
  if (start < 0) return []
  const documents: unknown[] = []
  const skippedLines = lineCounter(text)(start) - 1
  const lines = new LineCounter()
  // Searching each map for a key that stands twice would take time by the square of its size.
  const composer = new Composer({ uniqueKeys: false, logLevel: 'silent' })
  try {
    for (const document of composer.compose(tokensOf(text.slice(start), lines))) {
      const error = document.errors[0]
      if (error) log.add(skippedLines + lines.linePos(error.pos[0]).line, `not valid YAML (${error.code})`)
      else if (document.contents) documents.push(plainValue(document.contents, 0))
      if (documents.length === documentLimit) {
        log.add(null, `only the first ${documentLimit} documents are read`)
        break
      }
    }
  } catch (error) {
    log.add(null, error instanceof YamlShape ? error.message : 'not valid YAML: nested too deeply')
  }
  return documents
}

/** As `Parser.parse` does, of what is no more than it can bear. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of bounded(new Lexer().lex(text))) yield* parser.next(lexeme)
  yield* parser.end()
}

/**
 * The package's own conversion takes cubic time on maps as keys and expands aliases; nothing of Kubernetes prints
 * either, so neither is followed.
 */
function plainValue(node: unknown, depth: number): unknown {
  if (depth > yamlDepthLimit) throw new YamlShape('YAML nested too deeply for an API object')
  if (isAlias(node)) throw new YamlShape('YAML with aliases is no output of kubectl')
  if (isScalar(node)) return node.value
  if (isSeq(node)) return node.items.map((item) => plainValue(item, depth + 1))
  if (!isMap(node)) return null
  return Object.fromEntries(
    node.items.map(({ key, value }) => {
      if (!isScalar(key)) throw new YamlShape('YAML with a list or map as a key is no API object')
      return [String(key.value), plainValue(value, depth + 1)]
    }),
  )
}
