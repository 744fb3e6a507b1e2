import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { polywire } from './cli.js'
import { folder } from './folder.js'

async function contract(t: ExecutionContext): Promise<string> {
  const path = join(await folder(t), 'polywire.lock.json')
  const lock = {
    schema: 'polywire.lock/1',
    services: { 'tick.Ticker': ['Watch (tick.From) -> stream tick.Tick, resumable', 'Stop (tick.From) -> tick.Tick'] },
    messages: { 'tick.From': ['1 n int32'], 'tick.Tick': ['1 n int32'] },
    enums: {},
  }
  await writeFile(path, JSON.stringify(lock))
  return path
}

test('describe says that a stream is resumable', async t => {
  const { out } = await polywire(['describe', '-c', await contract(t)])
  const heads = out.split('\n').filter(line => line.startsWith('tick.Ticker/'))
  t.deepEqual(heads, [
    'tick.Ticker/Watch   server stream, resumable: after a lost connection the stream continues behind the last reply',
    'tick.Ticker/Stop   unary',
  ])
})

test('describe --as ts prints the classes that import would write', async t => {
  const { code, out, err } = await polywire(['describe', '-c', await contract(t), '--as', 'ts'])
  t.deepEqual([code, err], [0, ''])
  t.true(out.startsWith('import { Field, int32, '), out)
  t.true(out.includes("@Message('tick.Tick')\nexport class Tick {\n  @Field(1, int32) n = 0\n}\n"), out)
  t.true(
    out.includes(
      "\n@Service('tick.Ticker')\nexport class Ticker {\n  @Method({ accepts: From, returns: streamOf(Tick) })\n",
    ),
    out,
  )
})
