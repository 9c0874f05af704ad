import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { bin } from './bin.ts'
import { capturePath, samplePath } from './fixtures.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const capture = capturePath('k8s-1.36-iptables-nft-bridge')
const scratch = mkdtempSync(join(tmpdir(), 'svcpath-cli-'))
const captureFolder = join(scratch, 'captures')
mkdirSync(captureFolder)
for (const name of ['a.tgz', 'b.tgz']) cpSync(capture, join(captureFolder, name))
afterAll(() => rmSync(scratch, { recursive: true }))

function run(words: string[], options: { input?: string | Buffer; env?: Record<string, string> } = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env }
  const done = spawnSync(bin, words, { input: options.input ?? '', env, encoding: 'utf8', maxBuffer: 1e9 })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

describe('the trace of a service', () => {
  test('flags first, the verb left out or said', () => {
    const expected = run(['web', '-n', 'shop', '-f', capture])
    expect(expected.code).toBe(0)
    expect(expected.out).toMatch(
      /^REACHABLE {2}shop\/web {3}rules and routes lead there from pods on n1, n2 and n3\nClusterIP 10\.96\.244\.84 /,
    )
    expect(run(['-f', capture, '-n', 'shop', 'web'])).toEqual(expected)
    expect(run(['trace', '--filename', capture, 'shop/web'])).toEqual(expected)
  })

  test.each([
    ['a folder', ['kops-aws-vpc'], 'httpd-a', /^UNKNOWN {2}httpd\/httpd-a/, 4],
    ['one file', ['k3s-flannel/iptables-save-fragments.txt'], 'nginx-service', /^UNKNOWN {2}default\/nginx-service/, 4],
    [
      'several',
      ['gke-1.2-kubenet/iptables-save-after.txt', 'gke-1.2-kubenet/route-n.txt'],
      '30007',
      /default\/nginx/,
      4,
    ],
  ])('%s of pasted text', (_, files, service, headline, code) => {
    const { out, code: seen, err } = run([service, ...files.flatMap((file) => ['-f', samplePath(file)])])
    expect([seen, err]).toEqual([code, ''])
    expect(out).toMatch(headline)
  })

  test('standard input, as text and as a tarball', () => {
    const text = readFileSync(samplePath('gke-1.2-kubenet/iptables-save-after.txt'), 'utf8')
    expect(run(['default/nginx', '-f', '-'], { input: text }).out).toContain('10.80.0.7:80')
    expect(run(['shop/web', '-f', '-'], { input: readFileSync(capture) }).out).toMatch(/^REACHABLE/)
  })

  test('exit codes: 0 reachable, 3 broken or degraded', () => {
    const code = (service: string) => run([service, '-f', capture]).code
    expect([code('shop/web'), code('shop/empty'), code('shop/web-local'), code('shop/ext')]).toEqual([0, 3, 3, 0])
  })

  test('an alias, and a name that nothing has: the same code as check gives', () => {
    const codes = (...words: string[]) => [
      run([...words, '-f', capture]).code,
      run(['check', ...words, '-f', capture]).code,
    ]
    expect(codes('shop/ext')).toEqual([0, 0])
    expect(codes('shop/wbe')).toEqual([6, 6])
    expect(codes('web', '-n', 'shp')).toEqual([6, 6])
    expect(codes('shop/web', '--node', 'n9')).toEqual([6, 6])
    expect(codes('-n', 'shp')).toEqual([6, 6])
    expect(codes('-n', 'default')).toEqual([0, 0])
    expect(codes('-n', 'shop')).toEqual([3, 3])
    expect(run(['shop/web-local', '-f', capture, '--fail-on', 'warning']).code).toBe(3)
  })

  test('--port takes a port as the output has it', () => {
    expect(run(['shop/web', '-f', capture, '--port', '80/tcp']).code).toBe(0)
  })

  test('--node, --port and --from narrow it', () => {
    const json = (...words: string[]) => JSON.parse(run(['-f', capture, '-o', 'json', ...words]).out)
    expect(json('shop/web', '--node', 'n2').nodes.map((node: { name: string }) => node.name)).toEqual(['n2'])
    expect(json('shop/web-named', '--port', 'echo').nodes[0].entries).toHaveLength(1)
    expect(json('shop/web-named', '--port', '8000').nodes[0].entries).toMatchObject([{ portName: 'alt' }])
    const from = json('shop/web', '--from', 'pod/client')
    expect(from.nodes).toMatchObject([{ name: 'n1', entries: [{ client: 'pod shop/client' }] }])
    expect(json('shop/web', '--from', 'shop/pod/client').nodes).toHaveLength(1)
    const node = json('shop/web-np', '--from', 'node/n2')
    const kinds = node.nodes.map((one: { name: string; entries: { kind: string }[] }) => [
      one.name,
      one.entries.map(({ kind }) => kind),
    ])
    expect(kinds).toEqual([
      ['n1', ['nodePort']],
      ['n2', ['clusterIP', 'nodePort']],
      ['n3', ['nodePort']],
    ])
    expect(json('shop/web-lb', '--from', '192.0.2.7').nodes[0].entries[1]).toMatchObject({
      client: '192.0.2.7',
      verdict: 'reachable',
    })
  })

  test('a pod in its node’s network is behind the node', () => {
    const { out } = run(['shop/hostweb', '-f', capture])
    expect(out).toMatch(/hostweb +n3 +eth0 → n3 \(host network\) /)
    expect(out).not.toContain('eth0, eth0')
  })

  test('-v shows every rule with its counter, file and line', () => {
    const { out } = run(['shop/web', '-f', capture, '-v'])
    expect(out).toMatch(
      /first: these rules lead to the choice of an endpoint\n[\s\S]*-A KUBE-SERVICES[\s\S]* to 10\.244\.1\.4:8080: chosen here, and its address replaces the service's\n[^\n]*-j KUBE-SEP-\w+\n[^\n]*--to-destination 10\.244\.1\.4:8080\n {4}to 10\.244[\s\S]*\n {4}after the choice: /,
    )
    expect(out).toMatch(/ {2}20 {2}nat {2}nodes\/n1\/iptables-save\.txt:\d+ {2}-A KUBE-SERVICES -d 10\.96\.244\.84\/32/)
  })

  test.each(['wide', 'json', 'yaml', 'mermaid', 'dot', 'markdown', 'html'])('-o %s', (output) => {
    const { out, code, err } = run(['shop/web', '-f', capture, '-o', output])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('10.244.1.4')
    expect(out.endsWith('\n')).toBe(true)
  })

  test('without a service: a list, one line each', () => {
    const { out, code } = run(['-f', capture])
    expect(code).toBe(3)
    expect(out).toMatch(
      /^NAMESPACE(.*\n){19}\nrecorded [^\n]*\n18 services: 2 broken, 2 degraded, 1 unknown, 13 reachable\n/,
    )
    expect(out).toMatch(/^shop +web +ClusterIP +10\.96\.244\.84:80\/tcp +5\/5 +3\/3 +20 +reachable$/m)
    // The node that the pod is on leads there by another way, and rightly.
    expect(out).toMatch(/^shop +hostweb +.* 1\/1 +3\/3 +20 +reachable$/m)
    expect(out).toContain('DNS answers with api.example.com, which is outside the cluster')
    expect(run(['-f', capture, '-n', 'default']).out).toMatch(
      /^NAMESPACE.*\n.*\n\nrecorded 2026-11-21 \d\d:\d\d UTC, 3 nodes\n1 service: 1 reachable\n$/,
    )
    expect(JSON.parse(run(['-f', capture, '-o', 'json']).out).items).toHaveLength(18)
  })
})

