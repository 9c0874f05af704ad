/** What a Service, a pod and MetalLB say of the way from outside. */
import { describe, expect, test } from 'vitest'
import { parseObjects } from '../../../src/parse/kube/objects.ts'

const read = (object: object, file = 'x.json') => parseObjects(JSON.stringify(object), file)

const service = (annotations: object, spec: object = {}) =>
  read({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'b', annotations }, spec }).services[0]!

const pod = (spec: object) =>
  read({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'b' }, spec }).pods[0]!

describe('a load balancer is asked by an annotation', () => {
  const CLOUD = 'service.beta.kubernetes.io'
  test.each([
    [`${CLOUD}/aws-load-balancer-proxy-protocol`, '*', 'PROXY protocol'],
    [`${CLOUD}/do-loadbalancer-enable-proxy-protocol`, 'true', 'PROXY protocol'],
    [`${CLOUD}/scw-loadbalancer-proxy-protocol-v2`, 'true', 'PROXY protocol'],
    ['load-balancer.hetzner.cloud/uses-proxyprotocol', 'true', 'PROXY protocol'],
    ['loadbalancer.openstack.org/proxy-protocol', 'v2', 'PROXY protocol'],
    [`${CLOUD}/linode-loadbalancer-default-proxy-protocol`, 'none', undefined],
    [`${CLOUD}/aws-load-balancer-ssl-cert`, 'arn:aws:acm:x', 'TLS'],
    [`${CLOUD}/do-loadbalancer-certificate-id`, '1234', 'TLS'],
    ['load-balancer.hetzner.cloud/http-certificates', 'mine', 'TLS'],
    ['loadbalancer.openstack.org/default-tls-container-ref', 'http://x', 'TLS'],
    [`${CLOUD}/oci-load-balancer-ssl-ports`, '443', 'TLS'],
    [`${CLOUD}/do-loadbalancer-tls-passthrough`, 'true', undefined],
    [`${CLOUD}/aws-load-balancer-backend-protocol`, 'ssl', undefined],
    ['service.beta.openshift.io/serving-cert-secret-name', 'x', undefined],
    ['cert-manager.io/issuer', 'x', undefined],
  ])('%s: %s', (annotation, value, what) => {
    expect(service({ [annotation]: value }).balancerDoes).toEqual(what ? [{ what, annotation }] : undefined)
  })
})

test('where MetalLB took an address from, in its older and newer words', () => {
  expect(service({ 'metallb.universe.tf/ip-allocated-from-pool': 'a' }).addressPool).toBe('a')
  expect(service({ 'metallb.io/ip-allocated-from-pool': 'b' }).addressPool).toBe('b')
  expect(service({})).not.toHaveProperty('addressPool')
})

test('the health-check node port', () => {
  expect(service({}, { healthCheckNodePort: 32154 }).healthCheckNodePort).toBe(32154)
  expect(service({}, { healthCheckNodePort: 0 })).not.toHaveProperty('healthCheckNodePort')
})

test('host ports, but not those of a pod in its node’s network', () => {
  const containers = [{ ports: [{ containerPort: 8080, hostPort: 80, hostIP: '192.0.2.1' }, { containerPort: 9090 }] }]
  expect(pod({ containers }).hostPorts).toEqual([
    { port: 80, containerPort: 8080, protocol: 'TCP', address: '192.0.2.1' },
  ])
  expect(pod({ containers, hostNetwork: true })).not.toHaveProperty('hostPorts')
})

test.each([
  [{ sleep: { seconds: 5 } }, 5],
  [{ exec: { command: ['sleep', '15'] } }, 15],
  [{ exec: { command: ['/bin/sh', '-c', 'sleep 10'] } }, 10],
  [{ exec: { command: ['sh', '-c', 'sleep 10 && nginx -s quit'] } }, undefined],
  [{ httpGet: { path: '/drain', port: 80 } }, undefined],
])('a preStop hook that sleeps: %o', (preStop, seconds) => {
  expect(pod({ containers: [{ lifecycle: { preStop } }, {}] }).preStopSleep).toBe(seconds)
})

describe('MetalLB', () => {
  const of = (kind: string, rest: object) => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name: 'a', namespace: 'metallb-system' } },
    ...rest,
  })

  test('which pools are announced', () => {
    expect(read(of('L2Advertisement', { spec: { ipAddressPools: ['a'] } })).advertisements).toEqual([
      { by: 'L2', pools: ['a'] },
    ])
    expect(read(of('BGPAdvertisement', {})).advertisements).toEqual([{ by: 'BGP', pools: 'all' }])
    const selecting = { spec: { ipAddressPools: ['a'], ipAddressPoolSelectors: [{ matchLabels: { x: 'y' } }] } }
    expect(read(of('L2Advertisement', selecting)).advertisements).toEqual([{ by: 'L2', pools: null }])
  })

  test('which node announces a service', () => {
    const status = { node: 'n1', serviceName: 'web', serviceNamespace: 'shop', interfaces: [{ name: 'eth0' }] }
    expect(read(of('ServiceL2Status', { status })).announcers).toEqual([
      { node: 'n1', service: 'web', namespace: 'shop' },
    ])
    expect(read(of('ServiceL2Status', {})).announcers).toEqual([])
  })

  test('an empty list is none, by the name of its file', () => {
    const empty = { apiVersion: 'v1', kind: 'List', items: [] }
    for (const [file, kind] of [
      ['api/l2advertisements.json', 'L2Advertisement'],
      ['api/bgpadvertisements.json', 'BGPAdvertisement'],
      ['api/servicel2statuses.json', 'ServiceL2Status'],
    ] as const)
      expect([...read(empty, file).kinds]).toEqual([kind])
  })

  test('the Service of another group is none of it', () => {
    const other = { apiVersion: 'example.com/v1', kind: 'L2Advertisement', metadata: { name: 'a' } }
    expect(read(other).advertisements).toEqual([])
  })
})
