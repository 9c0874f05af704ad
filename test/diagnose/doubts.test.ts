/** Rules that nobody can judge: what hangs on one is no error, and no verdict but unknown. */
import { describe, expect, test } from 'vitest'
import { type Bending, reportIn } from './bend.ts'
import { all, edit, rules } from './bendings.ts'

const FOO = '-m foo --bar'
/** First of the chain by which n2 deals the connections of web. */
const first = (rule: string) =>
  edit(rules('n2'), /^(?=\[\d+:\d+\] -A KUBE-SVC-E3PXEPMWAWIUT6ZV )/m, `[0:0] -A KUBE-SVC-E3PXEPMWAWIUT6ZV ${rule}\n`)
const STALE = '-j DNAT -p tcp --to-destination 10.244.9.9:8080'
const rawOf = (...lines: string[]) =>
  edit(
    rules('n2'),
    /$/,
    `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:OTHERS - [0:0]\n${lines.map((line) => `[0:0] -A ${line}\n`).join('')}COMMIT\n`,
  )
const UNTRACKED = 'OTHERS -d 10.96.244.84/32 -j NOTRACK'

const CASES: Record<string, [Bending['files'], verdict: string, codes: string[]]> = {
  'a stale endpoint': [first(STALE), 'broken', ['SVP303 error']],
  'a stale endpoint, if a rule matches': [first(`${FOO} ${STALE}`), 'unknown', ['SVP303 warning', 'SVP803 warning']],
  'a stale endpoint, beside one if a rule matches': [
    all(first(`-m statistic --mode random --probability 0.5 ${STALE}`), first(`${FOO} -j RETURN`)),
    'unknown',
    ['SVP303 warning', 'SVP803 warning'],
  ],
  'two stale endpoints, one if a rule matches and one if not': [
    all(first(STALE.replace('9.9', '9.8')), first(`${FOO} ${STALE}`)),
    'broken',
    ['SVP303 error', 'SVP803 warning'],
  ],
  'out of connection tracking': [rawOf('PREROUTING -j OTHERS', UNTRACKED), 'broken', ['SVP408 error']],
  'out of connection tracking, if a rule matches': [
    rawOf(`PREROUTING ${FOO} -j OTHERS`, UNTRACKED),
    'unknown',
    ['SVP803 warning'],
  ],
}

describe.each(Object.entries(CASES))('%s', (_, [files, verdict, codes]) => {
  test('is as certain as what leads there', async () => {
    const { nodes, findings } = await reportIn({ files: files! })
    expect(nodes.find(({ name }) => name === 'n2')?.verdict).toBe(verdict)
    expect(findings.map(({ code, severity }) => `${code} ${severity}`).sort()).toEqual(codes)
  })
})
