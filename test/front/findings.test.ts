/** Each code of 9xx: what must be found, and what comes near and must not. */
import { describe, expect, test } from 'vitest'
import {
  CONTROLLER,
  condition,
  findingsOf,
  gateway,
  gatewayClass,
  grant,
  ingress,
  ingressClass,
  listener,
  lookup,
  pathTo,
  reportOf,
  route,
  rule,
  service,
  to,
  web,
} from './samples.ts'

const served = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.40' }] } } }
const ofIngress = (...objects: Parameters<typeof findingsOf>[1]) =>
  findingsOf('ingress/store', [ingressClass(), web(), ...objects])
const edge = [gatewayClass(), gateway()]
const ofRoute = (...objects: Parameters<typeof findingsOf>[1]) => findingsOf('httproute/store', [web(), ...objects])

test('all is well', () => {
  expect(ofIngress(ingress([pathTo('web', 80), pathTo('web', 'http', '/b')], served))).toEqual([])
  expect(ofRoute(...edge, route([rule('/', [to('web')])]))).toEqual([])
})

test('what is not judged is said', () => {
  const { notes } = reportOf('ingress/store', [
    ingressClass(),
    web(),
    ingress([pathTo('web', 80, '/', 'ImplementationSpecific')]),
  ])
  expect(notes.join()).toMatch(/controller k8s.io\/ingress-nginx.*status has no address/)
  expect(notes.join()).toContain('what the path type ImplementationSpecific matches is up to the controller')
  const canary = {
    annotations: {
      'nginx.ingress.kubernetes.io/canary': 'true',
      'traefik.ingress.kubernetes.io/router.middlewares': 'x',
    },
  }
  const said = reportOf('ingress/store', [ingress([pathTo('web', 80)], canary)]).notes.join()
  expect(said).toMatch(
    /annotations that a controller may read: traefik\.ingress\.kubernetes\.io\/router\.middlewares.*canary of ingress-nginx/,
  )
  const parentless = reportOf('httproute/store', [web(), route([rule('/', [to('web')])], { parents: [] })])
  expect([parentless.verdict, parentless.findings]).toEqual(['unknown', []])
  const mesh = reportOf('httproute/store', [
    web(),
    route([rule('/', [to('web')])], { parents: [{ group: '', kind: 'Service', name: 'web' }] }),
  ])
  expect([mesh.findings, mesh.notes.join().includes('a parent of kind Service')]).toEqual([[], true])
})

