import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseDescribe } from '../../../src/parse/kube/describe.ts'
import { mergeParts } from '../../../src/parse/kube/merge.ts'
import { parseObjects } from '../../../src/parse/kube/objects.ts'
import type { KubeParts } from '../../../src/parse/kube/parts.ts'
import { parseTable } from '../../../src/parse/kube/table.ts'
import { sample } from '../../fixtures.ts'
import { apiText, messagesOf } from './api.ts'

const bridge = 'k8s-1.36-iptables-nft-bridge'

/** Whatever came in: the problems are bounded and well formed, and all that was read can be merged and asked for. */
function sound(...parts: KubeParts[]): void {
  const merged = mergeParts(parts)
  for (const { namespace, name } of merged.cluster.services ?? []) merged.endpointsOf(namespace, name)
  for (const key of parts.flatMap((part) => [...part.slices.keys(), ...part.endpointsObjects.keys()])) {
    const [namespace = '', name = ''] = key.split('/')
    for (const { address, port } of merged.endpointsOf(namespace, name) ?? []) {
      expect(address).toMatch(/^[\da-f.:]+$/)
      expect(port === null || (port >= 1 && port <= 65_535)).toBe(true)
    }
  }
  for (const part of parts) expect(part.problems.length).toBeLessThanOrEqual(21)
  for (const { file, line, message } of merged.problems) {
    expect(file).not.toBe('')
    expect(line === null || line >= 1).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f]/)
  }
}

/** Values that could stand anywhere in an object, among them those that look right and are not. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    '',
    0,
    -1,
    1.5,
    65_536,
    80,
    '80',
    'None',
    '10.0.0.1',
    'fd00::1',
    '256.0.0.1',
    [],
    {},
    [null],
    [[]],
    { name: 'a' },
  ),
  fc.constantFrom('__proto__', 'constructor', '\u001b[31m', 'Local', 'ClientIP', 'TCP', 'List', true, false),
)

/** A real object with some of its values, at any depth, replaced by odd ones. */
const spoiled = (items: unknown[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...items), fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 4 }))
    .map(([item, changes]) => {
      const copy = { item: structuredClone(item) }
      for (const [at, value] of changes) {
        const places = placesIn(copy)
        const [parent, key] = places[at % places.length]!
        parent[key] = structuredClone(value)
      }
      return copy.item
    })

function placesIn(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return []
  const own = value as Record<string, unknown>
  return Object.keys(own).flatMap((key): [Record<string, unknown>, string][] => [[own, key], ...placesIn(own[key])])
}

const files = ['services.json', 'endpointslices.json', 'endpoints.json', 'pods.json', 'nodes.json']
const realItems = files.flatMap((file) => JSON.parse(apiText(bridge, file)).items as unknown[])
const whole = ['configmap-coredns.json', 'version.json'].map((file) => JSON.parse(apiText(bridge, file)) as unknown)

describe('objects', () => {
  test('real ones with odd values, as JSON and as YAML', () => {
    fc.assert(
      fc.property(fc.array(spoiled([...realItems, ...whole]), { minLength: 1, maxLength: 3 }), (items) => {
        const list = { apiVersion: 'v1', kind: 'List', items }
        sound(parseObjects(JSON.stringify(list), 'a.json'))
        sound(parseObjects(stringify(list, { aliasDuplicateObjects: false }), 'a.yaml'))
      }),
      { numRuns: 300 },
    )
  })

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => sound(parseObjects(text, 'a.json'))),
      { numRuns: 500 },
    )
  })

  test('a capture’s file that was cut off anywhere says so', () => {
    const text = apiText(bridge, 'endpointslices.json')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.trimEnd().length - 1 }), (end) => {
        const parts = parseObjects(text.slice(0, end), 'a.json')
        expect(parts.problems).toMatchObject([{ line: 1, message: 'the JSON that begins here is cut off' }])
        expect(parts.slices.size + parts.kinds.size).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('any text, behind what YAML and JSON begin with', () => {
    const words = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '- ',
      '? ',
      ': ',
      '&a ',
      '*a ',
      '! ',
      '|\n',
      '>\n',
      '"',
      "'",
      '\n',
      '\t',
      '  ',
      '---\n',
      '#',
      'a',
      '\\',
      ',',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(
        fc.constantFrom('', '{', '[', 'kind: Service\nmetadata: ', '{"kind":"List","items":['),
        text,
        (head, tail) => {
          sound(parseObjects(head + tail, 'a'))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('a Service that is read comes out as it went in', () => {
    const port = fc.record({
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      port: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
      targetPort: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.stringMatching(/^[a-z]{1,8}$/)),
      nodePort: fc.integer({ min: 1, max: 65_535 }),
    })
    const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z0-9]{0,8}$/), {
      minKeys: 1,
    })
    fc.assert(
      fc.property(fc.array(port), labels, fc.ipV4(), fc.boolean(), (ports, selector, clusterIP, asYaml) => {
        const object = {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'a' },
          spec: { ports, selector, clusterIP },
        }
        const { services, problems } = parseObjects(asYaml ? stringify(object) : JSON.stringify(object), 'a')
        expect(problems).toEqual([])
        expect(services).toMatchObject([{ selector, clusterIPs: [clusterIP] }])
        expect(services[0]?.ports).toEqual(ports.map((one) => ({ ...one, targetPort: String(one.targetPort) })))
      }),
      { numRuns: 200 },
    )
  })
})

describe('texts for people', () => {
  const tables = ['k3s-flannel/services.txt', 'k3s-flannel/pods.txt', 'kubeadm-calico-aws/pods.txt'].map(sample)
  const endpoints = 'NAME   ENDPOINTS   AGE\nweb    10.0.0.1:80,[fd00::1]:80 + 2 more...   1d\n'
  const descriptions = [sample('minikube-multinode/describe-service.txt')]

  /** A real text with pieces of junk put in and pieces taken out. */
  const worn = (texts: string[]) =>
    fc
      .tuple(
        fc.constantFrom(...texts),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.nat(20),
            fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(' ', '  ', '\t', '\n', ',', ':', '<none>')),
          ),
        ),
      )
      .map(([text, changes]) =>
        changes.reduce(
          (all, [at, length, junk]) =>
            all.slice(0, at % (all.length + 1)) + junk + all.slice((at % (all.length + 1)) + length),
          text,
        ),
      )

  test('worn tables and descriptions', () => {
    fc.assert(
      fc.property(worn([...tables, endpoints]), (text) => sound(parseTable(text, 'a'), parseTable(endpoints, 'b'))),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(worn(descriptions), (text) => sound(parseDescribe(text, 'a'))),
      { numRuns: 500 },
    )
  })

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) =>
        sound(parseTable(text, 'a'), parseDescribe(text, 'a')),
      ),
      { numRuns: 500 },
    )
  })

  test('junk of many lines makes few problems', () => {
    const junk = 'what is this\n'.repeat(100_000)
    expect(messagesOf(parseTable(junk, 'a')).at(-1)).toBe('99980 more problems in this file')
    expect(messagesOf(parseDescribe(junk, 'a'))).toHaveLength(21)
    expect(messagesOf(parseObjects(`{"kind":"List","items":[${'1,'.repeat(100_000)}1]}`, 'a'))).toHaveLength(21)
  })
})
