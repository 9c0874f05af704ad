/** The formats by name, apart from what makes them: help and a wrong flag need no more. */
export const OUTPUTS = ['tree', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'markdown', 'html'] as const
export type Output = (typeof OUTPUTS)[number]

export const CHECK_OUTPUTS = [
  'table',
  'json',
  'junit',
  'sarif',
  'github',
  'tap',
  'openmetrics',
  'markdown',
  'html',
] as const
export type CheckOutput = (typeof CHECK_OUTPUTS)[number]

/** Is it one for people, which leaves things out unless all was asked for? */
export const isPage = (output: CheckOutput): boolean => output === 'markdown' || output === 'html'

export const DIFF_OUTPUTS = ['tree', 'json', 'markdown'] as const
export type DiffOutput = (typeof DIFF_OUTPUTS)[number]

export const PROBE_OUTPUTS = ['tree', 'json', 'junit'] as const
export type ProbeOutput = (typeof PROBE_OUTPUTS)[number]

export const WATCH_OUTPUTS = ['screen', 'lines', 'json'] as const
export type WatchOutput = (typeof WATCH_OUTPUTS)[number]

/** Picks from what `-o json` prints, as kubectl does. */
export type Selecting = 'name' | `jsonpath=${string}` | `custom-columns=${string}`

/** Those of them that take an expression. */
export const SELECTING = [
  { start: 'jsonpath=', usage: 'jsonpath=TEMPLATE', example: `-o jsonpath='{.verdict}'` },
  {
    start: 'custom-columns=',
    usage: 'custom-columns=TITLE:PATH,…',
    example: '-o custom-columns=NAME:.name,VERDICT:.verdict',
  },
] as const

export const isSelecting = (output: string): output is Selecting =>
  output === 'name' || SELECTING.some(({ start }) => output.startsWith(start))