describe('looks', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour begins with it
  const ESCAPE = /\u001b/

  test('--color always and never count more than the environment and the pipe', () => {
    const colored = (...words: string[]) => run(['shop/web', '-f', capture, ...words], { env: { NO_COLOR: '1' } }).out
    expect(colored('--color', 'always')).toMatch(ESCAPE)
    const forced = (...words: string[]) => run(['shop/web', '-f', capture, ...words], { env: { FORCE_COLOR: '1' } }).out
    expect(forced('--color=never')).not.toMatch(ESCAPE)
    expect(forced('--color=auto')).toMatch(ESCAPE)
  })

  test('no colour when piped, colour when forced, none with NO_COLOR', () => {
    expect(run(['shop/web', '-f', capture]).out).not.toMatch(ESCAPE)
    expect(run(['shop/web', '-f', capture], { env: { FORCE_COLOR: '1' } }).out).toMatch(ESCAPE)
    expect(run(['shop/web', '-f', capture], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).out).not.toMatch(ESCAPE)
  })

  test('a reader that closes the pipe early is no error', () => {
    const done = spawnSync('sh', ['-c', `"${bin}" shop/web -f "${capture}" -o json | head -1`], { encoding: 'utf8' })
    expect([done.stdout, done.stderr]).toEqual(['{\n', ''])
  })

  test.each([
    ['stdout and stderr', '2>&1 | head -c 1'],
    ['stderr alone', '2>&1 >/dev/null | head -c 0'],
  ])('nor one that closes %s', (_, to) => {
    const done = spawnSync('sh', ['-c', `"${bin}" nothing-of-this-name -f "${capture}" ${to}`], { encoding: 'utf8' })
    expect(done.stderr).toBe('')
  })

  test.each([['--help'], ['--version'], [`shop/web -f "${capture}" -o json`], ['explain SVP101']])(
    'a full disk is told in one line: %s',
    (words) => {
      const done = spawnSync('sh', ['-c', `"${bin}" ${words} >/dev/full`], { encoding: 'utf8' })
      expect([done.status, done.stderr]).toEqual([1, 'error: cannot write the output: no space left on device\n'])
    },
  )
})

