/** Dumps as a terminal breaks their lines: what is said of them must be the same, or that it is not known. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allServices } from '../../../src/ask/find.ts'
import type { PathReport } from '../../../src/model/report.ts'
import { splitPaste } from '../../../src/parse/paste/split.ts'
import { joinWrapped } from '../../../src/parse/paste/wrapped.ts'
import { pathReport } from '../../../src/report/path.ts'
import { CAPTURES, captureFiles, IPVS_CAPTURES, sample } from '../../fixtures.ts'
import { pasted } from '../../observe/pasted.ts'

const NAMES = /n1\/(?:ip6?tables-save|iptables-L|iptables-filter-L|nft|conntrack|ipvsadm-Lnc?)\.txt$/
const files = (await captureFiles((path) => NAMES.test(path), [...CAPTURES, ...IPVS_CAPTURES])).filter(
  ({ text }) => text.length > 0 && text.length < 200_000,
)

/** What a terminal of this width shows, and copying takes from it. */
function wrap(text: string, width: number, trims: boolean): string {
  const broken = text
    .replaceAll('\t', '        ')
    .split('\n')
    .flatMap((line): string[] => (line === '' ? [''] : [...(line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])]))
  return (trims ? broken.map((line) => line.trimEnd()) : broken).join('\n')
}

function join(text: string): string[] {
  const lines = text.split('\n')
  joinWrapped(lines, 0, lines.length)
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '')
}

const plain = (text: string): string[] => join(wrap(text, 100_000, true))

test.each(['iptables-save', 'iptables-L', 'nft', 'conntrack', 'ipvsadm-Ln'])('there are dumps of %s', (name) =>
  expect(files.some(({ path }) => path.endsWith(`${name}.txt`))).toBe(true),
)

test.each(files.filter(({ path }) => path.includes('save')).map((one) => [`${one.capture} ${one.path}`, one.text]))(
  '%s is whole again at 80 columns, blanks at the breaks or none',
  (_, text) => {
    for (const trims of [false, true]) expect(join(wrap(text, 80, trims))).toEqual(plain(text))
  },
)

describe.each(files.map((one) => [`${one.capture} ${one.path}`, one.text] as const))('%s', (_, text) => {
  const whole = reportsOf(text.replaceAll('\t', '        '))
  test('at any width nothing else is said', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 200 }), fc.boolean(), (width, trims) => {
        const wrong = [...reportsOf(wrap(text, width, trims), 12)].flatMap(([name, report]) =>
          saysMore(report, whole.get(name)),
        )
        expect(wrong, `${width} columns, ${trims ? 'trimmed' : 'as they are'}`).toEqual([])
      }),
      { numRuns: Number(process.env.SVCPATH_WRAPPINGS ?? 3), seed: Number(process.env.FUZZ_SEED ?? 1) },
    )
  })
})

function reportsOf(text: string, most = Number.POSITIVE_INFINITY): Map<string, PathReport> {
  const observation = pasted(text)
  const question = { port: null, from: null, nodes: [] }
  return new Map(
    allServices(observation)
      .filter(({ namespace }) => namespace !== '?')
      .slice(0, most)
      .map(({ namespace, name }) => [
        `${namespace}/${name}`,
        pathReport(observation, { service: name, namespace, ...question }),
      ]),
  )
}

/** Of what the text no longer shows to drop for certain, it says that it may. */
const MAY_DROP = 'SVP703'

