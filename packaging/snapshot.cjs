// What an executable with a snapshot is built from (src/snapshot.ts). Node's modules are all that such a program can load; what is
// apart (scripts/bundle.mjs) lies in an asset, and is compiled when it is asked for.
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')

const program = new Script(readFileSync('svcpath.cjs', 'latin1'), { filename: 'svcpath.cjs' }).runInThisContext()
const module_ = { exports: {} }
program(module_.exports, load, module_, '', '')

let apart = null

function load(name) {
  if (require('node:module').isBuiltin(name)) return require(name)
  apart ??= loadApart()
  if (!Object.hasOwn(apart, name)) throw new Error(`${name} is not in the executable`)
  return apart[name]
}

function loadApart() {
  const { createRequire } = require('node:module')
  const { dirname } = require('node:path')
  const { asset } = require('./asset.cjs')
  const { compile } = require('./cache.cjs')
  const words = { filename: 'apart.cjs', key: asset('key').latin1Slice(), cold: asset('code-cache') }
  const { execPath } = process
  const made = { exports: {} }
  compile(asset('apart.cjs').latin1Slice(), words)(
    made.exports,
    createRequire(execPath),
    made,
    execPath,
    dirname(execPath),
  )
  return made.exports
}
