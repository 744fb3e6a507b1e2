import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import test from 'ava'
import { ownClasses } from '../../../src/idl/own-classes.js'
import { compileProto } from '../../../src/idl/proto/compile.js'
import { corpus, repository, unpacked } from './corpus.js'
import { shapesOf } from './descriptor-shapes.js'

/** The shapes of some files, by full name. */
async function shapes(paths: readonly string[], roots: readonly string[]): Promise<Map<string, string>> {
  return shapesOf((await compileProto(paths, roots)).files)
}

/** A name or a shape with the names of others for the two messages that have polywire's own. */
function originalNames(text: string): string {
  return text
    .replaceAll('polywire.RpcStatusDetail', 'google.protobuf.Any')
    .replaceAll('polywire.RpcStatus', 'google.rpc.Status')
}

/** The parts of a shape: its fields, its members, or the types of a method without its idempotency, which is polywire's. */
function parts(name: string, shape = ''): string[] {
  if (!shape.startsWith('[')) return shape.split('\n').filter(line => line !== '')
  const all = (JSON.parse(shape) as unknown[]).map(part => JSON.stringify(part))
  return name.includes('/') ? all.slice(0, -1) : all
}

test('what proto/ has of the APIs of others is as they publish it', async t => {
  await unpacked()
  const proto = join(repository, 'proto')
  const names = (await readdir(proto, { recursive: true })).filter(name => name.endsWith('.proto'))
  const ours = await shapes(
    names.map(name => join(proto, name)),
    [proto],
  )
  const grpcJs = join(repository, 'node_modules/@grpc/grpc-js/proto')
  const groups = [
    [['etcd/proto/rpc.proto'], ['etcd/proto', 'gax/build/protos']],
    [['health/proto/health/v1/health.proto'], ['health/proto']],
    [['gax/build/protos/google/rpc/status.proto'], ['gax/build/protos']],
    [[`${grpcJs}/xds/xds/data/orca/v3/orca_load_report.proto`], [`${grpcJs}/xds`, `${grpcJs}/protoc-gen-validate`]],
    [['reflection/build/proto/grpc/reflection/v1/reflection.proto'], ['reflection/build/proto']],
    [[`${grpcJs}/channelz.proto`], [grpcJs]],
  ] as const
  const published = new Map<string, string>()
  for (const [paths, roots] of groups) {
    const found = await shapes(
      paths.map(path => resolve(corpus, path)),
      roots.map(root => resolve(corpus, root)),
    )
    for (const [name, shape] of found) published.set(name, shape)
  }
  t.true(ours.size > 30, `${ours.size} messages, enums and methods`)
  for (const [own, text] of ours) {
    const [name, shape] = [originalNames(own), originalNames(text)]
    // Every compiler brings it.
    if (ownClasses.has(name)) continue
    t.true(published.has(name), `${name} is not published`)
    const there = parts(name, published.get(name))
    t.deepEqual(
      parts(name, shape).filter(part => !there.includes(part)),
      [],
      name,
    )
  }
})
