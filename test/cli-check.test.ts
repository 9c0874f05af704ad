/** `check` as a pipeline runs it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { bin } from './bin.ts'
import { capturePath } from './fixtures.ts'
import { isLeftOut } from './needs.ts'

const capture = capturePath('k8s-1.36-iptables-nft-bridge')
const scratch = mkdtempSync(join(tmpdir(), 'svcpath-check-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function check(...words: string[]) {
  const done = spawnSync(bin, ['check', ...words], { encoding: 'utf8', input: '', env: { PATH: process.env.PATH } })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

test('a service that is not there has failed, and the others are judged all the same', () => {
  const file = join(scratch, 'missing.xml')
  const { code, out, err } = check('web', 'nosuch', '-n', 'shop', '-f', capture, '--report', `junit=${file}`)
  expect([code, err]).toEqual([6, ''])
  expect(out).toMatch(/^shop +web +5\/5 +3\/3 +passed$/m)
  expect(out).toMatch(/^shop +nosuch +0\/0 +- +failed +.* has no service of this name$/m)
  expect(out).toMatch(/^2 services: 1 passed, 1 failed$/m)
  const junit = readFileSync(file, 'utf8')
  expect(junit).toMatch(
    /<testcase classname="shop" name="nosuch" time="[\d.]+">\n +<failure message=".*no service of this name"/,
  )
})

describe('an error before there is any result', () => {
  const folder = join(scratch, 'nothing')

  test('is an error in JUnit, and an annotation', () => {
    const file = join(scratch, 'error.xml')
    const { code, out, err } = check('-A', '-f', folder, '-o', 'github', '--report', `junit=${file}`)
    expect(code).toBe(1)
    expect(err).toMatch(/^error: Cannot read /)
    expect(out).toMatch(/^::error title=svcpath could not check::Cannot read \S+: there is no such file/)
    const xml = readFileSync(file, 'utf8')
    expect(xml).toMatch(/<testsuites [^>]*errors="1">[\s\S]*<error message="Cannot read [^"]*" type="svcpath">/)
    const schema = fileURLToPath(new URL('./render/check/junit.xsd', import.meta.url))
    if (isLeftOut('schema')) return
    expect(spawnSync('xmllint', ['--noout', '--schema', schema, file], { encoding: 'utf8' }).status).toBe(0)
  })

  test('bails out of TAP, and leaves no list that looks as if all was well', () => {
    expect(check('-A', '-f', folder, '-o', 'tap').out).toMatch(/^TAP version 14\nBail out! Cannot read /)
    expect(check('-A', '-f', folder, '-o', 'sarif').out).toBe('')
    expect(check('-A', '-f', folder, '-o', 'json').out).toBe('')
  })
})

describe('a report', () => {
  test('that cannot be written is told before anything is asked', () => {
    for (const file of [join(scratch, 'no', 'such.xml'), scratch]) {
      const { code, out, err } = check('-A', '--kubeconfig', '/nonexistent', '--report', `junit=${file}`)
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^error: --report junit=.*: (there is no folder .*|it is a folder)\n/)
    }
  })

  test('whose writing fails later takes nothing of the table, nor of the other reports', () => {
    const other = join(scratch, 'other.xml')
    const reports = ['--report', 'junit=/dev/full', '--report', `junit=${other}`]
    const { code, out, err } = check('web', '-n', 'shop', '-f', capture, ...reports)
    expect(code).toBe(1)
    expect(out).toMatch(/^1 service: 1 passed$/m)
    expect(err).toMatch(/^error: --report: no space left on device/)
    expect(existsSync(other)).toBe(true)
  })

  test('that is a page is short, unless -v asks for all', () => {
    const [page, whole] = [join(scratch, 'page.md'), join(scratch, 'whole.md')]
    const broken = capturePath('broken-mixed-backends-and-kernel')
    check('-A', '-f', broken, '--report', `markdown=${page}`, '--report', `html=${join(scratch, 'page.html')}`)
    check('-A', '-v', '-f', broken, '--report', `markdown=${whole}`)
    expect(readFileSync(page, 'utf8')).toContain('see `-v`')
    expect(readFileSync(whole, 'utf8')).not.toContain('-v`')
    expect(readFileSync(join(scratch, 'page.html'), 'utf8')).toMatch(/^<!doctype html>\n/)
  })
})
