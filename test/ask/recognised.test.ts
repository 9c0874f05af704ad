/** What is said where a text shows no service. */
import { expect, test } from 'vitest'
import { whatToAdd } from '../../src/ask/recognised.ts'
import { pasted } from '../observe/pasted.ts'

const RULE =
  '-A KUBE-SERVICES -d 10.96.12.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-ABCDEFGHIJKLMNOP'

test.each([86, 70])('no name is denied of a rule that somebody broke after %i characters', (width) => {
  const text = `${RULE.slice(0, width)}\n${RULE.slice(width)}\n`
  expect(whatToAdd(pasted(text))).toMatch(/^line 1 is cut off or was broken by the terminal/)
})

test('a rule that is all there and names no service is said to name none', () => {
  expect(whatToAdd(pasted('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n'))).toMatch(/^no rule in it names a service/)
})
