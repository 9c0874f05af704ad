import type { Ruleset } from '../../model/rules.ts'
import { guessTable, type IptablesChain, IptablesTable, UNNAMED } from './table.ts'

export interface IptablesRuleset extends Ruleset {
  dialect: 'iptables'
  tables: IptablesTable[]
  /** Comment lines after the last table. */
  trailer: readonly string[]
}

/**
 * Reads `iptables-save` with or without `-c`, `ip6tables-save`, and `iptables -S` with or without `-v`; whole or in
 * fragments. Rules are parsed when a chain is first asked for them, so one service costs a scan for line ends and little
 * more. Lines that are none of these become a problem; a dump that ends inside a table is cut off and its last line
 * suspect.
 */
export function parseSave(text: string, file: string): IptablesRuleset {
  const reader = new SaveReader(text, file)
  for (let start = 0, line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    // A carriage return before the line end is the work of a pasting editor.
    reader.read(start, text.charCodeAt(end - 1) === 13 ? end - 1 : end, line)
    start = end + 1
  }
  return reader.finish()
}

/** A chain that kube-proxy jumps to counts nothing itself: one object serves them all. */
const NOTHING = { packets: 0, bytes: 0 }

class SaveReader {
  private readonly text: string
  private readonly ruleset: IptablesRuleset
  private table: IptablesTable | null = null
  private lastChain: IptablesChain | null = null
  /** How its lines begin: `-A CHAIN `. */
  private lastStart = ''
  private comments: string[] = []
  private junk: { line: number; text: string }[] = []
  private tool = 'iptables'
  private form = '-save'

  constructor(text: string, file: string) {
    this.text = text
    this.ruleset = {
      dialect: 'iptables',
      backend: null,
      command: '',
      file,
      takenAt: null,
      tables: [],
      trailer: [],
      problems: [],
    }
  }

  read(start: number, end: number, line: number): void {
    if (end <= start) return
    switch (this.text.charCodeAt(start)) {
      case 91: // [packets:bytes] -A …
        return this.rule(this.text.indexOf(']', start) + 2, start, end, line)
      case 45: // -A, -N, -P
        return this.rule(start, start, end, line)
      case 58: // :CHAIN POLICY [packets:bytes]
        return this.declaration(this.text.slice(start, end), line)
      case 42: // *table
        return this.begin(this.text.slice(start + 1, end).trim())
      case 35: // # comment
        return this.comment(this.text.slice(start, end), line)
      default:
        return this.other(this.text.slice(start, end).trim(), line)
    }
  }

  finish(): IptablesRuleset {
    const cut = this.table
    this.end(false)
    if (cut && cut.name !== UNNAMED) {
      this.problem(null, `the table ${cut.name} has no COMMIT: the dump is cut off, and what followed is unknown`)
      if (!this.text.endsWith('\n')) this.lastChain?.markCut()
    }
    const [first] = this.junk
    if (first) {
      const more = this.junk.length > 1 ? `, nor are ${this.junk.length - 1} more` : ''
      this.problem(first.line, `this line is no rule${more}: ${first.text.slice(0, 80)}`)
    }
    this.nameTables()
    this.ruleset.command = this.tool + this.form
    this.ruleset.trailer = this.comments
    return this.ruleset
  }

  private rule(at: number, start: number, end: number, line: number): void {
    const chain = this.lastChain
    // Rules of one chain stand together, so the chain is mostly that of the line before.
    if (chain && this.text.startsWith(this.lastStart, at)) return chain.addLine(this.text, start, end, line)
    const kind = this.text.slice(at, at + 3)
    if (kind !== '-A ' && kind !== '-N ' && kind !== '-P ') return this.other(this.text.slice(start, end), line)
    const space = this.text.indexOf(' ', at + 3)
    const stop = space < 0 || space > end ? end : space
    const name = this.text.slice(at + 3, stop)
    if (kind !== '-A ') return this.announcement(name, this.text.slice(stop, end))
    if (at > start) this.form = '-save -c'
    this.lastChain = this.open().chain(name)
    this.lastStart = `-A ${name} `
    this.lastChain.addLine(this.text, start, end, line)
  }

  /** `-N CHAIN` or `-P CHAIN POLICY [-c packets bytes]` of `iptables -S`. A chain announced twice begins another table. */
  private announcement(name: string, rest: string): void {
    this.form = ' -S'
    if (this.open().chains.get(name)?.declared) this.begin(UNNAMED)
    const chain = this.open().chain(name)
    const parts = /^ (ACCEPT|DROP)(?: -c (\d+) (\d+))?/.exec(rest)
    chain.declared = true
    if (parts) chain.policy = parts[1] === 'DROP' ? 'drop' : 'accept'
    if (parts?.[2]) chain.counter = { packets: Number(parts[2]), bytes: Number(parts[3]) }
  }

  private declaration(text: string, line: number): void {
    const space = text.indexOf(' ')
    const name = text.slice(1, space)
    const parts = /^ (\S+)(?: \[(\d+):(\d+)\])?$/.exec(text.slice(space))
    if (space < 2 || !parts) return this.other(text, line)
    const chain = this.open().chain(name)
    chain.declared = true
    chain.policy = parts[1] === 'ACCEPT' ? 'accept' : parts[1] === 'DROP' ? 'drop' : null
    if (parts[2]) chain.counter = parts[2] === '0' ? NOTHING : { packets: Number(parts[2]), bytes: Number(parts[3]) }
  }

  private begin(name: string): void {
    this.end(false)
    this.lastChain = null
    this.table = new IptablesTable(name, this.comments)
    this.comments = []
  }

  private open(): IptablesTable {
    if (!this.table) this.begin(UNNAMED)
    return this.table!
  }

  private end(committed: boolean): void {
    if (!this.table) return
    this.table.committed = committed
    this.ruleset.tables.push(this.table)
    this.table = null
    if (committed) this.lastChain = null
  }

  private comment(text: string, line: number): void {
    const header = /^# Generated by (ip6?tables)\S* v(\S+)(?: \((\w+)\))? on (.*)$/.exec(text)
    if (header) {
      this.tool = header[1]!
      this.ruleset.takenAt = header[4]!
      // The nft variant has named itself in brackets since 1.8.0; whatever names none is legacy.
      this.ruleset.backend = header[3] === 'nf_tables' ? 'nft' : 'legacy'
    } else if (text.startsWith('# Warning: ')) this.problem(line, text.slice(11))
    if (!this.table || this.table.name === UNNAMED) this.comments.push(text)
  }

  private other(text: string, line: number): void {
    if (text === 'COMMIT') this.end(true)
    else if (text !== '') this.junk.push({ line, text })
  }

  private nameTables(): void {
    const sixth = this.tool === 'ip6tables' || (!this.ruleset.takenAt && IPV6_RULE.test(this.text))
    for (const table of this.ruleset.tables) {
      // A fragment pasted between `*nat` and `COMMIT` declares few of its chains; a whole dump declares them all.
      table.whole = table.committed && [...table.chains.values()].every((chain) => chain.declared)
      if (table.name === UNNAMED) table.name = guessTable(table.chains.values())
      if (sixth) table.family = 'ip6'
    }
  }

  private problem(line: number | null, message: string): void {
    this.ruleset.problems.push({ file: this.ruleset.file, line, message })
  }
}

const IPV6_RULE = / (?:-[sd] |--to-destination \[?)[\da-fA-F]*:[\da-fA-F:]+/
