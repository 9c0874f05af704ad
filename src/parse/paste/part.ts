import type { Told } from '../told.ts'
import type { Command } from './command.ts'

/** What was kept of a command's output by what stands behind it (`| grep web`, `| head`), or by what it was asked for. */
export function partOf({ text, tool, args }: Command): Told['part'] {
  const stages = [...text.matchAll(FILTER)].map(([, word, rest]) => ({ word: word!, rest: rest! }))
  const [first, ...more] = stages
  if (!first) return isSelective(tool, args) ? { by: 'selector', words: [] } : null
  if (more.length > 0) return { by: 'other', words: [] }
  if (/^(?:head|more)$/.test(first.word)) return { by: 'head', words: [] }
  return /grep$|^rg$/.test(first.word) ? grepped(first.rest) : { by: 'other', words: [] }
}

/** The programs behind a pipe that leave lines out. A pipe in quotes is one all the same: `sh -c "iptables-save | grep web"`. */
const FILTER =
  /\|\s*(?:sudo\s+)?(grep|egrep|fgrep|zgrep|rg|head|tail|awk|gawk|mawk|sed|perl|cut|uniq|findstr|sls|Select-String)\b([^|]*(?:(?<=\w|\\)\|(?=\w)[^|]*)*)/gi

/** Of `grep -n web` every line that says it is there; of `grep -v SEP` and of `grep -m 5 web` nobody knows. `-A 3` keeps what follows, too. */
function grepped(rest: string): Told['part'] {
  const flags = [...rest.matchAll(/(?:^|\s)(-{1,2}[A-Za-z][\w-]*)/g)].map(([, flag]) => flag!)
  if (flags.some((flag) => /^-\w*[vmocLl]|^--(?:invert|max|only|count)/.test(flag))) return { by: 'other', words: [] }
  if (flags.some((flag) => /^-\w*[ABC]\d*$|^--(?:after|before|context)/.test(flag))) return { by: 'context', words: [] }
  const plain = rest.replace(/(?:^|\s)-{1,2}[A-Za-z][\w-]*/g, ' ').trim()
  const [word = ''] = /^(?:"[^"]*"|'[^']*'|\S+)/.exec(plain) ?? []
  const words = word.replace(/^["']|["']$/g, '').split(/\\?\|/)
  return { by: 'grep', words: words.map((one) => one.replace(/["']$/, '')).filter((one) => one !== '') }
}

/** `ip route show dev cni0`, `ip addr show eth0`: the tools that can be asked for a few of many, and say nothing of it. */
function isSelective(tool: string, args: readonly string[]): boolean {
  if (tool !== 'ip') return false
  const words = args.filter((arg) => !arg.startsWith('-'))
  const [object = '', ...rest] = words
  const asked = rest.filter((word) => !/^(?:show|list|ls|s|lst|sh)$/.test(word))
  if (/^r(?:o|oute)?$/.test(object)) return asked.length > 0 && !/^table (?:all|main|\d+|0)$/.test(asked.join(' '))
  return /^(?:a|addr|address|l|link)$/.test(object) && asked.length > 0
}
