import { type Family, formatCidr, parseAddress, parseCidr } from '../../model/address.ts'

/**
 * The argument of -s or -d for an address of a listing: `10.0.0.1/32`, `10.244.0.0/16`, `0.0.0.0/0` for `anywhere`. A
 * name that holds an address gives it away, any other name is returned as it is.
 */
export function addressArgument(text: string, family: Family): string {
  if (text === 'anywhere') return family === 6 ? '::/0' : '0.0.0.0/0'
  const [name, mask] = splitMask(text)
  const address = parseAddress(name) ? name : addressInName(name, family)
  if (!address) return text
  const cidr = parseCidr(address + mask)
  // A mask with holes, /255.0.255.0, has no length.
  if (!cidr) return address + mask
  const full = cidr.bits === (cidr.family === 4 ? 32 : 128)
  return full ? `${formatCidr(cidr)}/${cidr.bits}` : formatCidr(cidr)
}

/** The name or address, and its mask with the slash. */
function splitMask(text: string): [string, string] {
  const slash = text.lastIndexOf('/')
  return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash)]
}

/** What a name says about its address, by the rule that made it; null for a name that says nothing. */
function addressInName(name: string, family: Family): string | null {
  const fixed = WELL_KNOWN[family].get(name)
  if (fixed) return fixed
  const octets = DASHED.exec(name)?.slice(1) ?? REVERSED.exec(name)?.slice(1).reverse()
  const address = octets?.join('.') ?? (POD_IPV6.test(name) ? name.split('.', 1)[0]!.replaceAll('-', ':') : '')
  return parseAddress(address) ? address : null
}

/** `ip-10-0-2-100.…`, `ec2-1-2-3-4.…` (EC2), `host-10-0-0-5.…` (OpenStack), `10-244-1-5.…` (a pod's DNS record). */
const DASHED = /^(?:ip-|ec2-|host-)?(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.|$)/

/** Google Cloud's reverse records have the octets back to front, as in-addr.arpa has. */
const REVERSED = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.bc\.googleusercontent\.com$/

/** CoreDNS names an endpoint by its address with dashes for colons: `fd00-10-244--5.web.shop.svc.cluster.local`. */
const POD_IPV6 = /^[\da-f-]+(?:\.[^.]+){2}\.svc\./

/** What /etc/hosts and /etc/networks of Debian and RHEL, and the DNS of 224.in-addr.arpa, name. */
const WELL_KNOWN = {
  4: new Map([
    ['localhost', '127.0.0.1'],
    ['localhost.localdomain', '127.0.0.1'],
    ['loopback', '127.0.0.0'],
    ['link-local', '169.254.0.0'],
    ['base-address.mcast.net', '224.0.0.0'],
    ['all-systems.mcast.net', '224.0.0.1'],
  ]),
  6: new Map([
    ['localhost', '::1'],
    ['localhost6', '::1'],
    ['ip6-localhost', '::1'],
    ['ip6-loopback', '::1'],
    ['ip6-localnet', 'fe00::'],
    ['ip6-mcastprefix', 'ff00::'],
    ['ip6-allnodes', 'ff02::1'],
    ['ip6-allrouters', 'ff02::2'],
  ]),
}
