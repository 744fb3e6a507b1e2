import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { foreignClient, foreignServer } from './foreign.js'

/** A program of the given lines of shell. */
async function program(t: ExecutionContext, ...lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'echo')
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

const load = { inFlight: 64, warmUp: 10, duration: 20 }

test('a server prints its port', async t => {
  const server = await foreignServer(await program(t, 'echo 50051', 'read line'))
  t.teardown(() => server.end())
  t.is(server.address, '127.0.0.1:50051')
  t.true(server.pid > 0)
})

test('a client prints the first reply, and figures for each load', async t => {
  const path = await program(
    t,
    'echo "$@"',
    'while read inFlight warmUp duration; do echo started; echo "$inFlight 20.5 $warmUp $duration"; done',
  )
  const client = await foreignClient(path, '127.0.0.1:7', 'unary')
  t.teardown(() => client.end())
  t.is(client.reply, 'call 7 unary')
  let starts = 0
  const atStart = async () => {
    starts++
  }
  for (const round of [1, 2]) {
    const { usage, ...sample } = await client.measure(load, atStart)
    t.deepEqual(sample, { calls: 64, elapsed: 20.5, p50: 10, p99: 20 })
    t.true(usage.memory > 0)
    t.is(starts, round)
  }
})

test('a program that is missing, ends or prints something else is an error', async t => {
  const path = await program(
    t,
    'echo hello',
    'read line; echo started; echo none',
    'read line; echo begun',
    'read line; exit 3',
  )
  const client = await foreignClient(path, '127.0.0.1:7', 'unary')
  const measure = () => client.measure(load, async () => {})
  await t.throwsAsync(measure, { message: `${path} printed none` })
  await t.throwsAsync(measure, { message: `${path} printed "begun" in place of "started"` })
  await t.throwsAsync(measure, { message: `${path} ended` })
  await t.throwsAsync(foreignServer('/no/such/program'), { code: 'ENOENT' })
})
