import type { Action, MapElement, Match } from '../../../model/rules.ts'
import { asArray, asObject, type Json, type JsonObject, setReference } from '../objects.ts'
import { readComparison } from './comparisons.ts'
import { drawOf, share } from './draws.ts'
import { fieldsOf } from './fields.ts'
import { commentOf } from './sets.ts'
import { contentOf, readKeys, unwrap } from './values.ts'
import { verdictOf } from './verdicts.ts'

/** `KEY vmap { … }` and `KEY vmap @name`; null where it is neither. */
export function mapAction({ key, data }: JsonObject): Action | null {
  const fields = fieldsOf(key ?? null)
  const name = setReference(data)
  if (name !== null) return { kind: 'verdictMap', fields, map: name }
  const elements = elementsOf(data)
  if (!elements) return null
  if (drawOf(key ?? null)) return randomVerdict(key ?? null, elements)
  const contents = fields.map(contentOf)
  const map = elements.flatMap(([value, verdict]): MapElement[] =>
    readKeys(contents, value).map((values) => ({
      key: values,
      verdict: verdictOf(verdict),
      comment: commentOf(value),
    })),
  )
  return { kind: 'verdictMap', fields, map }
}

/** `numgen random mod 2 vmap { 0 : goto a, 1 : goto b }`, which is how kube-proxy draws among sticky endpoints. */
function randomVerdict(key: Json, elements: readonly [Json, Json][]): Action | null {
  const draw = drawOf(key)!
  const choices = elements.map(([value, verdict]) => {
    return { probability: share(draw, unwrap(value)), verdict: verdictOf(verdict) }
  })
  return choices.every(hasProbability) ? { kind: 'randomVerdict', choices } : null
}

function hasProbability<T extends { probability: number | null }>(choice: T): choice is T & { probability: number } {
  return choice.probability !== null
}

/** An element of a map as a test and what follows from it. */
export interface Branch {
  match: Match
  verdict: Action
}

/**
 * The elements of an anonymous map as one test each, where its key is no field that the model's maps know, such as
 * `ct state`. A key fits one element at most, so they exclude each other. Null where that cannot be said.
 */
export function readBranches({ key, data }: JsonObject): Branch[] | null {
  const [field, ...others] = fieldsOf(key ?? null)
  const elements = elementsOf(data)
  if (!elements || others.length > 0 || field?.kind !== 'unknown' || drawOf(key ?? null)) return null
  const branches = elements.map(([value, verdict]): Branch => {
    const match = readComparison({ left: key ?? null, operator: '==', right: unwrap(value) })
    return { match, verdict: verdictOf(verdict) }
  })
  return branches.every(({ match }) => match.kind !== 'unknown') ? branches : null
}

/** The pairs of key and verdict of an anonymous map. */
function elementsOf(data: Json | undefined): [Json, Json][] | null {
  const elements = asArray(asObject(data)?.set)
  return (
    elements?.map((element) => {
      const [key, verdict] = asArray(element) ?? []
      return [key ?? null, verdict ?? null]
    }) ?? null
  )
}
