import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { readArguments } from '../../../src/cli/arguments.js'
import { findRate } from '../../../src/cli/bench/find.js'
import { filled, hasTemplate } from '../../../src/cli/bench/template.js'
import { trafficOf } from '../../../src/cli/bench/traffic.js'
import { commands } from '../../../src/cli/commands.js'
import { serviceOf } from '../../../src/extend.js'
import { Hello } from '../../fixtures/hello.js'
import { folder } from '../folder.js'

const services = [serviceOf(Hello)]
const half = () => 0.5

/** The first calls: method and arguments. */
async function calls(count: number, words: readonly string[], flags: readonly string[] = []) {
  const bench = commands.find(({ name }) => name === 'bench')
  const traffic = await trafficOf(words, services, readArguments(['bench', ...flags], bench, commands))
  return Array.from({ length: count }, (_, n) => {
    const { found, arguments: argumentsFor } = traffic.at(n)
    return [found.method.name, ...argumentsFor(n, half)]
  })
}

test('templates are filled within texts, at any depth, and all else stays as it is', t => {
  const request = { id: 'user-{n}', list: ['{1..3}', '{x}'], other: { n: 5, at: null } }
  t.true(hasTemplate(request))
  t.false(hasTemplate({ a: '{}', b: ['{ n }'], c: '{1..}' }))
  t.deepEqual(filled(request, 7, half), { id: 'user-7', list: ['2', '{x}'], other: { n: 5, at: null } })
  t.is(
    filled('{1..100}', 0, () => 0.999999),
    '100',
  )
  t.is(filled('{-5..-5}', 0, half), '-5')
  t.regex(String(filled('{uuid}', 0, half)), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
})

test('requests come in turn, and a template has the number of the call', async t => {
  t.deepEqual(await calls(3, ['Divide', '{"dividend": 1, "divisor": 2}', '{"dividend": "{n}", "divisor": 3}']), [
    ['Divide', 1, 2],
    ['Divide', 1, 3],
    ['Divide', 1, 2],
  ])
  const [first, second] = await calls(2, ['SayHello', 'name=user-{n}', 'counts.a={5..5}'])
  t.like(first?.[1], { name: 'user-0', counts: new Map([['a', 5n]]) })
  t.like(second?.[1], { name: 'user-1' })
})

test('a template that cannot become the type of its field is found before the load', async t => {
  await t.throwsAsync(calls(1, ['Divide', 'dividend={uuid}']), { message: /^request: dividend must be a number, got / })
})

test('a mix spreads its methods evenly, and each has its own requests', async t => {
  const words = ['Ping.x=1']
  await t.throwsAsync(calls(1, words, ['--mix', 'Ping:1']), { message: /has no field x/ })
  const list = await calls(8, ['Fail.how=a'], ['--mix', 'Ping:3,Fail:1'])
  t.deepEqual(
    list.map(([name]) => name),
    ['Ping', 'Ping', 'Fail', 'Ping', 'Ping', 'Ping', 'Fail', 'Ping'],
  )
  t.deepEqual(list[2], ['Fail', 'a'])
})

test('recorded calls are made in turn, or by the weights of a mix', async t => {
  const file = join(await folder(t), 'calls.jsonl')
  const line = (method: string, request: unknown) => `${JSON.stringify({ method, request })}\n`
  await writeFile(
    file,
    line('hello.Hello/Fail', { how: 'a' }) + line('hello.Hello/Ping', {}) + line('hello.Hello/Fail', { how: 'b' }),
  )
  t.deepEqual(await calls(4, [`@${file}`]), [['Fail', 'a'], ['Ping'], ['Fail', 'b'], ['Fail', 'a']])
  t.deepEqual(await calls(4, [`@${file}`]), await calls(4, [], ['-d', `@${file}`]))
  const mixed = await calls(6, [`@${file}`], ['--mix', 'Fail:2,Ping:1'])
  t.deepEqual(mixed, [['Fail', 'a'], ['Ping'], ['Fail', 'b'], ['Fail', 'a'], ['Ping'], ['Fail', 'b']])
  await writeFile(file, '{"name":"x"}')
  await t.throwsAsync(calls(1, [`@${file}`]), { message: /calls\.jsonl, line 1 has no method; name METHOD/ })
  await writeFile(file, line('Ping', undefined))
  await t.throwsAsync(calls(1, [`@${file}`]), { message: /line 1 has no request/ })
  await writeFile(file, '')
  await t.throwsAsync(calls(1, [`@${file}`]), { message: /has no calls$/ })
})

/** Searches with a server that holds up to a rate. */
async function search(low: number, high: number | undefined, capacity: number) {
  const tried: number[] = []
  const found = await findRate(low, high, async rate => {
    tried.push(rate)
    return rate <= capacity
  })
  return { ...found, tried }
}

test('a search doubles the rate until it fails, and then halves the interval', async t => {
  const { tried, held = 0, failed = 0 } = await search(100, undefined, 1100)
  t.deepEqual(tried, [100, 200, 400, 800, 1600, 1200, 1000, 1100, 1150])
  t.deepEqual([held, failed], [1100, 1150])
  t.deepEqual(await search(100, 5000, 9000), { held: 5000, failed: undefined, tried: [100, 5000] })
  t.deepEqual(await search(100, 5000, 50), { held: undefined, failed: 100, tried: [100] })
  t.deepEqual((await search(1, undefined, 2)).tried, [1, 2, 4, 3])
  const interrupted = await findRate(1, undefined, async () => undefined)
  t.deepEqual(interrupted, { held: undefined, failed: undefined })
})