describe('errors say what happened and what to do', () => {
  test.each([
    [['web', '--kubeconfig', '/nonexistent'], 2, /^error: .*\/nonexistent/],
    [['shop/wbe', '-f', capture], 6, /^error: no service shop\/wbe in .*\n {2}did you mean shop\/web/],
    [['shop/web', '-f', '/nonexistent'], 1, /^error: .*\/nonexistent/],
    [['shop/web', '-f', capture, '--node', 'n9'], 6, /no node n9 .*\n {2}it has n1, n2, n3/],
    [['web', '-n', 'shp', '-f', capture], 6, /no service in the namespace shp .*\n {2}did you mean -n shop\?/],
    [
      ['deploy/web', '-n', 'shop', '-f', capture],
      2,
      /10 services select deployment web: shop\/web, [^\n]*\n {2}name one: kubectl svcpath shop\/web\n/,
    ],
    [['shop/web', '-f', capture, '--port', '80/udp'], 6, /shop\/web has no port 80\/udp/],
    [['shop/web', '-f', 'https://example.com/a.tgz'], 1, /svcpath reads files\. Download it first/],
    [['shop/web', '-f', capture, '--port', '81'], 6, /shop\/web has no port 81\n {2}its port is 80/],
    [['shop/web', '-f', capture, '--from', 'nobody'], 6, /--from nobody: no pod shop\/nobody and no node nobody/],
    [['shop/web', '-f', capture, '--from', 'svc/web'], 2, /--from svc\/web: not understood/],
    [['shop/web', '-f', capture, '--from', 'pod/nobody'], 6, /no pod shop\/nobody/],
    [['shop/web', '-f', capture, '--bogus'], 2, /--bogus[\s\S]*see kubectl svcpath --help/],
    [['shop/web', '-f', capture, '-o', 'xml'], 2, /xml[\s\S]*tree/],
    [['shop/web', 'extra', '-f', capture], 2, /extra/],
    [['shop/web', '-f', samplePath('README.md')], 1, /^error: no services in .*README\.md\n {2}is it a capture/],
    [
      ['web', '-f', '-'],
      1,
      /^error: no services in standard input\n {2}it was empty: did the command before the pipe fail\?/,
    ],
    [
      ['web', '-f', captureFolder],
      1,
      /^error: The folder \S+ holds 2 captures: name one of them\.\n {2}-f \S+a\.tgz\n$/,
    ],
    [
      ['check', '-n', 'nowhere', '-f', capture],
      6,
      /in the namespace nowhere in .*\n {2}the namespaces are default, kube-s/,
    ],
    [['check', '--bogus'], 2, /--bogus\n {2}see kubectl svcpath check --help\n$/],
    [['-A', '-n', 'shop'], 2, /^error: --namespace=shop cannot be given together with --all-namespaces\n/],
    [['shop/web', '-n', 'default', '-f', capture], 2, /is in the namespace shop, and -n says default/],
    [['shop/web', '--request-timeout', 'abc', '-f', capture], 2, /--request-timeout abc: not a duration/],
    [['chek', '-f', capture], 6, /no service chek [\s\S]* {2}or did you mean the command check\?/],
    [
      ['chek', 'web', '-f', capture],
      2,
      /trace takes one service, and web is another argument\n[\s\S]*did you mean the command check\?/,
    ],
    [['explain', '303', 'SVP9999'], 2, /^error: no finding SVP9999\n/],
  ])('%j', (words, code, message) => {
    const done = run(words as string[])
    expect([done.code, done.out]).toEqual([code, ''])
    expect(done.err).toMatch(message)
    expect(done.err).not.toMatch(/at .*\.mjs|this is a fault/)
  })

  test('-h, --help and help print the usage with examples', () => {
    for (const words of [['--help'], ['-h'], ['help'], ['web', '--help']]) {
      const { out, code } = run(words)
      expect(code).toBe(0)
      expect(out).toMatch(/USAGE\n {2}\$ kubectl svcpath/)
      // What people look for comes first.
      expect(out).toMatch(/USAGE[\s\S]*\nEXAMPLES\n[\s\S]*\nFLAGS\n[\s\S]*\nDESCRIPTION\n/)
    }
  })

  test('the page of a verb says what its own words mean', () => {
    const page = (verb: string) => run([verb, '--help']).out
    expect(page('check')).toMatch(/ARGUMENTS\n {2}SERVICE +name, NAMESPACE\/NAME, NAME:PORT, URL, IP/)
    expect(page('check')).toMatch(/Exit codes: 0 [\s\S]* 1 [\s\S]* 2 [\s\S]* 3 [\s\S]* 4 [\s\S]* 130 interrupted/)
    expect(page('cleanup')).toMatch(/--namespace NAME +only the debug pods of this namespace \(default: all\)/)
    expect(page('capture')).not.toContain('of a recording')
    expect(page('check')).not.toContain('--ssh-user')
    expect(page('options')).toMatch(/^SSH \(for --via ssh\)$[\s\S]*--ssh-user NAME/m)
    expect(run(['options']).out).toBe(page('options'))
  })

  test('help fits the terminal', () => {
    for (const columns of [60, 80, 120]) {
      const { out } = run(['check', '--help'], { env: { COLUMNS: String(columns) } })
      // A command is not broken: it is to be copied.
      const lines = out.split('\n').filter((line) => !/^ {2}(\$ )?kubectl svcpath /.test(line))
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })

  test('explain takes several', () => {
    expect(run(['explain', '303', 'uneven-share']).out).toMatch(/^SVP303 stale[\s\S]*\n\nSVP305 uneven-share/)
    expect(JSON.parse(run(['explain', '303', '305', '-o', 'json']).out)).toHaveLength(2)
  })

  test('--version', () => {
    expect(run(['--version']).out).toMatch(/^kubectl-svcpath \d+\.\d+\.\d+\n$/)
  })
})

describe('bad input', () => {
  const web = ['shop/web', '-f', '-']

  test.each([
    ['nothing', ''],
    ['binary junk', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256))],
    ['a truncated tarball', readFileSync(capture).subarray(0, 20_000)],
    ['a tarball of junk', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(500, 7)])],
  ])('%s', (_, input) => {
    const done = run(web, { input })
    expect([1, 3, 4]).toContain(done.code)
    expect(done.err + done.out).not.toMatch(/this is a fault/)
  })

  test('every part of a dump, cut anywhere, gives an answer or a message', () => {
    const text = readFileSync(samplePath('gke-1.2-kubenet/iptables-save-after.txt'), 'utf8')
    for (const part of [0.1, 0.37, 0.5, 0.77, 0.99]) {
      const done = run(['default/nginx', '-f', '-'], { input: text.slice(0, text.length * part) })
      expect([1, 4]).toContain(done.code)
      expect(done.err).not.toMatch(/this is a fault/)
    }
  })

  test('control characters in names never reach the terminal', () => {
    const text = `*nat\n-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "shop/web\u001b]0;evil\u0007 cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA\n-A KUBE-SVC-AAAAAAAAAAAAAAAA -m comment --comment "\u001b[2J" -j KUBE-SEP-BBBBBBBBBBBBBBBB\nCOMMIT\n`
    for (const words of [['10.96.0.9', '-v'], ['10.96.0.9', '-o', 'wide'], []]) {
      const { out } = run([...words, '-f', '-'], { input: text })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
      expect(out.length).toBeGreaterThan(10)
    }
  })
})

