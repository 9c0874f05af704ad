/** What the fuzz tests found: each of these once ended in a fault, or in JSON that is not as the schema says. */
import { test } from 'vitest'
import { endure, endureMain } from './pipeline.ts'
import { Random } from './random.ts'

const SERVICE =
  '-d 10.96.10.20/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-E3PXEPMWAWIUT6ZV'

test.each([
  ['one chain picked twice, with addresses', `-A KUBE-SERVICES ${SERVICE}\n$ x\n-A KUBE-SERVICES ${SERVICE}\n`],
  ['a module that every object has', `*nat\n-A KUBE-SERVICES -m __proto__ ${SERVICE}\nCOMMIT\n`],
  ['a port flag that every object has', `*nat\n-A KUBE-SERVICES ${SERVICE.replace('--dport', '--toString')}\nCOMMIT\n`],
  ['a protocol that no Service has', `*nat\n-A KUBE-SERVICES ${SERVICE.replaceAll('tcp', 'toString')}\nCOMMIT\n`],
  [
    'a port above 65535',
    `*nat\n-A KUBE-NODEPORTS ${SERVICE.replace('80', '99999').replace('-d 10.96.10.20/32', '')}\n`,
  ],
  [
    'an endpoint’s port above 65535',
    '*nat\n-A KUBE-SEP-JEWKWDKY4ODQIXQB -p tcp -m comment --comment "shop/web" -j DNAT --to-destination 10.0.0.1:99999\n',
  ],
  ['counters below 0', `*nat\n-A KUBE-SERVICES -c -1 -1 ${SERVICE}\nCOMMIT\n`],
  [
    'a service without its port',
    '*nat\n-A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.0.0.1:80" -j KUBE-SEP-JEWKWDKY4ODQIXQB\n',
  ],
])('%s', async (_, text) => {
  // One half of the texts is listed, the other checked.
  for (let seed = 0; seed < 4; seed++) await endure(text, new Random(seed))
  await endureMain(text, new Random(1))
})
