import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire, root } from './cli.js'
import { folder } from './folder.js'

const hello = join(root, 'build/test/fixtures/hello.js')
const entry = (settings: string) =>
  `{\n  "methodConfig": [\n    { "name": [{ "service": "hello.Hello" }], ${settings} }\n  ]\n}\n`

const broken: readonly (readonly [text: string, place: string, marked: string])[] = [
  ['null', '1:1: must be an object', 'null'],
  ['[]', '1:1: must be an object', '[]'],
  ['{ "methodCnfig": [] }', '1:3: there is no "methodCnfig". Did you mean methodConfig?', '"methodCnfig"'],
  ['{ "methodConfig": {} }', '1:19: methodConfig: must be a list', '{} }'],
  [entry('"timeuot": "1s"'), '3:47: methodConfig[0]: there is no "timeuot". Did you mean timeout?', '"timeuot"'],
  [
    entry('"timeout": "5 parsecs"'),
    `3:58: methodConfig[0].timeout: total must be milliseconds, or a text such as '250ms', '1.5s', '2m' or '1h', got "5 parsecs"`,
    '"5 parsecs"',
  ],
  [
    entry('"policies": { "timeuot": {} }'),
    '3:61: methodConfig[0].policies: there is no policy "timeuot". Did you mean timeout?',
    '"timeuot"',
  ],
  [
    entry('"policies": { "timeout": { "totl": "1s" } }'),
    '3:74: methodConfig[0].policies.timeout: there is no "totl". Did you mean total?',
    '"totl"',
  ],
  [
    entry('"retryPolicy": { "maxAttempts": "many" }'),
    "3:62: methodConfig[0].retryPolicy: attempts must be an integer from 2 to 10, got 'many'",
    '{ "maxAttempts"',
  ],
  [
    '{ "methodConfig": [{ "name": [{ "service": "hello.Helo" }] }] }',
    '1:19: methodConfig: there is no service "hello.Helo"; write "hello.Hello"',
    '[{ "name"',
  ],
]

for (const [text, place, marked] of broken)
  test(`a mistake in --config has file, line and a mark: ${text}`, async t => {
    const config = join(await folder(t), 'policies.json')
    await writeFile(config, text)
    const { code, out, err } = await polywire(['explain', hello, 'SayHello', '--config', config])
    t.deepEqual({ code, out }, { code: 2, out: '' })
    const [said, line = '', mark = ''] = err.split('\n')
    t.is(said, `polywire: ${config}:${place}`)
    t.true(line.slice(mark.indexOf('^')).startsWith(marked), `${line}\n${mark}`)
  })

test('what contradicts on a method is no mistake of the file alone, and stays as it is', async t => {
  const config = join(await folder(t), 'policies.json')
  await writeFile(config, entry('"policies": { "retry": { "attempts": 3 }, "hedge": { "attempts": 2 } }'))
  const { code, err } = await polywire(['explain', hello, 'SayHello', '--config', config])
  t.deepEqual([code, err], [2, 'polywire: /hello.Hello/SayHello: retry and hedge on one method; choose one of them\n'])
})

test('with --json the place is in the error', async t => {
  const config = join(await folder(t), 'policies.json')
  await writeFile(config, '{ "methodCnfig": [] }')
  const { code, out } = await polywire(['explain', hello, '--config', config, '--json'])
  t.is(code, 2)
  t.like(JSON.parse(out), {
    schema: 'polywire.error/1',
    message: `${config}:1:3: there is no "methodCnfig". Did you mean methodConfig?`,
  })
})