describe('how it is started', () => {
  test('through a symlink on PATH, as kubectl does', () => {
    symlinkSync(bin, join(scratch, 'kubectl-svcpath'))
    const out = execFileSync('kubectl-svcpath', ['--version'], {
      env: { PATH: `${scratch}:/usr/bin:/bin` },
      encoding: 'utf8',
    })
    expect(out).toMatch(/^kubectl-svcpath/)
  })

  test('a Node that is too old, or none, is named with what to do', () => {
    const copy = join(scratch, 'copy')
    cpSync(`${root}bin`, join(copy, 'bin'), { recursive: true })
    writeFileSync(join(scratch, 'node'), '#!/bin/sh\n[ "$1" = -e ] && exit 1\necho v18.0.0\n', { mode: 0o755 })
    const old = spawnSync(join(copy, 'bin/kubectl-svcpath'), [], {
      env: { PATH: `${scratch}:/usr/bin:/bin` },
      encoding: 'utf8',
    })
    expect([old.status, old.stderr]).toEqual([
      1,
      expect.stringMatching(/needs Node 22\.19 or newer, and .*\/node is v18\.0\.0\n.*npm ci/),
    ])
  })
})

test('nothing is left behind and standard input is not waited for without -f -', async () => {
  const child = spawn(bin, ['shop/web', '-f', capture], { stdio: ['pipe', 'ignore', 'ignore'] })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(code).toBe(0)
})
