import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { Field, int64, Message, Method, Safe, Service, serve, string, unimplemented } from '../../src/index.js'
import { polywire, polywireIn, root } from './cli.js'
import { folder } from './folder.js'

interface Shop {
  readonly order?: readonly string[]
  readonly state?: readonly string[]
  readonly orders?: readonly string[]
}

const get = 'GetOrder (shop.v1.GetOrderRequest) -> shop.v1.Order'
const list = 'ListOrders (shop.v1.GetOrderRequest) -> shop.v1.GetOrderRequest'
const old = ['1 id string', '3 note string', '4 tags list string', '5 state shop.v1.OrderState', '7 count int32']

/** A contract as a lock. */
function lock({ order = old, state = ['0 UNKNOWN', '2 SENT'], orders = [get, list] }: Shop = {}): string {
  return JSON.stringify({
    schema: 'polywire.lock/1',
    services: { 'shop.v1.Orders': orders },
    messages: { 'shop.v1.Order': order, 'shop.v1.GetOrderRequest': ['1 id string'] },
    enums: { 'shop.v1.OrderState': state },
  })
}

const changed: Shop = {
  order: [
    '1 id string',
    '3 remark string',
    '5 state shop.v1.OrderState',
    '7 count int64',
    '15 giftText string optional',
  ],
  state: ['0 UNKNOWN', '2 SHIPPED'],
  orders: [get],
}

interface Project {
  readonly before: string
  readonly after: string
  /** Runs `check` of `after` against `before`. */
  check(...flags: readonly string[]): ReturnType<typeof polywire>
}

async function project(
  t: ExecutionContext,
  before: Shop,
  after: Shop,
  allow: readonly object[] = [],
): Promise<Project> {
  const cwd = await folder(t)
  const [one, other, settings] = ['before.lock.json', 'after.lock.json', 'polywire.json'].map(name =>
    join(cwd, name),
  ) as [string, string, string]
  await writeFile(one, lock(before))
  await writeFile(other, lock(after))
  await writeFile(settings, JSON.stringify({ contracts: ['after.lock.json'], check: { against: one, allow } }))
  return { before: one, after: other, check: (...flags) => polywire(['check', '--project', settings, ...flags]) }
}

test('on a terminal verdicts have colours, and words that are names have none', async t => {
  const order = [...old.filter(one => !one.startsWith('4')), '9 warn string']
  const { check } = await project(t, {}, { order })
  const { out } = await check('--color', 'always')
  const rows = out.split('\n').filter(line => line.startsWith('  Order.'))
  const [red, green] = ['\u001b[31mBREAK\u001b[0m', '\u001b[32mok\u001b[0m']
  t.is(rows[0], `  Order.tags removed       ${red}       ${red}   ${red}     ${green}      ${red}`)
  t.is(rows.at(-1), `  Order.warn added (9)     ${green}          ${green}      ${green}        ${green}      ${green}`)
  t.is((await check()).out.includes('\u001b'), false)
})

test('check has a verdict for each wire, and says why and what to do instead', async t => {
  const { before, check } = await project(t, {}, changed)
  const { code, out, err } = await check()
  t.is(err, '')
  t.is(code, 1)
  t.is(
    out.replace(before, 'main'),
    `shop.v1 against main: 6 changes, 5 break something

                                           protobuf    json    thrift    avro    callers
  Order.count       int32 became int64     ok          BREAK   BREAK     BREAK   BREAK
  Order.note        renamed to remark      ok          BREAK   warn      warn    BREAK
  Order.tags        removed                BREAK       BREAK   BREAK     ok      BREAK
  OrderState.SENT   renamed to SHIPPED     ok          BREAK   warn      warn    BREAK
  Orders/ListOrders removed                ok          ok      BREAK     BREAK   BREAK
  Order.giftText    added (15)             ok          ok      ok        ok      ok

Order.count: int32 became int64
  json      FIELD_WIRE_JSON_COMPATIBLE_TYPE   readers get "7" where they had 7
  thrift    THRIFT_FIELD_TYPE_CHANGED         i32 became i64: old readers refuse or skip it
  avro      AVRO_TYPE_MISMATCH (FORWARD)      an old reader cannot read a long as an int
  callers   FIELD_SAME_TYPE (PACKAGE)         number became bigint
  instead   add a field with a new number, fill both, remove count a release later

Order.note: renamed to remark
  json      FIELD_SAME_NAME, FIELD_SAME_JSON_NAME   readers of "note" find nothing
  thrift    THRIFT_FIELD_RENAMED (warning)          the number carries it; sources change
  avro      AVRO_FIELD_RENAMED (warning)            all can read on, and the value is lost
  callers   FIELD_SAME_NAME, FIELD_SAME_JSON_NAME   readers of "note" find nothing
  instead   rename the property alone: { name: 'note' }
            { aliases: ['note'] }                   mends new readers of Avro

Order.tags: removed
  protobuf  FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED   number 4 could be given to another field; reserve it
  json      FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED   number 4 could be given to another field; reserve it
            FIELD_NO_DELETE_UNLESS_NAME_RESERVED     the name tags could be given to another field; reserve it
  thrift    THRIFT_FIELD_REMOVED                     old peers still send 4
  callers   FIELD_NO_DELETE (PACKAGE)                code that uses it no longer compiles
  instead   keep the field, deprecated, until nobody reads or writes it

OrderState.SENT: renamed to SHIPPED
  json      ENUM_VALUE_SAME_NAME                  SENT became SHIPPED
  thrift    THRIFT_ENUM_VALUE_RENAMED (warning)   the number carries it; sources change
  avro      AVRO_ENUM_SYMBOL_UNKNOWN (warning)    a new reader of old data: SENT is read as UNKNOWN
  callers   ENUM_VALUE_SAME_NAME                  SENT became SHIPPED
  instead   keep the name SENT on the wire

Orders/ListOrders: removed
  thrift    THRIFT_FUNCTION_REMOVED   calls fail with unknown method
  avro      AVRO_MESSAGE_REMOVED      calls fail with unknown message
  callers   RPC_NO_DELETE (PACKAGE)   calls fail with unimplemented
  instead   keep it until nobody calls it; let it answer failed_precondition before

breaks: protobuf 1, json 4, thrift 3, avro 2, callers 5
`,
  )
})

