import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * What n1 of a capture answers to the node script. Each script is run once, with programs that print what the capture holds; whoever asks the same gets
 * the same buffers, with a frame of its own in them.
 */
export class Answers {
  readonly #programs: string
  readonly #known = new Map<string, Promise<Buffer[]>>()

  constructor(capture: string) {
    this.#programs = programsOf(join(capture, 'nodes', 'n1'))
    process.on('exit', () => rmSync(this.#programs, { recursive: true, force: true }))
  }

  async to(script: string): Promise<Buffer[]> {
    const frame = /^F='?([0-9a-f]{32})'?$/m.exec(script)?.[1] ?? ''
    // The addresses of the node, where kube-proxy would be asked: nobody is there.
    const same = script.replaceAll(frame, FRAME).replace(/^OWN=.*$/m, 'OWN=')
    const known = this.#known.get(same) ?? run(same, this.#programs)
    this.#known.set(same, known)
    const parts = await known
    return parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(frame), part]))
  }
}

const FRAME = '0123456789abcdef'.repeat(2)

/** The output, taken apart where the frame stands. */
function run(script: string, programs: string): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: `${programs}:/usr/bin:/bin` }, maxBuffer: 1 << 30, encoding: 'buffer' as const }
    const child = execFile('sh', ['-s'], options, (error, stdout) => (error ? reject(error) : resolve(split(stdout))))
    child.stdin?.end(script)
  })
}

function split(output: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const next = output.indexOf(FRAME, at)
    parts.push(output.subarray(at, next < 0 ? undefined : next))
    if (next < 0) return parts
    at = next + FRAME.length
  }
}

/** Of this machine nothing is read that the capture has. */
function programsOf(node: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-many-'))
  const files = join(folder, 'files')
  mkdirSync(files)
  const cat = (file: string): string => {
    const gzipped = file.startsWith('iptables-save')
    const bytes = readFileSync(join(node, gzipped ? `${file}.gz` : file))
    writeFileSync(join(files, file), gzipped ? gunzipSync(bytes) : bytes)
    return `exec cat '${join(files, file)}'`
  }
  const nothing = 'exit 0'
  const ip = `case "$*" in *link*) ${cat('ip-link.json')};; *route*) ${cat('ip-route.json')};; *neigh*) ${cat('ip-neigh.json')};; esac`
  const programs: Record<string, string> = {
    'iptables-nft': nothing,
    'ip6tables-nft': nothing,
    'iptables-nft-save': cat('iptables-save.txt'),
    'ip6tables-nft-save': nothing,
    'iptables-legacy-save': nothing,
    'ip6tables-legacy-save': nothing,
    conntrack: `case "$*" in *-S*) ;; *) ${cat('conntrack.txt')};; esac`,
    bridge: `case "$*" in *fdb*) ${cat('bridge-fdb.json')};; esac`,
    nft: `case $* in 'list chains'*) printf 'table ip nat {\\n\\tchain PREROUTING {\\n\\t\\ttype nat hook prerouting priority -100; policy accept;\\n\\t}\\n}\\n';; esac`,
    curl: `case "$*" in *healthz*) ${cat('kube-proxy-healthz.json')};; *) exit 7;; esac`,
    ...{ ip, ipset: nothing, nsenter: 'exit 1', ipvsadm: nothing },
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  return folder
}
