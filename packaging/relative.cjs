// Runs snapshot.cjs by a relative name: the full one of the script that Node builds from would be in the executable, and be another in each checkout.
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')

const wrapped = `(function (require) {${readFileSync('snapshot.cjs', 'utf8')}\n})`
new Script(wrapped, { filename: 'snapshot.cjs' }).runInThisContext()(require)
