/** Rules by what they mean: their counters, comments, spelling, order of lots and hashes in chains' names are left aside. */
import { formatCidr } from '../model/address.ts'
import type { Action, FieldValue, MapElement, Match, Rule } from '../model/rules.ts'

/** Puts a name that means the same on both sides in the place of a chain's. */
export type Rename = (chain: string) => string

/** Rules with equal keys do the same. Shares of lots are no part of it: the way shows them. */
export const ruleKey = ({ matches, actions }: Rule, rename: Rename): string =>
  json([
    matches.flatMap((match) => (isBlind(match) ? [] : [matchForm(match, rename)])).sort(),
    actions.flatMap((action) => (isIdle(action) ? [] : [actionForm(action, rename)])),
  ])

/** Elements of a verdict map with equal keys send the same packets the same way. */
export const elementKey = (map: string, { key, verdict }: MapElement, rename: Rename): string =>
  json([map, key, actionForm(verdict, rename)])

/** An element as nft would print it, near enough to be recognised. */
export const elementText = (map: string, { key, verdict }: MapElement): string =>
  `${map}: ${key.map(valueText).join(' . ')} : ${verdict.kind}${'chain' in verdict ? ` ${verdict.chain}` : ''}`

function valueText(value: FieldValue): string {
  switch (value.kind) {
    case 'prefix':
      return formatCidr(value.cidr)
    case 'range':
      return value.low === value.high ? String(value.low) : `${value.low}-${value.high}`
    case 'word':
      return value.word
    case 'any':
      return '*'
    case 'unknown':
      return value.text
  }
}

/** It draws lots, or only counts. */
const isBlind = ({ kind }: Match): boolean => kind === 'random' || kind === 'nth' || kind === 'always'

const isIdle = (action: Action): boolean => action.kind === 'none' && !action.offloads && !action.writes

/** In text, so that tests that are asked in another order are the same. */
function matchForm(match: Match, rename: Rename): string {
  switch (match.kind) {
    case 'address':
      return match.cidrs === null ? json(match) : json({ ...match, text: '' })
    case 'recent':
      return json({ ...match, list: rename(match.list) })
    case 'connection':
      return json({ ...match, of: matchForm(match.of, rename) })
    case 'set':
      return json({ ...match, set: rename(match.set) })
    default:
      return json(match)
  }
}

function actionForm(action: Action, rename: Rename): unknown {
  switch (action.kind) {
    case 'jump':
    case 'goto':
      return { kind: action.kind, chain: rename(action.chain) }
    case 'dnat':
      return { kind: action.kind, choices: action.choices.map(({ target }) => json(target)).sort() }
    case 'randomVerdict':
      return {
        kind: action.kind,
        choices: action.choices.map(({ verdict }) => json(actionForm(verdict, rename))).sort(),
      }
    case 'verdictMap':
      return typeof action.map === 'string'
        ? action
        : { ...action, map: action.map.map((one) => elementKey('', one, rename)).sort() }
    case 'none':
      return { kind: action.kind, writes: action.writes && rename(action.writes), offloads: action.offloads }
    default:
      return action
  }
}

/** Numbers of any length are text; a quota's use is a counter. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString(16) : withoutUse(inner)))

const withoutUse = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/ used \d+ \w+/, '') : value)
