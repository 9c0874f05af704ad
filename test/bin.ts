import { fileURLToPath } from 'node:url'

/** What the tests start: the checkout's program, or SVCPATH_BIN, such as an executable that was built (`npm run test:packaged`). */
export const bin = process.env.SVCPATH_BIN ?? fileURLToPath(new URL('../bin/kubectl-svcpath', import.meta.url))
