/** `npm run test:e2e`: the suite on the cluster of the current KUBECONFIG. See README.md. */
import { suite } from './suite.ts'
import { startWorkload } from './workload.ts'

const ways = (process.env.SVCPATH_E2E_WAYS ?? 'auto,debug').split(',')

suite('the cluster of the current KUBECONFIG', startWorkload, ways)
