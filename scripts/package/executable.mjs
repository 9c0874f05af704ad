// Single executables: Node with the program in it (nodejs.org/api/single-executable-applications).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle, bundleApart, bundleStart } from '../bundle.mjs'
import { ownPlatform } from './platforms.mjs'

/** What is in memory when the program starts: what these command lines load and compile. The last leaves little of what was traced behind. */
const WARM = [
  ['web', '-n', 'shop', '-f', 'k8s-1.36-iptables-nft-bridge.tgz'],
  ['check', '-A', '-f', 'k8s-1.36-iptables-nft-bridge.tgz'],
  ['--nope'],
  ['10.96.0.1:443', '-f', 'small.txt'],
]

const SMALL = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
COMMIT
`

/**
 * Most runs are over before it pays to compile for speed what is called often, or to look for garbage in passing: what takes longer asks for both
 * (src/verbs/room.ts). To wake threads for little garbage takes more than to remove it.
 */
const FLAGS = ['--no-incremental-marking', '--max-optimized-bytecode-size=0', '--single-threaded-gc']

/**
 * Lays what executables are made from into `work`, of `script`, the bundle of the program. Gives a function that makes one: its bytes, by platform and
 * Node's binary. Only the platform that this is gets a snapshot, which is made by this machine's V8; others compile at the start.
 */
export async function executables(root, work, script) {
  const plain = join(work, 'plain')
  layProgram(plain, readFileSync(script, 'utf8'))
  await bundleStart({ name: 'start.cjs', outfile: join(plain, 'start.cjs') })
  const frozen = await layFrozen(root, join(work, 'frozen'))
  return (platform, binary) =>
    platform === ownPlatform() ? build(frozen, binary) : build(plainSettings(plain), binary)
}

const plainSettings = (folder) => ({
  folder,
  settings: {
    main: 'start.cjs',
    assets: { 'svcpath.cjs': 'svcpath.cjs', key: 'key' },
    useCodeCache: false,
    useSnapshot: false,
  },
})

async function layFrozen(root, folder) {
  mkdirSync(folder, { recursive: true })
  const made = join(folder, 'bundle.cjs')
  await bundleApart({ outfile: made })
  layProgram(folder, readFileSync(made, 'utf8'), 'apart.cjs')
  await bundle({ format: 'cjs', outfile: made, entry: 'src/snapshot.ts' })
  layProgram(folder, readFileSync(made, 'utf8'))
  await bundleStart({ name: 'snapshot.cjs', outfile: join(folder, 'snapshot.cjs') })
  copyFileSync(join(root, 'packaging/relative.cjs'), join(folder, 'relative.cjs'))
  // V8 orders its code cache by random hashes. One made with --hash-seed would be refused at run time; one made with --random-seed is not.
  const words = ['--random-seed=1', join(root, 'scripts/package/code-cache.mjs'), 'apart.cjs', 'code-cache']
  execFileSync(process.execPath, words, { cwd: folder, stdio: 'inherit' })
  for (const words of WARM)
    for (const name of words.filter((word) => word.endsWith('.tgz')))
      copyFileSync(join(root, 'test/fixtures', name), join(folder, name))
  writeFileSync(join(folder, 'small.txt'), SMALL)
  writeFileSync(join(folder, 'warm.json'), JSON.stringify(WARM))
  const assets = { 'apart.cjs': 'apart.cjs', key: 'key', 'code-cache': 'code-cache' }
  return { folder, settings: { main: 'relative.cjs', assets, useCodeCache: false, useSnapshot: true } }
}

/** A program as it is compiled, and the name of its content. */
function layProgram(folder, text, name = 'svcpath.cjs') {
  mkdirSync(folder, { recursive: true })
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${asciiOf(text)}\n})`
  writeFileSync(join(folder, name), wrapped)
  writeFileSync(join(folder, 'key'), createHash('sha256').update(wrapped).digest('hex').slice(0, 16))
}

/** A text of one byte a letter takes half of the memory. What is left of other letters stands in strings, templates and regular expressions. */
function asciiOf(text) {
  // In a raw template an escape would stay as it is written.
  for (const [, raw] of text.matchAll(/String\.raw`([^`]*)`/g)) {
    const [letter] = /[^\0-\x7f]/.exec(raw.replaceAll(/\$\{[^}]*\}/g, '')) ?? []
    if (letter) throw new Error(`a raw template holds ${letter}: put it into a string of its own`)
  }
  return text.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** How long its path is decides, too: TMPDIR is another for each user and system. */
const PLACES = process.platform === 'win32' ? tmpdir() : '/tmp'

/**
 * In a folder of its own, with Node beside it: where they lie decides where V8 puts what it makes, and the bytes are to be the same from each checkout.
 */
function build({ folder, settings }, binary) {
  const place = mkdtempSync(join(PLACES, 'svcpath-'))
  try {
    cpSync(folder, place, { recursive: true })
    copyFileSync(realpathSync(process.execPath), join(place, 'node'))
    copyFileSync(binary, join(place, 'target'))
    const rest = {
      output: 'executable',
      executable: 'target',
      disableExperimentalSEAWarning: true,
      // NODE_OPTIONS are meant for other Nodes than this, which nobody sees.
      execArgvExtension: 'none',
      execArgv: FLAGS,
    }
    writeFileSync(join(place, 'sea.json'), JSON.stringify({ ...settings, ...rest }))
    execFileSync(join(place, 'node'), [...SAME, '--build-sea', 'sea.json'], {
      cwd: place,
      env: {},
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return readFileSync(join(place, 'executable'))
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** For the same bytes each time: hashes are random, threads end in any order, and gaps keep what lay there before memory was used again. */
const SAME = [
  '--no-warnings',
  '--random-seed=1',
  '--predictable',
  '--min-semi-space-size=128',
  '--initial-heap-size=1024',
]