/** What a report claims beyond another one, of a text with more in it. */
function saysMore(report: PathReport, whole: PathReport | undefined): string[] {
  const { namespace, name } = report.service
  if (!whole) return report.verdict === 'unknown' ? [] : [`${namespace}/${name} is ${report.verdict}`]
  const known = new Map(entriesOf(whole).map((entry) => [keyOf(entry), entry]))
  const codes = new Set(whole.findings.map(({ code }) => code))
  return [
    ...(['unknown', whole.verdict].includes(report.verdict)
      ? []
      : [`${name}: ${report.verdict}, not ${whole.verdict}`]),
    ...report.findings.flatMap(({ code }) =>
      codes.has(code) || code.startsWith('SVP8') || code === MAY_DROP ? [] : [`${name}: ${code}`],
    ),
    ...entriesOf(report).flatMap((entry) => {
      const same = known.get(keyOf(entry))
      if (!same) return entry.verdict === 'unknown' ? [] : [`${name}: ${keyOf(entry)} ${entry.verdict}`]
      const led = new Set(same.endpoints.map(({ address, port }) => `${address} ${port}`))
      return [
        ...(['unknown', same.verdict].includes(entry.verdict) ? [] : [`${keyOf(entry)}: ${entry.verdict}`]),
        ...entry.endpoints.flatMap(({ address, port, state }) =>
          state === 'missing' || address === null || led.has(`${address} ${port}`)
            ? []
            : [`${keyOf(entry)}: ${address} ${port}`],
        ),
      ]
    }),
  ]
}

const entriesOf = ({ nodes }: PathReport) => nodes.flatMap(({ entries }) => entries)
const keyOf = ({ kind, address, port, protocol }: PathReport['nodes'][number]['entries'][number]): string =>
  `${kind} ${address} ${port} ${protocol}`

const RULE =
  '-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y'

describe('breaks', () => {
  test('a blank at the break is put back where one is missing', () => {
    const cut = RULE.indexOf(' --dport')
    expect(join(`${RULE.slice(0, cut)}\n${RULE.slice(cut + 1)}`)).toEqual([RULE])
  })

  test('within a word nothing is put between', () => {
    const cut = RULE.indexOf('--dport') + 4
    expect(join(`${RULE.slice(0, cut)}\n${RULE.slice(cut)}`)).toEqual([RULE])
  })

  test('where both can be read the rule is cut off', () => {
    const cut = RULE.indexOf('cluster IP')
    expect(join(`${RULE.slice(0, cut - 1)}\n${RULE.slice(cut)}`)).toEqual([`${RULE.slice(0, cut - 1)} …`])
  })

  test('a rule that is whole is not joined with prose below it', () => {
    const text = `${RULE}\nand nothing else stands there\n`
    expect(join(text)).toEqual(text.trimEnd().split('\n'))
  })

  test('half a rule in front of prose is cut off, whatever the width', () => {
    const half = '-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp'
    expect(join(`${RULE}\n${half}\nand so on\n`)).toEqual([RULE, `${half} …`, 'and so on'])
  })
})

test('a table of kubectl, with its header', () => {
  const rows = [
    'NAMESPACE     NAME         TYPE           CLUSTER-IP      EXTERNAL-IP     PORT(S)                      AGE   SELECTOR',
    'default       kubernetes   ClusterIP      10.96.0.1       <none>          443/TCP                      12d   <none>',
    'shop          web          LoadBalancer   10.96.10.20     192.0.2.10      80:30080/TCP,443:30443/TCP   3d    app=web,tier=frontend',
  ]
  for (let width = 60; width < 118; width++)
    for (const trims of [false, true]) {
      const text = splitPaste(wrap(`${rows.join('\n')}\n`, width, trims))
        .sections.map((one) => one.text)
        .join('')
      const read = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replaceAll(/\s+/g, ' '))
      expect(read, `${width} ${trims}`).toEqual(rows.map((line) => line.replaceAll(/\s+/g, ' ')))
    }
})

test.each([
  'gke-1.2-kubenet/iptables-save-after.txt',
  'gke-1.2-kubenet/services.txt',
  'k3s-flannel/iptables-save-fragments.txt',
  'k3s-flannel/iptables-S-v.txt',
  'k3s-flannel/iptables-L-v.txt',
  'k3s-flannel/pods.txt',
  'kubeadm-calico-aws/iptables-L-filter.txt',
  'kubeadm-calico-aws/iptables-save-fragments.txt',
  'minikube-multinode/iptables-nL.txt',
])('%s, which nobody wrapped, stays as it is', (path) => {
  const lines = sample(path).split('\n')
  const before = [...lines]
  joinWrapped(lines, 0, lines.length)
  expect(lines).toEqual(before)
})
