import type { Family } from '../../model/address.ts'
import { isElided } from '../elided.ts'

/** What a line of a pasted listing is that is no chain, no titles and no rule. */
export type OtherLine =
  /** The command or title of the listings below it. */
  | { kind: 'above'; table: string; family: Family | null }
  /** A prompt without a command, a fence of Markdown. */
  | { kind: 'frame' }
  /** Something that the reader of the listing should know. */
  | { kind: 'remark'; message: string }
  /** It stands for lines that somebody left out. */
  | { kind: 'elided' }
  | { kind: 'junk' }

/** Tells what such a line is; anything unfamiliar is junk. */
export function readOther(line: string): OtherLine {
  // Nobody's prompt and no message of iptables is longer, and some patterns below go back and forth.
  if (line.length > 300) return { kind: 'junk' }
  const command = COMMAND.exec(line)
  if (command) {
    const table = TABLE_FLAG.exec(command[2]!)?.[1] ?? 'filter'
    return { kind: 'above', table, family: command[1] === '6' ? 6 : 4 }
  }
  const title = TABLE_TITLE.exec(line)
  if (title) return { kind: 'above', table: title[1]!.toLowerCase(), family: null }
  const legacy = LEGACY.exec(line)
  if (legacy) return { kind: 'remark', message: `${legacy[1]} holds tables too, which this listing does not show` }
  if (COMPLAINT.test(line)) return { kind: 'remark', message: `iptables says: ${line.trim()}` }
  if (isElided(line)) return { kind: 'elided' }
  return FRAME.test(line) ? { kind: 'frame' } : { kind: 'junk' }
}

/** `root@n1:~# sudo iptables -t nat -nvL KUBE-SERVICES`, or behind `kubectl exec`. */
const COMMAND = /^(?:.*[\s$#>%\]/])?ip(6?)tables(?:-legacy|-nft)?(\s(?:.*\s)?(?:-\w*L|--list)(?:\s.*)?)$/

const TABLE_FLAG = /\s(?:-t|-\w+t\s|--table[\s=])\s*(\w+)/

/** `Table: nat`, as `service iptables status` has it, and what people put between two listings. */
const TABLE_TITLE = /^\W*table\W+(filter|nat|mangle|raw|security)\W*$/i

/** iptables-nft prints it where the older back end is in use beside it. */
const LEGACY = /^\s*# Warning: (\S+-legacy) tables present/

/** `iptables v1.8.9 (nf_tables): table 'nat' is incompatible, use 'nft' tool`, and the like. */
const COMPLAINT = /^\s*(?:ip6?tables\S* v\d|# Table |# Warning|Another app is currently holding the xtables lock)/

const FRAME = /^\s*(?:```.*|~~~.*|.*[$#]|[-=*_]+)\s*$/
