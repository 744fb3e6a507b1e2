import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'
import {
  bulkhead,
  cached,
  connect,
  disconnect,
  Method,
  nothing,
  type PolicyDefinition,
  RpcError,
  rateLimit,
  retry,
  Service,
  serve,
  timeout,
  use,
} from '../../src/index.js'
import { policyKinds } from '../../src/policies/built-in.js'
import { defaultPlaces, inOrder, insteadOf, namesIn, stages } from '../../src/policies/order.js'
import { reasonOf, updatePage } from './order-page.js'

@Service('ordered.Pinged')
class Pinged {
  @Method(nothing) async ping(): Promise<void> {}
}

test('the guide shows the order as it is; this test writes it if it does not', async t => {
  t.is(await updatePage(), 'current', 'docs/guide/policies.md was out of date and is written now: commit it')
})

/** Steps without a policy that can be declared: settings of `serve` and of a configuration, and what polywire does itself. */
const undeclared = ['concurrency', 'decode', 'reportLoad', 'retryThrottling', 'validate']

test('every built-in policy has its place, and every place its policy', t => {
  const placed = new Set(stages.flatMap(namesIn))
  t.deepEqual([...placed].filter(name => !policyKinds.has(name)).sort(), undeclared)
  t.deepEqual(
    [...policyKinds.keys()].filter(name => !placed.has(name)),
    [],
  )
})

test('every place says why, alternatives stand beside theirs, and the default places exist', t => {
  for (const stage of stages) {
    const names = namesIn(stage)
    t.is(new Set(names).size, names.length, 'each once')
    for (const [at, name] of names.entries()) {
      t.regex(reasonOf(stage, name).why, /^[A-Z].*\.$/)
      if (insteadOf.has(name)) t.is(names[at - 1], insteadOf.get(name))
    }
    const place = defaultPlaces[stage]
    t.true(namesIn(stage).includes('before' in place ? place.before : place.after))
  }
})

test('policies run in the order of the list, however they are written', t => {
  const definitions = [bulkhead({ concurrency: 1 }), retry(), timeout({ perTry: 5 }), cached({ ttl: 1 })]
  const names = (stage: 'call' | 'attempt' | 'handler') => inOrder(stage, definitions).map(({ name }) => name)
  t.deepEqual(names('call'), ['cached', 'timeout', 'retry'])
  t.deepEqual(names('attempt'), ['timeout', 'bulkhead'])
  t.deepEqual(names('handler'), ['cached'])
})

const misplaced: ['connect' | 'serve', PolicyDefinition, string][] = [
  ['serve', retry(), 'serve: retry runs in clients (call) and never here; give it to connect(..., { policies })'],
  [
    'serve',
    timeout({ perTry: '1s' }),
    'serve: timeout runs in clients (call, attempt) and never here; give it to connect(..., { policies })',
  ],
  [
    'serve',
    use(next => next, { name: 'timed', stage: 'call' }),
    'serve: timed runs in clients (call) and never here; give it to connect(..., { policies })',
  ],
  [
    'serve',
    cached({ ttl: 1, on: 'client' }),
    'serve: cached runs in clients (call) and never here; give it to connect(..., { policies })',
  ],
  [
    'connect',
    rateLimit({ rate: 1 }),
    'connect: rateLimit runs in servers (handler) and never here; give it to serve(..., { policies })',
  ],
  [
    'connect',
    use(next => next, { name: 'audited', after: 'authorize' }),
    'connect: audited runs in servers (handler) and never here; give it to serve(..., { policies })',
  ],
]

for (const [side, policy, message] of misplaced) {
  test(`refused: ${message}`, async t => {
    const policies = [policy]
    const start = async () => {
      if (side === 'connect') return disconnect(connect(Pinged, 'memory://nowhere', { policies }))
      return (await serve([Pinged], { port: false, memory: 'misplaced', policies })).close()
    }
    const error = (await t.throwsAsync(start(), { instanceOf: RpcError, message })) as RpcError
    t.is(error.reason, 'invalid_policy')
  })
}

test('the hover text of every declared policy has an example and leads to its section of the guide', async t => {
  const src = new URL('../../../src/policies/', import.meta.url)
  const guide = await readFile(new URL('../../../docs/guide/policies.md', import.meta.url), 'utf8')
  const anchors = [...guide.matchAll(/^#{2,3} (.*)$/gm)].map(([, title]) =>
    (title as string).toLowerCase().replaceAll(' ', '-'),
  )
  const files = (await readdir(src, { recursive: true })).filter(name => name.endsWith('.ts'))
  let checked = 0
  for (const file of files) {
    const text = await readFile(new URL(file, src), 'utf8')
    for (const [, hover = '', name] of text.matchAll(
      /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport function ([A-Z]\w*)(?:<\w+>)?\(/g,
    )) {
      const anchor = /@see docs\/guide\/policies\.md#(\S+)/.exec(hover)?.[1] ?? ''
      t.true(hover.includes('@example'), `${name} has no example`)
      t.true(anchors.includes(anchor), `${name} leads to #${anchor}`)
      checked++
    }
  }
  t.is(checked, policyKinds.size + 1, 'every kind has a decorator with a hover text, and so has @Use')
})