describe('SVP901 backend-not-found', () => {
  test('no such Service', () => {
    const objects = [ingress([pathTo('api', 80, '/api')]), lookup('Service', 'shop', 'api')]
    expect(ofIngress(...objects)).toEqual([
      'SVP901 error: shop.example.com/api leads to the Service shop/api, which does not exist: its requests fail',
    ])
    const { findings, verdict } = reportOf('ingress/store', [ingressClass(), web(), ...objects])
    expect([verdict, findings[0]?.fix]).toEqual([
      'broken',
      'kubectl get services -n shop  # name one of these in Ingress store, or create the Service',
    ])
  })

  test('a Service that is not in a text, or could not be read, may be there', () => {
    const objects = [ingressClass(), ingress([pathTo('api', 80)], served)]
    expect(findingsOf('ingress/store', objects, 'rules')).toEqual([])
    expect(reportOf('ingress/store', objects, 'rules').verdict).toBe('unknown')
    expect(findingsOf('ingress/store', [...objects, lookup('Service', 'shop', 'api', 'unread')])).toEqual([])
  })

  test('one rule that is broken among others that are not known makes it degraded, and all of them broken', () => {
    const verdict = (...paths: Parameters<typeof ingress>[0]) =>
      reportOf('ingress/store', [ingressClass(), web(), ingress(paths, served)], 'rules').verdict
    expect(verdict(pathTo('web', 81), pathTo('api', 80, '/api'))).toBe('degraded')
    expect(verdict(pathTo('web', 81), pathTo('web', 82, '/b'))).toBe('broken')
    expect(verdict(pathTo('api', 80, '/api'))).toBe('unknown')
  })

  test('a port by a wrong number or name', () => {
    const ports = [pathTo('web', 81), pathTo('web', 'https', '/b')]
    expect(ofIngress(ingress(ports, served))).toEqual([
      'SVP901 error: shop.example.com/ leads to port 81 of shop/web, which has only http 80: its requests fail',
      'SVP901 error: shop.example.com/b leads to port https of shop/web, which has only http 80: its requests fail',
    ])
    // A number that is written as a name is none.
    expect(ofIngress(ingress([pathTo('web', '80')], served))[0]).toContain('leads to port 80 of shop/web')
  })

  test('a target port: a warning for an Ingress, an error for an HTTPRoute', () => {
    expect(ofIngress(ingress([pathTo('web', 8080)], served))).toEqual([
      'SVP901 warning: shop.example.com/ leads to port 8080 of shop/web, but 8080 is a target port of shop/web, whose port is 80: only some controllers take it',
    ])
    expect(ofRoute(...edge, route([rule('/', [to('web', { port: 8080 })])]))).toEqual([
      'SVP901 error: shop.example.com/ leads to port 8080 of shop/web, which has only http 80: its requests fail',
    ])
  })

  test('by weight: a part of the requests, or none', () => {
    const gone = lookup('Service', 'shop', 'gone')
    expect(ofRoute(...edge, gone, route([rule('/', [to('web', { weight: 3 }), to('gone')])]))[0]).toMatch(
      /^SVP901 error: .* does not exist: 25 % of its requests fail$/,
    )
    const none = [web(), ...edge, gone, route([rule('/', [to('web'), to('gone', { weight: 0 })])])]
    expect(findingsOf('httproute/store', none)[0]).toMatch(/^SVP901 info: .* no request goes there now \(weight 0\)$/)
    expect(reportOf('httproute/store', none).rules[0]?.targets.map(({ share, verdict }) => [share, verdict])).toEqual([
      [1, 'unknown'],
      [0, 'broken'],
    ])
  })

  test('a mirror loses copies only', () => {
    const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: to('gone') } }]
    const objects = [...edge, lookup('Service', 'shop', 'gone'), route([rule('/', [to('web')], { filters })])]
    expect(ofRoute(...objects)).toEqual([
      'SVP901 warning: shop.example.com/ leads to the Service shop/gone, which does not exist: the copies of its requests are lost',
    ])
  })

  test('what is no Service, and an ExternalName, are for the controller to judge', () => {
    const bucket = { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'static' } }
    const external = service('ext', [], { type: 'ExternalName', externalName: 'a.example', clusterIP: undefined })
    const paths = [{ path: '/s', pathType: 'Prefix', backend: bucket }, pathTo('ext', 80, '/e')]
    expect(ofIngress(external, ingress(paths, served))).toEqual([])
  })
})

