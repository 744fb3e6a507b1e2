import { readFile } from 'node:fs/promises'
import test from 'ava'
import { runProgram } from '../support/programs.js'

const src = new URL('../../src/', import.meta.url)

/** A compiled module and all that it imports before it runs, relative to src. */
async function loadedBy(path: string, loaded = new Set<string>()): Promise<ReadonlySet<string>> {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  const text = await readFile(new URL(path, src), 'utf8')
  for (const [, to] of text.matchAll(/^(?:import|export|\})[^'"\n]*?['"](\.{1,2}\/[^'"]+)['"];?$/gm))
    if (to !== undefined) await loadedBy(new URL(to, new URL(path, src)).href.slice(src.href.length), loaded)
  return loaded
}

const late =
  /^(http2\/(?!frames)|hosting\/(?!options|serve|etcd-config|config-follower)|protocols\/(grpc|thrift|avro|http)\/client\/)/

test('importing polywire loads no client and no server of a protocol', async t => {
  const modules = [...(await loadedBy('index.js'))]
  t.true(modules.length > 150, 'the modules are found')
  t.true(modules.includes('protocols/grpc/protocol.js'))
  t.deepEqual(
    modules.filter(
      path => late.test(path) || /^protocols\/\w+\/server\/(binding|connection|handler|server)\.js/.test(path),
    ),
    [],
  )
})

test('a server loads a protocol with the first connection that speaks it', async t => {
  const modules = await loadedBy('hosting/host.js')
  t.true(modules.has('server/start-server.js'))
  t.deepEqual(
    [...modules].filter(path =>
      /^http2\/(?!frames)|^protocols\/\w+\/server\/(binding|connection|handler)\.js/.test(path),
    ),
    [],
  )
})

test("Node's own modules are loaded when something needs them", async t => {
  const { code, output } = await runProgram('test/fixtures/programs/loaded-modules.js')
  t.is(code, 0)
  t.deepEqual(output.trim().split('\n'), ['imported: ', 'serving: net', 'called: net'])
})
