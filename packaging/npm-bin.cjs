#!/usr/bin/env node
// How npm's package starts. Plain enough for any Node, so that one that is too old says so and does not stumble over what it cannot read.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 19)) {
  import('../dist/svcpath.mjs')
} else {
  console.error(`error: kubectl-svcpath needs Node 22.19 or newer, and ${process.execPath} is ${process.version}`)
  console.error('  install a newer Node, or the plugin with its own by kubectl krew install svcpath')
  process.exitCode = 1
}