describe('SVP902 route-not-accepted', () => {
  test('what the controller says of a route', () => {
    const refused = [condition('Accepted', 'False', 'UnsupportedValue', 1, 'no\u001b[31m such\nvalue')]
    expect(ofRoute(...edge, route([rule('/', [to('web')])], { conditions: refused }))).toEqual([
      'SVP902 error: HTTPRoute shop/store at Gateway infra/edge is not accepted: UnsupportedValue (no\u001b[31m such\nvalue)',
    ])
    expect(
      reportOf('httproute/store', [web(), ...edge, route([rule('/', [to('web')])], { conditions: refused })]).verdict,
    ).toBe('broken')
  })

  test('of an older version it is a doubt', () => {
    const old = [condition('Accepted', 'False', 'UnsupportedValue', 1)]
    expect(ofRoute(...edge, route([rule('/', [to('web')])], { conditions: old, generation: 2 }))[0]).toMatch(
      /^SVP902 warning: .* as its controller says of an older version: UnsupportedValue$/,
    )
  })

  test('where another finding says why, it is that one’s proof', () => {
    const conditions = [
      condition('Accepted', 'True', 'Accepted'),
      condition('ResolvedRefs', 'False', 'BackendNotFound'),
    ]
    const objects = [
      web(),
      ...edge,
      lookup('Service', 'shop', 'gone'),
      route([rule('/', [to('gone')])], { conditions }),
    ]
    const { findings } = reportOf('httproute/store', objects)
    expect(findings.map(({ code }) => code)).toEqual(['SVP901'])
    expect(findings[0]?.evidence.map(({ text }) => text)).toContain('ResolvedRefs: False, BackendNotFound')
  })

  test('another controller’s word on the same parent does not count', () => {
    const made = route([rule('/', [to('web')])]) as { status: { parents: object[] } }
    const other = { parentRef: { name: 'edge', namespace: 'infra' }, controllerName: 'example.com/other' }
    made.status.parents.push({ ...other, conditions: [condition('Accepted', 'False', 'NoMatchingParent')] })
    expect(ofRoute(...edge, made as never)).toEqual([])
  })

  test('a Gateway that is not programmed; without an address traffic may flow all the same', () => {
    const programmed = (reason: string) =>
      findingsOf('gateway/edge', [
        ...[gatewayClass(), web(), route([rule('/', [to('web')])])],
        gateway([listener()], {
          conditions: [condition('Accepted', 'True', 'Accepted'), condition('Programmed', 'False', reason)],
        }),
      ])
    expect(programmed('NoResources')).toEqual(['SVP902 error: Gateway infra/edge is not programmed: NoResources'])
    expect(programmed('AddressNotAssigned')[0]).toMatch(/^SVP902 warning/)
  })

  test('a listener that conflicts with another', () => {
    const listenerStatus = [{ name: 'http', conditions: [condition('Conflicted', 'True', 'HostnameConflict')] }]
    expect(findingsOf('gateway/edge', [gatewayClass(), gateway([listener()], { listenerStatus })])).toEqual([
      'SVP902 error: listener http of Gateway infra/edge conflicts with another listener: HostnameConflict',
    ])
  })

  test('a controller is given a minute', () => {
    const pending = [condition('Accepted', 'Unknown', 'Pending')]
    const made = (createdAt: string) =>
      ofRoute(...edge, route([rule('/', [to('web')])], { conditions: pending, createdAt }))
    expect(made('2026-11-01T07:59:30Z')).toEqual([])
    expect(made('2026-11-01T07:00:00Z')[0]).toMatch(/^SVP902 warning: .* has not decided about Accepted \(Pending\)$/)
  })
})

describe('SVP903 reference-not-granted', () => {
  const away = route([rule('/', [to('api', { namespace: 'pay' })])])
  const listed = lookup('ReferenceGrant', 'pay', null, 'found')
  const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }

  test('no grant', () => {
    expect(ofRoute(...edge, away, web('api', 'pay'), listed)).toEqual([
      'SVP903 error: shop.example.com/ leads to Service pay/api of another namespace, and no ReferenceGrant allows it: they get status 500',
    ])
  })

  test.each([
    ['to all Services', { group: '', kind: 'Service' }, 0],
    ['to this one', { group: '', kind: 'Service', name: 'api' }, 0],
    ['to another one', { group: '', kind: 'Service', name: 'web' }, 1],
    ['to Secrets', { group: '', kind: 'Secret' }, 1],
  ])('a grant %s', (_, target, count) => {
    expect(ofRoute(...edge, away, web('api', 'pay'), listed, grant({ from: [from], to: [target] }))).toHaveLength(count)
  })

  test('from another namespace or kind is none; in another namespace neither', () => {
    for (const other of [
      { ...from, namespace: 'web' },
      { ...from, kind: 'GRPCRoute' },
      { ...from, group: '' },
    ])
      expect(
        ofRoute(
          ...edge,
          away,
          web('api', 'pay'),
          listed,
          grant({ from: [other], to: [{ group: '', kind: 'Service' }] }),
        ),
      ).toHaveLength(1)
    const elsewhere = grant({ from: [from], to: [{ group: '', kind: 'Service' }] }, 'shop')
    expect(ofRoute(...edge, away, web('api', 'pay'), listed, elsewhere)).toHaveLength(1)
  })

  test('where they were not listed, or the controller resolves it, nothing is said', () => {
    expect(ofRoute(...edge, away, web('api', 'pay'))).toEqual([])
    const conditions = [condition('Accepted', 'True', 'Accepted'), condition('ResolvedRefs', 'True', 'ResolvedRefs')]
    const resolved = route([rule('/', [to('api', { namespace: 'pay' })])], { conditions })
    expect(ofRoute(...edge, resolved, web('api', 'pay'), listed)).toEqual([])
  })

  test('the own namespace, written out', () => {
    expect(ofRoute(...edge, route([rule('/', [to('web', { namespace: 'shop' })])]))).toEqual([])
  })

  test('the certificate of a listener', () => {
    const tls = { certificateRefs: [{ name: 'cert', namespace: 'pay' }] }
    const made = [gatewayClass(), gateway([listener({ name: 'https', protocol: 'HTTPS', tls })])]
    expect(findingsOf('gateway/edge', [...made, listed])[0]).toMatch(
      /^SVP903 error: listener https of Gateway infra\/edge uses the Secret pay\/cert of another namespace/,
    )
    expect(findingsOf('gateway/edge', made)).toEqual([])
  })
})

