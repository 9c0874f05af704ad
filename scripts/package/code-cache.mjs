// `node --random-seed=1 code-cache.mjs SCRIPT OUT`: what V8 compiles of a script before any of it runs; the same bytes each time.
import { readFileSync, writeFileSync } from 'node:fs'
import { Script } from 'node:vm'

const [script, out] = process.argv.slice(2)
writeFileSync(out, new Script(readFileSync(script, 'latin1'), { filename: 'svcpath.cjs' }).createCachedData())
