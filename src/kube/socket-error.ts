/** What a connection that could not be made, or did not last, means: from Node's error codes. */
import { type Asked, KubeError, printable } from './errors.ts'

/** The error for a connection that could not be made or did not last, from Node's error codes. */
export function socketError(asked: Asked, cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause
  const { code = '', message } = innermost(cause)
  const url = new URL(asked.server)
  const { host, hostname } = url
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const hint = 'check the server of this context, the VPN, and the name server of this machine'
    return new KubeError('dns', `the name ${hostname} of the API server cannot be resolved (${code})`, { hint, cause })
  }
  const tls = tlsProblems.find(([codes]) => codes.test(code))
  if (tls) return new KubeError('tls', `TLS with ${host}: ${tls[1]} (${code})`, { hint: tls[2], cause })
  if (/^HPE_/.test(code)) {
    const hint = 'does the server of this context need https:// in place of http://, or a proxy?'
    return new KubeError('garbled', `${host} does not speak HTTP (${code})`, { hint, cause })
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET' || /aborted|hang up/.test(message)) {
    const hint = 'the API server, or a proxy or load balancer before it, closed the connection; try again'
    return new KubeError('dropped', `the connection to ${host} broke off (${code || 'closed'})`, { hint, cause })
  }
  const why = connectionProblems.get(code) ?? (code || printable(message))
  const hint = 'is the cluster up, is this the right context, and does a VPN or proxy (HTTPS_PROXY) lead to it?'
  return new KubeError('connection', `${host} cannot be reached: ${why}`, { hint, cause })
}

const connectionProblems: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['ETIMEDOUT', 'no answer to the attempt to connect'],
])

/** OpenSSL's verify codes and Node's own, as the `tls` module gives them. */
const tlsProblems: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)$/,
    'its certificate is signed by no CA that this context trusts',
    "the context's certificate-authority is another cluster's or missing: fetch the kubeconfig anew, or name the CA with --certificate-authority",
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'its certificate has expired',
    "renew the API server's certificate, and check this machine's clock",
  ],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet', "check this machine's clock"],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for other names',
    'connect by a name that is in the certificate, or give that name with --tls-server-name',
  ],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$|^EPROTO$/,
    'it does not speak TLS',
    'is this port one of plain HTTP, or a proxy?',
  ],
  [
    /^ERR_SSL_.*ALERT/,
    "it refuses this context's client certificate",
    'the certificate may have expired or be of another cluster: log in again or fetch the kubeconfig anew',
  ],
  [
    /^ERR_(OSSL|SSL|CRYPTO|TLS)_/,
    'the CA, client certificate or key of this context cannot be used',
    'check certificate-authority, client-certificate and client-key of the kubeconfig: PEM, and the key that belongs to the certificate',
  ],
]

/** The error that carries a code: of several attempts (one an address) the first. */
function innermost(error: unknown): { code?: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as NodeJS.ErrnoException
  return { message: error.message, ...(typeof code === 'string' ? { code } : {}) }
}