describe('SVP904 class-unknown', () => {
  const noClass = { spec: { ingressClassName: undefined } }
  test('an Ingress without a class, or with one that is not there', () => {
    expect(ofIngress(ingress([pathTo('web', 80)], noClass))[0]).toMatch(
      /^SVP904 warning: Ingress shop\/store names no class/,
    )
    const other = ingress([pathTo('web', 80)], { spec: { ingressClassName: 'ngnix' } })
    expect(ofIngress(other, lookup('IngressClass', null, 'ngnix'))).toEqual([
      'SVP904 warning: Ingress shop/store names the class ngnix, which does not exist: maybe no controller serves it',
    ])
    expect(reportOf('ingress/store', [web(), other, lookup('IngressClass', null, 'ngnix')]).verdict).toBe('unknown')
  })

  test('one with an address is served; a manifest, an annotation and a text say nothing', () => {
    const other = { spec: { ingressClassName: 'ngnix' } }
    const absent = lookup('IngressClass', null, 'ngnix')
    expect(ofIngress(ingress([pathTo('web', 80)], { ...noClass, ...served }))).toEqual([])
    expect(ofIngress(ingress([pathTo('web', 80)], { ...other, ...served }), absent)).toEqual([])
    expect(ofIngress(ingress([pathTo('web', 80)], { ...noClass, createdAt: null }))).toEqual([])
    expect(ofIngress(ingress([pathTo('web', 80)], other))).toEqual([])
    const annotations = { 'kubernetes.io/ingress.class': 'ngnix' }
    expect(ofIngress(ingress([pathTo('web', 80)], { ...noClass, annotations }), absent)).toEqual([])
  })

  test('a Gateway whose class is missing or unclaimed', () => {
    const waiting = [condition('Accepted', 'Unknown', 'Pending')]
    const open = gateway([listener()], { conditions: waiting })
    expect(
      findingsOf('gateway/edge', [open, lookup('GatewayClass', null, 'edge')]).filter((one) =>
        one.startsWith('SVP904'),
      ),
    ).toEqual([
      'SVP904 warning: Gateway infra/edge names the class edge, which does not exist: no controller serves it',
    ])
    expect(findingsOf('gateway/edge', [open, gatewayClass(waiting)])).toEqual([
      `SVP904 warning: Gateway infra/edge names the class edge, whose controller ${CONTROLLER} has not claimed it: is it installed and running?`,
    ])
    expect(findingsOf('gateway/edge', [gateway(), lookup('GatewayClass', null, 'edge')])).toEqual([])
  })
})

