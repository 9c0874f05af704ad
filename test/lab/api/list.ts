/** Lists with pages, and watches. */
import type { ServerResponse } from 'node:http'
import type { KubeObject } from '../../../src/kube/api.ts'
import { numberOf } from './query.ts'
import { apiVersionOf, type Resource, type Target } from './resources.ts'
import { fieldPredicate, labelPredicate, type Predicate } from './selectors.ts'
import { badRequest, expired } from './status.ts'
import { type Change, keyOf, type Store } from './store.ts'

/** Throws the API's refusals: 400 for bad selectors and tokens, 410 for a page of a list that is over. */
export function list(store: Store, target: Target, query: URLSearchParams): object {
  const { resource } = target
  const limit = numberOf(query, 'limit') ?? 0
  const token = query.get('continue') ?? ''
  if (token !== '' && (query.get('resourceVersion') ?? '') !== '')
    throw badRequest('specifying resource version is not allowed when using continue')
  const { version, after } = token === '' ? { version: store.version, after: '' } : readToken(token, store)
  const all = store.all(resource, version)
  if (all === null) throw expired('The provided continue parameter is too old to display a consistent list result.')
  const fits = predicateOf(target, query)
  const rest = all.filter((one) => keyOf(one) > after && fits(one))
  const page = limit > 0 ? rest.slice(0, limit) : rest
  const last = page.at(-1)
  const left = rest.length - page.length
  // How many are left is only told where nothing is selected (apiserver's pkg/storage/continue.go).
  const isSelected = query.get('labelSelector') || query.get('fieldSelector')
  const next = left > 0 && last ? { continue: tokenOf(version, keyOf(last)) } : {}
  const remaining = left > 0 && !isSelected ? { remainingItemCount: left } : {}
  return {
    ...{ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) },
    metadata: { resourceVersion: String(version), ...next, ...remaining },
    items: page.map(({ apiVersion, kind, ...item }) => item),
  }
}

/** Streams changes until the time that the query allows is over or the client goes; `sent` is called after each event. */
export function watch(
  store: Store,
  target: Target,
  query: URLSearchParams,
  response: ServerResponse,
  sent: () => void,
): void {
  const fits = predicateOf(target, query)
  const from = query.get('resourceVersion') ?? ''
  const since = from === '' || from === '0' ? null : numberOf(query, 'resourceVersion')
  const seconds = numberOf(query, 'timeoutSeconds') ?? 0
  const send = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object })}\n`)
    sent()
  }
  const show = (change: Change): void => {
    const event = eventOf(change, target.resource, fits)
    if (event) send(event.type, event.object)
  }
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.flushHeaders()
  if (since === null) for (const one of store.all(target.resource) ?? []) if (fits(one)) send('ADDED', one)
  if (since !== null && since < store.firstVersion) {
    send('ERROR', expired(`too old resource version: ${since} (${store.firstVersion})`).body())
    response.end()
    return
  }
  if (since !== null) for (const change of store.changes) if (change.version > since) show(change)
  const stop = store.watch(show)
  const end = (): void => {
    stop()
    clearTimeout(timer)
    response.end()
  }
  const timer = seconds > 0 ? setTimeout(end, seconds * 1000) : undefined
  response.on('close', end)
}

/** An object that begins to fit is added, one that no longer does is deleted, as the API's watch cache has it. */
function eventOf({ version, resource, before, after }: Change, wanted: Resource, fits: Predicate) {
  if (resource !== wanted) return null
  const [was, is] = [before !== null && fits(before), after !== null && fits(after)]
  if (is && after) return { type: was ? 'MODIFIED' : 'ADDED', object: after }
  if (!was || before === null) return null
  const metadata = { ...before.metadata, resourceVersion: String(version) }
  return { type: 'DELETED', object: { ...before, metadata } }
}

function predicateOf({ resource, namespace, name }: Target, query: URLSearchParams): Predicate {
  const labels = labelPredicate(query.get('labelSelector') ?? '')
  const fields = fieldPredicate(query.get('fieldSelector') ?? '', resource)
  return (object: KubeObject) => {
    const { metadata } = object
    const isThere = namespace === null || metadata?.namespace === namespace
    return isThere && (name === null || metadata?.name === name) && labels(object) && fields(object)
  }
}

/** The shape of the real token (apiserver's pkg/storage/continue.go), which clients may not look into. */
const tokenOf = (rv: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: `${start}\0` })).toString('base64url')

function readToken(token: string, store: Store): { version: number; after: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (v === 'meta.k8s.io/v1' && Number.isSafeInteger(rv) && typeof start === 'string' && start.endsWith('\0')) {
      return { version: rv === -1 ? store.version : rv, after: start.slice(0, -1) }
    }
  } catch {
    // Said below.
  }
  throw badRequest('continue key is not valid')
}
