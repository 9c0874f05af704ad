/** The formats that pick: what kubectl makes of the same templates, and nothing that runs code or moves a cursor. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { select } from '../../../src/render/select/select.ts'
import { fillTemplate } from '../../../src/render/select/values.ts'

const report = {
  verdict: 'broken',
  service: {
    namespace: 'shop',
    name: 'web',
    ports: [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53 },
    ],
  },
  selector: { 'app.kubernetes.io/name': 'web' },
  endpoints: [
    { address: '10.0.0.1', state: 'ready', pod: null },
    { address: '10.0.0.2', state: 'stale', pod: { name: 'web-2' } },
    { address: '10.0.0.3', state: 'ready', pod: { name: 'web-3' } },
  ],
}

describe('-o jsonpath', () => {
  test.each([
    // The kinds of templates that kubectl's page on JSONPath shows.
    ['{.verdict}', 'broken'],
    ['{$.verdict}', 'broken'],
    ['{@.service.name}', 'web'],
    ['verdict: {.verdict}{"\\n"}', 'verdict: broken\n'],
    ["{.verdict}{'}'}", 'broken}'],
    ['{.endpoints[*].address}', '10.0.0.1 10.0.0.2 10.0.0.3'],
    ['{.endpoints[0].address}', '10.0.0.1'],
    ['{.endpoints[-1].address}', '10.0.0.3'],
    ['{.endpoints[-2].address}', '10.0.0.2'],
    ['{.endpoints[0:2].address}', '10.0.0.1 10.0.0.2'],
    ['{.endpoints[0,2].address}', '10.0.0.1 10.0.0.3'],
    ['{.service.ports[?(@.name=="dns")].port}', '53'],
    ['{.service.ports[?(@.port<60)].name}', 'dns'],
    ['{..port}', '80 53'],
    ["{.service['name','namespace']}", 'web shop'],
    ['{.selector.app\\.kubernetes\\.io/name}', 'web'],
    ["{.selector['app\\.kubernetes\\.io/name']}", 'web'],
    ['{range .endpoints[*]}{.address}{"\\t"}{.pod.name}{"\\n"}{end}', '10.0.0.1\t\n10.0.0.2\tweb-2\n10.0.0.3\tweb-3\n'],
    ['{range .endpoints[?(@.state=="ready")]}[{.address}]{end}.', '[10.0.0.1][10.0.0.3].'],
    ['{.endpoints[1].pod}', '{"name":"web-2"}'],
    ['{.nothing.here}', ''],
    ['', ''],
  ])('%s', (template, text) => {
    expect(fillTemplate(template, report)).toBe(text)
  })

  test.each(['{.a', '{range .a}', '{end}', '{verdict}', '{range .a}{.b}{end}{end}'])('%s is refused', (template) => {
    expect(() => fillTemplate(template, report)).toThrow(/^-o/)
  })

  test('a filter runs no code of the program, and a mistake in it is a usage error', () => {
    const evil = [
      'process.exit(7)',
      '@.constructor.constructor("return process")()',
      'globalThis.x = 1',
      'import("fs")',
    ]
    for (const code of evil) {
      try {
        expect(fillTemplate(`{.endpoints[?(${code})].address}`, report)).toBe('')
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 2 })
      }
    }
  })

  test('any template gives a text or a usage error', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"',
      "'",
      '.',
      '[',
      ']',
      '*',
      'a',
      '?(',
      ')',
      '@',
      '$',
      'range ',
      'end',
      '\\',
      '-1',
      ':',
      ',',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        try {
          expect(typeof fillTemplate(pieces.join(''), report)).toBe('string')
        } catch (error) {
          expect(error).toMatchObject({ exitCode: 2 })
        }
      }),
    )
  })

  test('what comes from outside moves no cursor', () => {
    expect(fillTemplate('{.a}{.b}', { a: 'x\u001b[2J', b: { c: '\u202e' } })).toBe('x\ufffd[2J{"c":"\ufffd"}')
  })
})

describe('-o custom-columns', () => {
  const rows = [
    { namespace: 'shop', name: 'web', findings: [{ code: 'SVP303' }, { code: 'SVP306' }] },
    { namespace: 'kube-system', name: 'kube-dns', findings: [], ready: 0 },
  ]
  const table = (spec: string) => select({ document: {}, rows, services: [] }, `custom-columns=${spec}`)

  test('a line each, as kubectl prints it; <none> for what is not there', () => {
    expect(table('NS:.namespace,NAME:name,CODES:{.findings[*].code},READY:.ready')).toBe(
      'NS            NAME       CODES           READY\n' +
        'shop          web        SVP303,SVP306   <none>\n' +
        'kube-system   kube-dns   <none>          0\n',
    )
  })

  test('a comma within brackets belongs to the path', () => {
    expect(table("A:['name','namespace']")).toBe('A\nweb,shop\nkube-dns,kube-system\n')
  })

  test.each(['', 'NAME', 'NAME:', ':.name', 'A:.x,,B'])('%j is refused', (spec) => {
    expect(() => table(spec)).toThrow(/custom-columns/)
  })
})

test('-o name: as kubectl; with the namespace where there are several, so that svcpath takes it back', () => {
  const web = { namespace: 'shop', name: 'web' }
  const names = (services: (typeof web)[]) => select({ document: {}, rows: [], services }, 'name')
  expect(names([web])).toBe('service/web\n')
  expect(names([web, { namespace: 'pay', name: 'api' }])).toBe('shop/service/web\npay/service/api\n')
  expect(names([])).toBe('')
})
