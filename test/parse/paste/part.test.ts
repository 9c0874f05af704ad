import { expect, test } from 'vitest'
import { readCommand } from '../../../src/parse/paste/command.ts'
import { partOf } from '../../../src/parse/paste/part.ts'

const part = (text: string) => partOf(readCommand(text))

test.each([
  'iptables-save',
  'ipvsadm -Ln | less',
  'iptables-save | tee rules.txt',
  'ip route',
  'ip -4 route show table all',
  'ip addr show',
  'kubectl get svc -A',
])('%s prints all', (text) => expect(part(text)).toBeNull())

test.each([
  ['iptables-save | grep shop/web', 'grep', ['shop/web']],
  ["iptables-save | grep -E 'web|api'", 'grep', ['web', 'api']],
  ['sudo iptables -t nat -L -n | grep -n "shop/web"', 'grep', ['shop/web']],
  ['iptables-save | grep -v SEP', 'other', []],
  ['ipvsadm -Ln | grep -A 3 10.96.10.20', 'context', []],
  ['ipvsadm -Ln | grep -A3 10.96.10.20', 'context', []],
  ['iptables-save | head -20', 'head', []],
  ['iptables-save | grep web | head', 'other', []],
  ['sh -c "iptables-save | tail -5"', 'other', []],
  ["kubectl exec p -- sh -c 'iptables-save | grep web'", 'grep', ['web']],
  ['ip route show dev cni0', 'selector', []],
  ['ip a show eth0', 'selector', []],
])('%s: %s', (text, by, words) => expect(part(text)).toEqual({ by, words }))
