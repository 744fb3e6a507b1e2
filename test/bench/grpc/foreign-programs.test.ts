import { access } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { Report } from '../harness/report.js'
import { settingsOf } from '../harness/settings.js'
import type { ForeignEcho } from './foreign-echo.js'
import { withForeignPrograms } from './foreign-programs.js'

const { error, log } = console
test.before(() => {
  console.error = console.log = () => {}
})
test.after.always(() => Object.assign(console, { error, log }))

const echo = (name: string, more: Partial<ForeignEcho> = {}): ForeignEcho => ({
  name,
  needs: [],
  build: async (_sources, folder) => join(folder, 'echo'),
  version: async () => '1.2.3',
  ...more,
})

test('a language whose compiler or library is missing is left out, and the report says what to install', async t => {
  const needs = [
    { of: 'program', what: 'node', package: 'nodejs' },
    { of: 'program', what: 'no-such-compiler', package: 'compiler' },
    { of: 'path', what: '/no/such/library', package: 'library-dev' },
    { of: 'path', what: '/no/such/library/either', package: 'library-dev' },
    { of: 'library', what: 'no-such-library', package: 'other-dev' },
  ] as const
  const report = new Report(settingsOf([]))
  const built: string[] = []
  const echoes = [echo('A', { needs }), echo('B')]
  await withForeignPrograms(report, echoes, async programs => void built.push(...programs.keys()))
  t.deepEqual(built, ['B'])
  t.deepEqual(report.leftOut, ['A (not built, it needs: apt-get install compiler library-dev other-dev)'])
  t.deepEqual(report.versions, { B: '1.2.3' })
  t.false(report.hasFailures)
})

test('a language that does not compile is a failure of the run, and the others are measured', async t => {
  const report = new Report(settingsOf([]))
  const built: string[] = []
  const build = () => Promise.reject(new Error('echo.go:1: syntax error\nmore'))
  const echoes = [echo('A', { build }), echo('B')]
  await withForeignPrograms(report, echoes, async programs => void built.push(...programs.keys()))
  t.deepEqual(built, ['B'])
  t.deepEqual(report.leftOut, ['A (echo.go:1: syntax error)'])
  t.true(report.hasFailures)
})

test('what was built is removed', async t => {
  let folder = ''
  const build = async (_sources: string, at: string) => {
    folder = at
    await access(at)
    return at
  }
  await withForeignPrograms(new Report(settingsOf([])), [echo('A', { build })], () => access(folder))
  await t.throwsAsync(access(folder), { code: 'ENOENT' })
})
