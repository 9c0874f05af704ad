import { existsSync, readFileSync } from 'node:fs'
import {
  BaseAgent,
  createAgent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
  utils,
} from 'ssh2'
import { keyType } from './known-hosts.ts'

/** Asks for a passphrase; null where nobody can be asked, or would not say. */
export type AskPassphrase = (question: string) => Promise<string | null>

/** One key that may be offered: of the agent, or of a file that is read when a server has accepted its public half. */
interface Identity {
  publicKey: ParsedKey
  sign(data: Buffer, options: SigningRequestOptions): Promise<Buffer>
}

/**
 * The keys of the agent and of files, offered as one agent: a server is asked first whether it would take a key, so that a passphrase is
 * asked for only where it is of use, and once a run. No key is forwarded: `getStream` is not there.
 */
export class Identities {
  private readonly unlocked = new Map<string, Promise<ParsedKey>>()
  private readonly ask: AskPassphrase

  constructor(ask: AskPassphrase) {
    this.ask = ask
  }

  /** What to offer one host; `tried` collects what it was, in words for an error. */
  offer({ agent, files, onlyFiles }: { agent: string | null; files: readonly string[]; onlyFiles: boolean }): {
    agent: BaseAgent<ParsedKey>
    tried: readonly string[]
  } {
    const tried: string[] = []
    const collect = async (): Promise<Identity[]> => {
      const own = files.flatMap((file) => this.fromFile(file, tried) ?? [])
      const held = agent ? await fromAgent(agent, tried) : []
      // The agent signs for a file's key where it can: it asks for no passphrase.
      const better = (one: Identity) => held.find(({ publicKey }) => sameKey(publicKey, one.publicKey)) ?? one
      const first = own.map(better)
      const rest = onlyFiles ? [] : held.filter((one) => !first.includes(one))
      return [...first, ...rest]
    }
    return { agent: new Offer(collect), tried }
  }

  /** Null for a file that is not there, or holds no key that can be offered; the reason goes into `tried`. */
  private fromFile(file: string, tried: string[]): Identity | null {
    if (!existsSync(file)) return null
    try {
      const text = readFileSync(file)
      const publicKey = publicHalf(file, text)
      if (!publicKey) {
        tried.push(`${file} (no key that can be used; an encrypted one in PEM form needs its .pub beside it)`)
        return null
      }
      tried.push(file)
      const sign = async (data: Buffer, { hash }: SigningRequestOptions) =>
        signed(await this.unlock(file, text), data, hash)
      return { publicKey, sign }
    } catch (error) {
      tried.push(`${file} (${(error as NodeJS.ErrnoException).code ?? 'cannot be read'})`)
      return null
    }
  }

  private unlock(file: string, text: Buffer): Promise<ParsedKey> {
    const known = this.unlocked.get(file)
    if (known) return known
    const key = (async () => {
      const plain = utils.parseKey(text)
      if (!(plain instanceof Error)) return plain
      const passphrase = await this.ask(`Passphrase of ${file}: `)
      if (passphrase === null) throw new Error(`${file} has a passphrase, and there is no terminal to ask for it`)
      const opened = utils.parseKey(text, passphrase)
      if (opened instanceof Error) throw new Error(`the passphrase of ${file} is wrong`)
      return opened
    })()
    this.unlocked.set(file, key)
    return key
  }
}

/** How ssh2 sees a list of identities. */
class Offer extends BaseAgent<ParsedKey> {
  private readonly identities: Promise<Identity[]>

  constructor(collect: () => Promise<Identity[]>) {
    super()
    this.identities = collect()
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    this.identities.then(
      (all) =>
        done(
          undefined,
          all.map(({ publicKey }) => publicKey),
        ),
      (error: Error) => done(error),
    )
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    const [asked, answer] = typeof options === 'function' ? [{}, options] : [options, done]
    this.identities
      .then((all) => {
        const identity = all.find((one) => sameKey(one.publicKey, publicKey))
        if (!identity) throw new Error('no such key')
        return identity.sign(data, asked)
      })
      .then(
        (signature) => answer?.(undefined, signature),
        (error: Error) => answer?.(error),
      )
  }
}

/** The agent's keys; none where it does not answer. */
function fromAgent(socket: string, tried: string[]): Promise<Identity[]> {
  const agent = createAgent(socket)
  return new Promise((resolve) => {
    agent.getIdentities((error, keys) => {
      // Certificates and keys on security tokens are nothing that ssh2 can parse.
      const parsed = (keys ?? []).flatMap((key) => parsedKey(key as ParsedKey | Buffer) ?? [])
      tried.push(
        error
          ? 'the agent (it does not answer)'
          : `the agent (${parsed.length} ${parsed.length === 1 ? 'key' : 'keys'})`,
      )
      resolve(
        parsed.map((publicKey) => ({
          publicKey,
          sign: (data, options) => agentSigns(agent, publicKey, data, options),
        })),
      )
    })
  })
}

const agentSigns = (agent: BaseAgent, key: ParsedKey, data: Buffer, options: SigningRequestOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    agent.sign(key, data, options, (error, signature) =>
      signature ? resolve(signature) : reject(error ?? new Error('the agent refused')),
    )
  })

/** The public half of a key file: of the `.pub` beside it, of an OpenSSH key's own clear part, or of the key itself. */
function publicHalf(file: string, text: Buffer): ParsedKey | null {
  const beside = existsSync(`${file}.pub`) ? parsedKey(readFileSync(`${file}.pub`)) : null
  return beside ?? parsedKey(text) ?? clearPart(text)
}

/** The public key in an encrypted OpenSSH key file, which is not encrypted (OpenSSH's PROTOCOL.key). */
function clearPart(text: Buffer): ParsedKey | null {
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text.toString('latin1')) ?? []
  const bytes = Buffer.from(base64 ?? '', 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic) return null
  let at = magic.length
  const next = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  // Cipher, key derivation and its options, then the number of keys, then the public one.
  for (let i = 0; i < 3; i++) next()
  at += 4
  const key = next()
  return parsedKey(Buffer.from(`${keyType(key)} ${key.toString('base64')}`))
}

function parsedKey(text: ParsedKey | Buffer): ParsedKey | null {
  const key = utils.parseKey(text)
  return key instanceof Error ? null : key
}

function signed(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature = key.sign(data, hash) as Buffer | Error
  if (signature instanceof Error) throw signature
  return signature
}

const sameKey = (a: ParsedKey, b: ParsedKey): boolean => a.getPublicSSH().equals(b.getPublicSSH())