describe('SVP905 tls-secret-missing', () => {
  const tls = { spec: { tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }] }, ...served }

  test.each([
    ['absent', 1],
    ['found', 0],
    ['unread', 0],
  ])('of an Ingress, where the API answers %s', (answer, count) => {
    const objects = [ingress([pathTo('web', 80)], tls), lookup('Secret', 'shop', 'shop-tls', answer)]
    expect(ofIngress(...objects)).toHaveLength(count)
    const { notes } = reportOf('ingress/store', [ingressClass(), web(), ...objects])
    expect(notes.some((one) => one.includes('you may not get secrets'))).toBe(answer === 'unread')
  })

  test('of a listener', () => {
    const https = listener({ name: 'https', protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'edge-tls' }] } })
    const said = [{ name: 'https', conditions: [condition('ResolvedRefs', 'False', 'InvalidCertificateRef')] }]
    const made = [gatewayClass(), gateway([https], { listenerStatus: said }), lookup('Secret', 'infra', 'edge-tls')]
    expect(findingsOf('gateway/edge', made)).toEqual([
      'SVP905 error: the Secret infra/edge-tls, the certificate of listener https of Gateway infra/edge, does not exist: HTTPS clients get no valid certificate',
    ])
  })
})

describe('SVP906 no-listener-matches', () => {
  const refused = { conditions: [condition('Accepted', 'False', 'NotAllowedByListeners')] }
  const made = (listeners: Record<string, unknown>[], more: object = refused) =>
    ofRoute(gatewayClass(), gateway(listeners as never), route([rule('/', [to('web')])], more))
  const named = (section: object) => ({ ...refused, parents: [{ name: 'edge', namespace: 'infra', ...section }] })

  test.each([
    ['the section', [listener()], named({ sectionName: 'https' }), 'http: its name is not https'],
    ['the port', [listener()], named({ port: 8080 }), 'http: its port is 80, not 8080'],
    [
      'the host',
      [listener({ hostname: '*.example.org' })],
      refused,
      'http: its host name *.example.org is none of the route’s',
    ],
    [
      'the namespace by default',
      [listener({ allowedRoutes: undefined })],
      refused,
      "http: it takes routes of the Gateway's own namespace only",
    ],
    [
      'the kinds',
      [listener({ allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'GRPCRoute' }] } })],
      refused,
      'http: it takes GRPCRoute only',
    ],
    ['the protocol', [listener({ protocol: 'TCP' })], refused, 'http: its protocol TCP is not for HTTPRoutes'],
  ])('%s', (_, listeners, more, why) => {
    const [first, ...others] = made(listeners as never, more)
    expect(first).toContain('SVP906 error: no listener of Gateway infra/edge takes HTTPRoute shop/store')
    expect(first).toContain(why.replace('’', "'"))
    expect(others).toEqual([])
  })

  test('by the labels of the namespace: only where they are known', () => {
    const selector = { matchExpressions: [{ key: 'edge', operator: 'In', values: ['yes'] }] }
    const selecting = [
      gatewayClass(),
      gateway([listener({ allowedRoutes: { namespaces: { from: 'Selector', selector } } })]),
    ]
    const asked = route([rule('/', [to('web')])], { conditions: null })
    const labelled = (labels: object) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })
    expect(ofRoute(...selecting, asked)).toEqual([])
    expect(ofRoute(...selecting, asked, labelled({ edge: 'yes' }))).toEqual([])
    expect(ofRoute(...selecting, asked, labelled({ edge: 'no' }))).toHaveLength(1)
  })

  test('what the controller accepts comes in', () => {
    expect(made([listener({ hostname: '*.example.org' })], {})).toEqual([])
  })

  test('no such Gateway', () => {
    const objects = [route([rule('/', [to('web')])], { conditions: null }), lookup('Gateway', 'infra', 'edge')]
    expect(ofRoute(...objects)).toEqual([
      'SVP906 error: HTTPRoute shop/store names Gateway infra/edge, which does not exist: its requests get no answer',
    ])
    expect(reportOf('httproute/store', [web(), ...objects]).verdict).toBe('broken')
    expect(ofRoute(route([rule('/', [to('web')])], { conditions: null }))).toEqual([])
  })

  test('a ListenerSet may bring more', () => {
    const more = { spec: { allowedListeners: { namespaces: { from: 'All' } } } }
    const objects = [
      gateway([listener({ hostname: 'a.example' })], more),
      route([rule('/', [to('web')])], { conditions: null }),
    ]
    expect(ofRoute(gatewayClass(), ...objects)).toEqual([])
  })
})

