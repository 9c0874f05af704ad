/** A DNS query for an address record, as hexadecimal digits (RFC 1035, 4.1): any number, recursion desired, one question. */
export function dnsQuery(name: string): string {
  const header = Buffer.from([0x73, 0x76, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]).toString('hex')
}
