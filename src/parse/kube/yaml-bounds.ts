/** What a text may ask of the yaml package, whose time and memory grow much faster than what is nested or stands in one line. */
import { CST } from 'yaml'

/** Why a text is not read as YAML to its end. */
export class YamlShape extends Error {}

/** YAML of kubectl's at the size that is read at most has fewer. */
const LEXEMES = 5_000_000
/** A line of kubectl's holds a key and a value, seldom a short list in brackets. */
const IN_A_LINE = 10_000
const BRACKETS = 100

/** The lexemes of a text, one by one, as long as they may be those of an API object. Throws a YamlShape then, before anything is made of them. */
export function* bounded(lexemes: Iterable<string>): Generator<string> {
  let [all, inLine, open, strayEnds] = [0, 0, 0, 0]
  for (const lexeme of lexemes) {
    const type = CST.tokenType(lexeme)
    if (type === 'newline') inLine = 0
    else if (type === 'flow-seq-start' || type === 'flow-map-start') open++
    else if (type === 'flow-seq-end' || type === 'flow-map-end') {
      if (open > 0) open--
      else strayEnds++
    } else if (type === 'doc-start' || type === 'doc-end') open = 0
    if (++all > LEXEMES) throw new YamlShape('this is too much YAML; `-o json` is read at any size')
    if (++inLine > IN_A_LINE) throw new YamlShape('a line is too long for YAML of an API object')
    if (open > BRACKETS || strayEnds > BRACKETS) throw new YamlShape('YAML nested too deeply for an API object')
    yield lexeme
  }
}
