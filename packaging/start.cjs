// What an executable without a snapshot begins with: it takes the program out of its assets, with what V8 compiled of it.
'use strict'
const { createRequire } = require('node:module')
const { dirname } = require('node:path')
const { asset } = require('./asset.cjs')
const { compile } = require('./cache.cjs')

const words = { filename: 'svcpath.cjs', key: asset('key').latin1Slice(), cold: asset('code-cache') }
// As Node calls a module, and an executable's main script.
const module_ = { exports: {} }
const { execPath } = process
const program = compile(asset('svcpath.cjs').latin1Slice(), words)
program(module_.exports, createRequire(execPath), module_, execPath, dirname(execPath))