describe('SVP907 rule-shadowed', () => {
  const older = '2026-01-01T00:00:00Z'
  const copy = (more: object = {}) => route([rule('/', [to('api')])], { name: 'old', createdAt: older, ...more })
  const own = route([rule('/', [to('web')])])

  test('an older HTTPRoute has the same host and path', () => {
    expect(ofRoute(...edge, own, copy())).toEqual([
      'SVP907 warning: shop.example.com/ of HTTPRoute shop/store is in the older HTTPRoute shop/old, too, and leads elsewhere there: it gets the requests',
    ])
  })

  test.each([
    ['a younger one', { createdAt: '2026-12-01T00:00:00Z' }],
    ['another host', { hostnames: ['www.example.com'] }],
    ['another Gateway', { parents: [{ name: 'inner', namespace: 'infra' }] }],
    ['one that is not accepted', { conditions: [condition('Accepted', 'False', 'NotAllowedByListeners')] }],
  ])('%s does not', (_, more) => {
    expect(ofRoute(...edge, own, copy(more))).toEqual([])
  })

  test('the same time: the first by name', () => {
    const at = { createdAt: '2026-10-01T08:00:00Z' }
    expect(ofRoute(...edge, own, copy({ ...at, name: 'aaa' }))).toHaveLength(1)
    expect(ofRoute(...edge, own, copy({ ...at, name: 'zzz' }))).toEqual([])
  })

  test('an earlier rule of the same route', () => {
    const twice = route([rule('/a', [to('web')]), rule('/a', [to('web', { port: 80, weight: 2 })])])
    expect(ofRoute(...edge, twice)).toEqual([
      'SVP907 warning: shop.example.com/a of HTTPRoute shop/store is in an earlier rule of the same route, too, and leads elsewhere there: it gets the requests',
    ])
    const headers = [{ name: 'x-version', value: '2' }]
    const matches = [{ path: { type: 'PathPrefix', value: '/a' }, headers }]
    expect(
      ofRoute(...edge, route([rule('/a', [to('web')]), { ...rule('/a', [to('web', { weight: 2 })]), matches }])),
    ).toEqual([])
  })

  const twin = (more: object = {}) =>
    ingress([pathTo('api', 80)], { name: 'old', createdAt: older, ...served, ...more })
  const mine = ingress([pathTo('web', 80)], served)
  test('an older Ingress behind the same address', () => {
    expect(ofIngress(mine, twin())).toEqual([
      'SVP907 warning: shop.example.com/ of Ingress shop/store is in the older Ingress shop/old, too, and leads elsewhere there: most controllers give it the requests',
    ])
  })

  test.each([
    ['behind another address', { status: { loadBalancer: { ingress: [{ ip: '203.0.113.41' }] } } }],
    ['of another class', { spec: { ingressClassName: 'internal' } }],
    ['a canary', { annotations: { 'nginx.ingress.kubernetes.io/canary': 'true' } }],
    ['in a group with an order', { annotations: { 'alb.ingress.kubernetes.io/group.order': '1' } }],
    ['for another host', { host: 'www.example.com' }],
    ['that is younger', { createdAt: '2026-12-01T00:00:00Z' }],
  ])('one %s is none', (_, more) => {
    expect(ofIngress(mine, twin(more))).toEqual([])
  })

  test('one that leads to the same Service does no harm', () => {
    expect(ofIngress(mine, ingress([pathTo('web', 80)], { name: 'old', createdAt: older, ...served }))).toEqual([])
  })
})
