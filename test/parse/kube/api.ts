import type { Endpoint } from '../../../src/model/cluster.ts'
import { parseObjects } from '../../../src/parse/kube/objects.ts'
import type { KubeParts } from '../../../src/parse/kube/parts.ts'
import { captureFiles } from '../../fixtures.ts'

const files = await captureFiles((path) => path.startsWith('api/'))

/** The text of a file in a capture's folder `api`. */
export function apiText(capture: string, file: string): string {
  const found = files.find((one) => one.capture === capture && one.path === `api/${file}`)
  if (!found) throw new Error(`${capture} has no api/${file}`)
  return found.text
}

/** All files of a capture's folder `api`, parsed. */
export const apiParts = (capture: string): KubeParts[] =>
  files.filter((one) => one.capture === capture).map(({ path, text }) => parseObjects(text, path))

export const captures = [...new Set(files.map(({ capture }) => capture))]

/** The endpoints that the objects of one file give a Service. */
export const endpointsIn = (
  parts: KubeParts,
  list: 'slices' | 'endpointsObjects',
  key: string,
): Endpoint[] | undefined => parts[list].get(key)?.flatMap((source) => source.read().items)

/** The messages of all problems of a file, those of reading its endpoints among them. */
export const messagesOf = (parts: KubeParts): string[] => {
  const late = [parts.slices, parts.endpointsObjects].flatMap((index) =>
    [...index.values()].flatMap((sources) => sources.flatMap((source) => source.read().problems)),
  )
  return [...parts.problems, ...late].map(({ message }) => message)
}

/** An object as the API gives it, as JSON. */
export const json = (kind: string, name: string, rest: object, apiVersion = 'v1'): string =>
  JSON.stringify({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', ...('labels' in rest ? { labels: rest.labels } : {}) },
    ...rest,
  })
