import { type Rival, rivalsOf } from '../../front/rivals.ts'
import { evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'

/** Somebody else has the same host and path, and gets the requests. */
export const ruleShadowed: FrontAnalyzer = {
  code: 'SVP907',
  find: (seen) =>
    rivalsOf(seen)
      .filter(({ wins }) => wins)
      .map(draftOf),
}

function draftOf({ host, path, by, own }: Rival): FrontDraft {
  const what = `${host ?? 'any host,'}${host === null ? ' ' : ''}${path}`
  const isItself = by.kind === 'HTTPRoute' && by.namespace === own.namespace && by.name === own.name
  const other = isItself ? 'an earlier rule of the same route' : `the older ${by.kind} ${by.namespace}/${by.name}`
  const rule = by.kind === 'Ingress' ? 'most controllers give it the requests' : 'it gets the requests'
  return {
    subject: what,
    message: `${what} of ${by.kind} ${own.namespace}/${own.name} is in ${other}, too, and leads elsewhere there: ${rule}`,
    evidence: [
      evidence(getCommand(by.kind, own), `${what}, created ${own.createdAt ?? 'at an unknown time'}`),
      ...(isItself
        ? []
        : [evidence(getCommand(by.kind, by), `${what}, created ${by.createdAt ?? 'at an unknown time'}`)]),
    ],
    fix: `${getCommand(by.kind, by)}  # give one of the two another host or path, or delete it`,
  }
}
