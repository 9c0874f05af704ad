import type { FieldValue, MapElement, NamedSet } from '../../../model/rules.ts'
import { asArray, asObject, asText, type Json, type JsonObject } from '../objects.ts'
import { fieldsOf } from './fields.ts'
import { type Content, contentOf, contentOfType, readKeys } from './values.ts'
import { verdictOf } from './verdicts.ts'

/** A named set or map as the object of a listing has it. A map to anything but verdicts has keys only. */
export function namedSet(name: string, object: JsonObject): NamedSet {
  const contents = contentsOf(object.type)
  const flags = asArray(object.flags) ?? [object.flags]
  const ofVerdicts = object.map === 'verdict'
  const elements: (readonly FieldValue[])[] = []
  const verdicts: MapElement[] = []
  for (const element of asArray(object.elem) ?? []) {
    const [key, data] = object.map === undefined ? [element] : (asArray(element) ?? [element])
    for (const values of readKeys(contents, key ?? null)) {
      elements.push(values)
      if (ofVerdicts) verdicts.push({ key: values, verdict: verdictOf(data ?? null), comment: commentOf(key ?? null) })
    }
  }
  // What has a timeout changes by itself.
  const dynamic = flags.includes('dynamic') || flags.includes('timeout') || object.timeout !== undefined
  const partial = object.partial === true ? { partial: true as const } : {}
  return { name, dynamic, elements, verdicts: ofVerdicts ? verdicts : null, ...partial }
}

/** `"ipv4_addr"`, `["ipv4_addr", "inet_service"]`, or since nft 1.1.1 `{"typeof": <expression>}`. */
function contentsOf(type: Json | undefined): Content[] {
  if (typeof type === 'string') return type.split(' . ').map(contentOfType)
  const types = asArray(type)
  if (types) return types.map((part) => contentOfType(asText(part) ?? ''))
  return fieldsOf(asObject(type)?.typeof ?? null).map(contentOf)
}

/** The comment of a set's element. */
export const commentOf = (element: Json): string | null => asText(asObject(asObject(element)?.elem)?.comment)
