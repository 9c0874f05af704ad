import { expect, test } from 'vitest'
import { addressArgument } from '../../../src/parse/iptables/list-address.ts'
import { portNumbers } from '../../../src/parse/iptables/port-words.ts'

test.each([
  ['anywhere', '0.0.0.0/0'],
  ['10.96.0.10', '10.96.0.10/32'],
  ['10.244.0.0/16', '10.244.0.0/16'],
  ['10.0.0.0/255.0.255.0', '10.0.0.0/255.0.255.0'],
  ['ip-10-0-2-100.ap-southeast-2.compute.internal', '10.0.2.100/32'],
  ['ip-192-168-0-0.ap-northeast-2.compute.internal/16', '192.168.0.0/16'],
  ['ip-10-0-2-100', '10.0.2.100/32'],
  ['10-244-1-5.web.shop.svc.cluster.local', '10.244.1.5/32'],
  ['ec2-203-0-113-25.compute-1.amazonaws.com', '203.0.113.25/32'],
  ['host-10-0-0-5.openstacklocal', '10.0.0.5/32'],
  ['25.113.0.203.bc.googleusercontent.com', '203.0.113.25/32'],
  ['localhost', '127.0.0.1/32'],
  ['localhost/8', '127.0.0.0/8'],
  ['loopback/8', '127.0.0.0/8'],
  ['link-local/16', '169.254.0.0/16'],
  ['base-address.mcast.net/4', '224.0.0.0/4'],
  ['fiveg-host-24-node4/16', 'fiveg-host-24-node4/16'],
  ['host.minikube.internal', 'host.minikube.internal'],
  ['ip-10-0-2-300.ec2.internal', 'ip-10-0-2-300.ec2.internal'],
  ['version-1-2-3-4.example.com', 'version-1-2-3-4.example.com'],
  ['1-2-3-4-5.example.com', '1-2-3-4-5.example.com'],
  ['web.shop.svc.cluster.local', 'web.shop.svc.cluster.local'],
  ['constructor', 'constructor'],
])('IPv4 address column %s', (text, argument) => {
  expect(addressArgument(text, 4)).toBe(argument)
})

test.each([
  ['anywhere', '::/0'],
  ['FD00:0:0::1', 'fd00::1/128'],
  ['fd00:10:244::/56', 'fd00:10:244::/56'],
  ['localhost', '::1/128'],
  ['ip6-mcastprefix/8', 'ff00::/8'],
  ['fd00-10-244--5.web.shop.svc.cluster.local', 'fd00:10:244::5/128'],
  ['dead-beef.example.com', 'dead-beef.example.com'],
])('IPv6 address column %s', (text, argument) => {
  expect(addressArgument(text, 6)).toBe(argument)
})

test.each([
  ['http-alt', '8080'],
  ['webcache', '8080'],
  ['omniorb', '8088'],
  ['mdns', '5353'],
  ['ircd', '6667'],
  ['bgp', '179'],
  ['bootps:bootpc', '67:68'],
  ['ssh,http,30000:32767', '22,80,30000:32767'],
  ['ndmps', '30000'],
  ['filenet-powsrm', '32767'],
  ['XmlIpcRegSvc', '9092'],
  ['no-such-service', 'no-such-service'],
  ['constructor', 'constructor'],
  ['6443', '6443'],
])('ports %s', (words, numbers) => {
  expect(portNumbers(words)).toBe(numbers)
})