test('--wires decide the exit code, and a wire that is none is a mistake', async t => {
  const { check } = await project(t, {}, { order: [...old.slice(0, 4), '7 count uint32'] })
  t.is((await check('--wires', 'protobuf,json')).code, 0)
  t.is((await check('--wires', 'thrift')).code, 1)
  const { code, err } = await check('--wires', 'soap')
  t.is(code, 2)
  t.is(err, 'polywire: --wires: there is no wire soap; write protobuf, json, rest, thrift, avro, callers\n')
})

test('a contract that did not change is ok', async t => {
  const { before, check } = await project(t, {}, {})
  t.deepEqual(await check(), { code: 0, out: `shop.v1 against ${before}: no changes\n`, err: '' })
  t.deepEqual(await check('-q'), { code: 0, out: '', err: '' })
})

const day = (offset: number) => new Date(Date.now() + offset * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
const removed = { orders: [get] }
const allowance = {
  at: 'shop.v1.Orders/ListOrders',
  rules: ['RPC_NO_DELETE', 'THRIFT_FUNCTION_REMOVED', 'AVRO_MESSAGE_REMOVED'],
  reason: 'last caller moved',
  until: day(30),
}

test('a break that is allowed by name is none until its last day', async t => {
  const allowed = await project(t, {}, removed, [allowance])
  t.deepEqual(await allowed.check(), {
    code: 0,
    out: `shop.v1 against ${allowed.before}: 1 change, allowed until ${day(30)}\n`,
    err: '',
  })
  const ended = await (await project(t, {}, removed, [{ ...allowance, until: day(-2) }])).check()
  t.is(ended.code, 1)
  t.is(
    ended.err,
    `polywire: check.allow[0] ended on ${day(-2)}: RPC_NO_DELETE, THRIFT_FUNCTION_REMOVED, AVRO_MESSAGE_REMOVED at shop.v1.Orders/ListOrders\n  "last caller moved". If it is released: polywire lock\n`,
  )
  const part = await (await project(t, {}, removed, [{ ...allowance, rules: ['RPC_NO_DELETE'] }])).check()
  t.is(part.code, 1)
  t.regex(part.out, /ok +ok +BREAK +BREAK +allowed/)
  const unused = await (await project(t, {}, {}, [allowance])).check()
  t.is(unused.code, 0)
  t.is(unused.err, 'polywire: check.allow[0] allows nothing any more; remove it\n')
})

test('--json has every change with its rules', async t => {
  const { before, check } = await project(t, {}, { ...removed, order: [...old.slice(0, 4), '7 count int64'] }, [
    allowance,
  ])
  const { code, out } = await check('--json')
  t.is(code, 1)
  const json = JSON.parse(out) as { changes: object[] }
  t.like(json, {
    schema: 'polywire.check/1',
    against: before,
    allow: [{ at: 'shop.v1.Orders/ListOrders', state: 'used' }],
    wires: { protobuf: 'ok', json: 'BREAK', thrift: 'BREAK', avro: 'BREAK', callers: 'BREAK' },
  })
  t.like(json.changes[1], {
    at: 'shop.v1.Orders/ListOrders',
    what: 'removed',
    allowed: true,
    verdicts: {
      thrift: { verdict: 'allowed', rules: ['THRIFT_FUNCTION_REMOVED'] },
      json: { verdict: 'ok', rules: [] },
    },
  })
})

test('mistakes in polywire.json name their key', async t => {
  const cwd = await folder(t)
  const path = join(cwd, 'polywire.json')
  for (const [settings, message] of [
    [{ check: { allows: [] } }, /check has no setting allows\. Did you mean allow\?$/],
    [{ contracts: 'src' }, /contracts must be a list of paths$/],
    [{ check: { wires: ['soap'] } }, /check\.wires has no wire soap; write protobuf, /],
    [
      { check: { allow: [{ ...allowance, until: 'soon' }] } },
      /check\.allow\[0\]\.until must be a day such as "2026-12-31", got "soon"$/,
    ],
    [
      { check: { allow: [{ ...allowance, until: day(800) }] } },
      /check\.allow\[0\]\.until must be at most a year ahead/,
    ],
    [{ check: { allow: [{ ...allowance, reason: '' }] } }, /check\.allow\[0\]\.reason must be a text, got ""$/],
    [
      {},
      /^polywire: say where the contract is; .*polywire\.json names no file by contracts\n {2}polywire check src\/contract\.ts$/,
    ],
  ] as const) {
    await writeFile(path, JSON.stringify(settings))
    const { code, out, err } = await polywire(['check', '--project', path])
    t.is(code, 2)
    t.is(out, '')
    t.regex(err.trimEnd(), message)
  }
})

test('lock writes the contract, says when it is out of date, and does not write what breaks', async t => {
  const { after } = await project(t, {}, changed)
  const path = join(await folder(t), 'polywire.lock.json')
  const locked = (...flags: readonly string[]) => polywire(['lock', ...flags, '-o', path])
  const contract = join(root, 'build/test/fixtures/shop.js')
  t.deepEqual(await locked(contract, '--check'), {
    code: 1,
    out: '',
    err: `polywire: ${path} is missing\n  polywire lock ${contract} -o ${path}\n`,
  })
  t.deepEqual(await locked(contract), { code: 0, out: `${path}   new\n`, err: '' })
  t.deepEqual(await locked(contract), { code: 0, out: `${path}   unchanged\n`, err: '' })
  t.is((await locked(contract, '--check')).code, 0)
  t.is((await polywire(['check', contract, '--against', path])).code, 0)
  const text = await readFile(path, 'utf8')
  const { code, out, err } = await locked(after)
  t.is(code, 1)
  t.regex(out, /breaks: /)
  t.is(
    err,
    `polywire: ${path} stays as it is, since callers would break. If it is meant, allow it in polywire.json\n  polywire help check\n`,
  )
  t.is(await readFile(path, 'utf8'), text)
})

test('a git ref is read from its lock, or from its files, without running old code', async t => {
  const cwd = await folder(t)
  const git = (...args: readonly string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd })
  await git('init', '-q', '-b', 'main')
  await writeFile(join(cwd, 'polywire.lock.json'), lock())
  await writeFile(join(cwd, 'a.avsc'), '{"type":"record","name":"a.R","fields":[{"name":"x","type":"int"}]}')
  await git('add', '.')
  await git('commit', '-q', '-m', 'first')
  await writeFile(join(cwd, 'a.avsc'), '{"type":"record","name":"a.R","fields":[{"name":"x","type":"string"}]}')
  const files = await polywireIn(cwd, ['check', 'a.avsc', '--against', 'main'])
  t.is(files.code, 1)
  t.regex(files.out, /^a against main \([0-9a-f]{7}\): 1 change, 1 breaks something$/m)
  t.regex(files.out, /^a\.avsc:1 {2}R\.x: int32 became string$/m)
  await writeFile(join(cwd, 'contract.mjs'), 'export {}')
  const none = await polywireIn(cwd, ['check', 'a.avsc', '--against', 'origin/next'])
  t.is(none.code, 2)
  t.is(
    none.err,
    'polywire: this clone has no origin/next (nothing of that name was fetched). Fetch it:\n  git fetch --depth=1 origin next:refs/remotes/origin/next\n',
  )
})

@Message('shop.v1.Order')
class Order {
  @Field(1, string) id = ''
  @Field(7, int64) count = 0n
}

@Service('shop.v1.Orders')
class Orders {
  @Method({ accepts: Order, returns: Order })
  @Safe()
  getOrder(_order: Order): Promise<Order> {
    return unimplemented()
  }
}

test('a running server says by reflection what it was started with', async t => {
  const server = await serve([Orders], { port: 0, reflection: true })
  t.teardown(() => server.close())
  const orders = {
    order: ['1 id string', '7 count int32'],
    orders: ['GetOrder (shop.v1.Order) -> shop.v1.Order, safe'],
  }
  const { after } = await project(t, {}, orders)
  const { code, out, err } = await polywire([
    'check',
    after,
    '--against',
    `grpc://127.0.0.1:${server.port}`,
    '--wires',
    'json',
  ])
  t.is(err, '')
  t.is(code, 1)
  t.regex(out, /Order\.count +int64 became int32 +BREAK/)
})
