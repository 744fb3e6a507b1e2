import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { polywireIn } from './cli.js'
import { folder, projectWith } from './folder.js'

const lock = (lines: readonly string[]) =>
  JSON.stringify({ schema: 'polywire.lock/1', services: {}, messages: { 'a.A': lines }, enums: {} })

/** A package as npm publishes it. */
async function packed(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const cwd = await folder(t)
  await mkdir(join(cwd, 'package'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, 'package', name), text)
  await promisify(execFile)('tar', ['-czf', 'a.tgz', 'package'], { cwd })
  return readFile(join(cwd, 'a.tgz'))
}

/** A registry with one package. @returns the project whose npm asks it */
async function published(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const name = '@shop/contracts'
  const manifest = { name, version: '1.4.2' }
  const tarball = await packed(t, { 'package.json': JSON.stringify(manifest), ...files })
  const registry = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) response.end(tarball)
    else if (request.url?.toLowerCase() !== '/@shop%2fcontracts') response.writeHead(404).end('{}')
    else {
      const dist = {
        tarball: `${at}/contracts-1.4.2.tgz`,
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      }
      response.end(
        JSON.stringify({ name, 'dist-tags': { latest: '1.4.2' }, versions: { '1.4.2': { ...manifest, dist } } }),
      )
    }
  })
  await once(registry.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => registry.close())
  const at = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
  return projectWith(t, {
    '.npmrc': `registry=${at}\ncache=${await folder(t)}\nupdate-notifier=false\nfetch-retries=0\n`,
    'now.lock.json': lock(['1 id int64']),
    'a.proto': 'syntax = "proto3"; package a; message A { string id = 1; }',
    'polywire.json': { contracts: ['now.lock.json'] },
  })
}

test('check compares with the lock of a published package', async t => {
  const cwd = await published(t, { 'polywire.lock.json': lock(['1 id int32']) })
  const { code, out, err } = await polywireIn(cwd, ['check', '--against', 'npm:@shop/contracts@1.4'])
  t.is(code, 1, err)
  t.true(out.startsWith('a against @shop/contracts@1.4 (1.4.2): 1 change, 1 breaks something\n'), out)
  const none = await polywireIn(cwd, ['check', '--against', 'npm:@shop/nothing'])
  t.is(none.code, 2)
  t.regex(none.err, /^polywire: npm cannot fetch @shop\/nothing: .*404/)
})

test('a package without a lock is not run, and says how to publish one', async t => {
  const cwd = await published(t, { 'index.js': 'throw new Error("it ran")' })
  const { code, err } = await polywireIn(cwd, ['check', '--against', 'npm:@shop/contracts'])
  t.is(code, 2)
  t.is(
    err,
    'polywire: @shop/contracts has no polywire.lock.json, and the modules of a package are not run. Publish a lock with it:\n' +
      '  polywire lock now.lock.json, and name polywire.lock.json by "files" in package.json\n',
  )
})
