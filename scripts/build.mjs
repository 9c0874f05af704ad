// `npm run build`: the program as dist/svcpath.mjs.
import { bundle } from './bundle.mjs'

await bundle({ format: 'esm', outfile: 'dist/svcpath.mjs' })
