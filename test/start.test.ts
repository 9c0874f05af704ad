import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { scratch } from './scratch.ts'

const start = fileURLToPath(new URL('../packaging/start.cjs', import.meta.url))

/** A program that says what it was given, and ends as it is told to; `warm`: whether V8 took what an earlier run had left. */
const PROGRAM = `(function (exports, require, module, __filename, __dirname) {
  const unseen = (value) => value + 1
  console.log(JSON.stringify({ words: process.argv.slice(2), sum: unseen(1) }))
  process.exitCode = Number(process.env.ENDS_WITH ?? 0)
})`

/** Stands in for node:sea, and tells what a script was made with. */
const STAND_IN = `const Module = require('node:module')
const vm = require('node:vm')
const assets = { 'svcpath.cjs': Buffer.from(process.env.PROGRAM), key: Buffer.from('k1') }
const sea = { getAssetKeys: () => Object.keys(assets), getRawAsset: (name) => assets[name] }
class Script extends vm.Script {
  constructor(source, options) {
    super(source, options)
    console.error(options.cachedData === undefined ? 'cold' : this.cachedDataRejected ? 'rejected' : 'warm')
  }
}
const load = Module._load
Module._load = (name, ...rest) => (name === 'node:sea' ? sea : name === 'node:vm' ? { ...vm, Script } : load(name, ...rest))
`

/** A folder that is gone when the test is. */
function folderOf(name: string): string {
  const { path, remove } = scratch(name)
  onTestFinished(remove)
  return path
}

function run(words: string[], env: Record<string, string>) {
  const folder = folderOf('start')
  const preload = join(folder, 'sea.cjs')
  writeFileSync(preload, STAND_IN)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', preload, start, ...words], {
    env: { PATH: process.env.PATH ?? '', PROGRAM, ...env },
    encoding: 'utf8',
  })
  return { status, said: stdout === '' ? null : JSON.parse(stdout), cache: stderr.trim() }
}

const cacheIn = (home: string) => join(home, '.cache', 'kubectl-svcpath')

test('a run leaves what was compiled for the next one of its verb', () => {
  const HOME = folderOf('home')
  expect(run(['web'], { HOME })).toEqual({ status: 0, said: { words: ['web'], sum: 2 }, cache: 'cold' })
  expect(readdirSync(cacheIn(HOME))).toEqual(['k1-trace'])
  expect(statSync(cacheIn(HOME)).mode & 0o777).toBe(0o700)
  expect(statSync(join(cacheIn(HOME), 'k1-trace')).mode & 0o777).toBe(0o600)
  expect(run(['db'], { HOME })).toEqual({ status: 0, said: { words: ['db'], sum: 2 }, cache: 'warm' })
  expect(run(['check', '-A'], { HOME }).cache).toBe('cold')
  expect(readdirSync(cacheIn(HOME))).toEqual(['k1-check', 'k1-trace'])
})

test('XDG_CACHE_HOME is heeded where it is a whole path', () => {
  const [HOME, XDG_CACHE_HOME] = [folderOf('home'), folderOf('cache')]
  run(['web'], { HOME, XDG_CACHE_HOME })
  expect(readdirSync(XDG_CACHE_HOME)).toEqual(['kubectl-svcpath'])
  expect(readdirSync(HOME)).toEqual([])
  run(['web'], { HOME, XDG_CACHE_HOME: 'relative' })
  expect(readdirSync(cacheIn(HOME))).toEqual(['k1-trace'])
})

test('what somebody else could have written, or what is damaged, is not read', () => {
  const HOME = folderOf('home')
  const file = join(cacheIn(HOME), 'k1-trace')
  run(['web'], { HOME })
  chmodSync(file, 0o622)
  expect(run(['web'], { HOME })).toMatchObject({ status: 0, cache: 'cold' })
  // It was written anew.
  expect(run(['web'], { HOME })).toMatchObject({ status: 0, cache: 'warm' })
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 0xff
  writeFileSync(file, bytes)
  expect(run(['web'], { HOME })).toMatchObject({ status: 0, cache: 'cold' })
  writeFileSync(file, bytes.subarray(0, 3))
  expect(run(['web'], { HOME })).toMatchObject({ status: 0, cache: 'cold' })
})

test('a folder that others may write to is left alone', () => {
  const HOME = folderOf('home')
  mkdirSync(cacheIn(HOME), { recursive: true })
  chmodSync(cacheIn(HOME), 0o777)
  expect(run(['web'], { HOME })).toMatchObject({ status: 0, cache: 'cold' })
  expect(readdirSync(cacheIn(HOME))).toEqual([])
})

test.each([
  ['nowhere to write', ['web'], { XDG_CACHE_HOME: '/dev/null/cache' }],
  ['no home', ['web'], { HOME: '' }],
  ['Node told to keep nothing', ['web'], { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ['a version', ['--version'], {}],
  ['help', ['check', '-h'], {}],
])('nothing is left behind: %s', (_, words, env) => {
  const HOME = folderOf('home')
  expect(run(words, { HOME, ...env })).toMatchObject({ status: 0, said: { words }, cache: 'cold' })
  expect(readdirSync(HOME)).toEqual([])
})

test('nor by a run that did not understand its words', () => {
  const HOME = folderOf('home')
  expect(run(['--nope'], { HOME, ENDS_WITH: '2' })).toMatchObject({ status: 2, cache: 'cold' })
  expect(existsSync(cacheIn(HOME))).toBe(false)
})

test('what no version wrote for a month is removed', () => {
  const HOME = folderOf('home')
  mkdirSync(cacheIn(HOME), { recursive: true, mode: 0o700 })
  const [old, young] = [join(cacheIn(HOME), 'k0-trace'), join(cacheIn(HOME), 'k0-check')]
  for (const file of [old, young]) writeFileSync(file, '')
  const then = Date.now() / 1000 - 40 * 24 * 3600
  utimesSync(old, then, then)
  run(['web'], { HOME })
  expect(readdirSync(cacheIn(HOME))).toEqual(['k0-check', 'k1-trace'])
})
