import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { runnableRunner, shippedRunner } from './runner.js'

const testee = fileURLToPath(new URL('testee.js', import.meta.url))
const expectedFailures = join(process.cwd(), 'test/interop/conformance/expected-failures.txt')

interface Outcome {
  readonly code: unknown
  readonly output: string
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr })
    })
  })
}

const shipped = shippedRunner()
const title =
  'protobuf and JSON pass the conformance suite of protobuf, but for the failures that are listed with their reasons'

if (shipped === undefined) test.skip(`${title} (no runner for ${process.platform} on ${process.arch})`, t => t.fail())
else {
  test(title, async t => {
    const folder = await mkdtemp(join(tmpdir(), 'polywire-conformance-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const options = ['--enforce_recommended', '--failure_list', expectedFailures, '--output_dir', folder]
    const { code, output } = await run(runnableRunner(shipped, folder), [...options, process.execPath, testee])
    const summary =
      /CONFORMANCE SUITE (\w+): (\d+) successes, \d+ skipped, \d+ expected failures, (\d+) unexpected/.exec(output)
    t.log(summary?.[0])
    t.is(code, 0, output.slice(-5000))
    t.is(summary?.[1], 'PASSED')
    t.true(Number(summary?.[2]) > 1300, 'the tests of proto3 are run and not skipped')
    t.is(summary?.[3], '0')
  })
}
