// Measures how the house is laid, and fails above a limit. `--list` shows each line that is counted. What is counted:
// - conditionals: lines outside parse/ and proxies/ that decide by the mode or back end of a proxy, by the dialect of rules, or by a name that kube-proxy
//   gives a table or chain: one of these words as code, as a string of its own or in a regular expression, with a comparison, a branch or a look-up.
//   Prose in strings and comments are left out, and so are collect/ and redact/, whose shell text and raw files are no decisions of the program.
// - texts read back: lines from kernel/ to render/ that take apart a rule's text or comment, a message or the label of a client.
// - the files of the largest folder, and the cycles in which files import each other's values.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WORD =
  /\b(dialect|backend|backends|mode|proxyMode)\b|'(iptables|nftables|ipvs|legacy|nft|kube-proxy)'|KUBE-|kube-proxy(?![-\w.])|cluster-ips/
const CONDITION = /[=!]==|\bif \(|\bcase |\? |&&|\|\||\.(test|exec|startsWith|includes|has|get)\(/

const TEXT = '(?:\\w+(?:\\[\\d\\]|\\.at\\(-?\\d\\))?[!?]*\\.)*(?:text|comment|message|client|label)[!?]*'
const CUTS = 'match|matchAll|replace|replaceAll|search|includes|startsWith|endsWith|split|slice'
const READ_BACK = new RegExp(
  `\\.(?:test|exec)\\(${TEXT}(?: \\?\\? '')?\\)|\\b(?:text|comment|message|client|label)[!?]*\\.(?:${CUTS})\\(`,
)
/** Printing cuts and escapes any text: there only what says what it is counts. */
const READ_BACK_IN_PRINT = new RegExp(`\\b(?:rule\\.text|message|client|label)[!?]*\\.(?:${CUTS})\\(`)

const root = fileURLToPath(new URL('../', import.meta.url))
const files = globSync(['src/**/*.ts', 'commands/*.ts'], { cwd: root }).sort()
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

/** What there is, and the most that there may be: lower `limit` with each step, down to `aim`. */
const MEASURES = [
  { name: 'conditionals', limit: 2, aim: 2, found: conditionals() },
  { name: 'texts read back', limit: 0, aim: 0, found: textsReadBack() },
  { name: 'files in the largest folder', limit: 25, aim: 25, found: largestFolder() },
  { name: 'cycles of values', limit: 0, aim: 0, found: cyclesOfValues() },
]
for (const { name, limit, aim, found } of MEASURES) {
  console.log(`${name}: ${found.length}, at most ${limit}${aim < limit ? `, to become ${aim}` : ''}`)
  if (process.argv.includes('--list')) for (const line of found) console.log(`  ${line}`)
  if (found.length > limit) process.exitCode = 1
}

function conditionals() {
  const elsewhere = /^src\/(parse|proxies|collect|redact)\//
  return codeLines()
    .filter(({ file, code }) => !elsewhere.test(file) && WORD.test(code) && CONDITION.test(code))
    .map(({ line }) => line)
}

function textsReadBack() {
  const data = /^src\/(kernel|trace|diagnose|report|render)\//
  return codeLines()
    .filter(
      ({ file, code }) =>
        data.test(file) && (file.startsWith('src/render/') ? READ_BACK_IN_PRINT : READ_BACK).test(code),
    )
    .map(({ line }) => line)
}

/** Lines without comments, and without prose: strings that hold a space, and templates but for the code in them. */
function codeLines() {
  return [...sources].flatMap(([file, source]) =>
    source.split('\n').flatMap((text, i) => {
      if (/^\s*(\/\/|\/?\*|import )/.test(text)) return []
      const code = text
        .replaceAll(/`[^`]*`/g, (template) => (template.match(/\$\{[^}]*\}/g) ?? []).join(' '))
        .replaceAll(/'[^']* [^']*'|"[^"]* [^"]*"/g, "''")
        .replace(/ \/\/ .*$/, '')
        // Whether something is known at all is no decision by what it is.
        .replaceAll(/[=!]== null/g, '')
      return [{ file, code, line: `${file}:${i + 1}: ${text.trim()}` }]
    }),
  )
}

function largestFolder() {
  const folders = Map.groupBy(files, (file) => dirname(file))
  return [...folders.values()].reduce((largest, folder) => (folder.length > largest.length ? folder : largest))
}

/** Each cycle once, as the way from its first file back to it. */
function cyclesOfValues() {
  const cycles = []
  const done = new Set()
  const visit = (file, way) => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' → '))
    else if (!done.has(file)) {
      for (const next of valueImports(file)) visit(next, [...way, file])
      done.add(file)
    }
  }
  for (const file of files) visit(file, [])
  return cycles
}

function valueImports(file) {
  const imports = sources.get(file).matchAll(/^(?:import|export) (?!type )([^']*?)(?: from )?'(\.[^']+\.ts)'/gm)
  return [...imports].flatMap(([, names, path]) => {
    const onlyTypes =
      /^\{.*\}$/s.test(names) &&
      names
        .slice(1, -1)
        .split(',')
        .every((name) => /^\s*(type |$)/.test(name))
    return onlyTypes ? [] : [join(dirname(file), path)]
  })
}
