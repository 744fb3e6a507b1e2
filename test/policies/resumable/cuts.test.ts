import test, { type ExecutionContext } from 'ava'
import { EventSource } from 'undici'
import {
  currentCall,
  Field,
  Http,
  int64,
  Message,
  Method,
  Resumable,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  Timeout,
} from '../../../src/index.js'
import { connect as connectPage, json, protobuf } from '../../../src/web/index.js'
import { plainWires, wireName } from '../../matrix/wires.js'
import { rig } from '../../protocols/rig.js'
import { Relay } from '../../support/relay.js'

@Message('cuts.Tick')
class Tick {
  @Field(1, int64) id = 0n
  @Field(2, string) text = ''
}

const total = 10_000
const perPart = 500

@Service('cuts.Ticker')
class Ticker {
  /** The last events that its callers said they had seen. */
  readonly asked: (string | undefined)[] = []

  /** After each part it waits until its caller is gone, so that every cut breaks the stream. */
  @Http('GET /ticks')
  @Method({ returns: streamOf(Tick) })
  @Safe()
  @Resumable({ key: (tick: Tick) => tick.id, initialBackoff: 1, maxBackoff: 5 })
  @Timeout(Number.POSITIVE_INFINITY)
  async *ticks(): AsyncIterable<Tick> {
    const call = currentCall()
    const { lastEventId } = call
    this.asked.push(lastEventId)
    const after = Number(lastEventId ?? 0)
    for (let id = after + 1; id <= total; id++) {
      yield { id: BigInt(id), text: 'x'.repeat(100) }
      if (id % perPart === 0) {
        await new Promise(resolve => call.onCancel(resolve))
        return
      }
    }
  }
}

const parts = total / perPart
/** What its caller says to have seen at each part. */
const resumptions = [undefined, ...Array.from({ length: parts }, (_, at) => String((at + 1) * perPart))]

/** Reads all events, and cuts the connections after each part. */
async function readOver(t: ExecutionContext, ticks: AsyncIterable<Tick>, cut: () => void): Promise<void> {
  let next = 1n
  for await (const { id } of ticks) {
    if (id !== next) t.fail(`event ${id} came in place of ${next}`)
    next++
    if (id % BigInt(perPart) === 0n) cut()
  }
  t.is(next, BigInt(total + 1))
}

const streaming = plainWires.filter(({ protocol }) => ['grpc', 'http', 'http2', 'ws'].includes(protocol))

for (const wire of streaming) {
  test.serial(`10,000 events over 20 cuts, none lost and none twice: ${wireName(wire)}`, async t => {
    const { remote, relay, service } = await rig(t, wire, { contract: Ticker, service: new Ticker(), isRelayed: true })
    await readOver(t, remote.ticks(), () => relay?.cut())
    t.deepEqual(service.asked, resumptions)
  })

  test.serial(`a connection that breaks within a message loses no event: ${wireName(wire)}`, async t => {
    const { remote, relay } = await rig(t, wire, { contract: Ticker, service: new Ticker(), isRelayed: true })
    let next = 1n
    for await (const { id } of remote.ticks()) {
      t.is(id, next)
      next++
      if (next > 100n) break
      // Some byte of a later message is the last that passes.
      if (relay !== undefined) relay.repliesLeft = id % 10n === 0n ? 1_000 + 37 * Number(id) : Number.POSITIVE_INFINITY
    }
    t.is(next, 101n)
  })
}

async function served(t: ExecutionContext): Promise<{ readonly relay: Relay; readonly service: Ticker }> {
  const service = new Ticker()
  const server = await serve([service], { host: '127.0.0.1', report: () => {}, limits: { drainTimeout: 10 } })
  const relay = await Relay.before(server.port)
  t.teardown(() => {
    relay.close()
    return server.close()
  })
  return { relay, service }
}

for (const codec of [json, protobuf]) {
  test.serial(`10,000 events over 20 cuts, none lost and none twice: a page in ${codec.name}`, async t => {
    const { relay, service } = await served(t)
    const page = connectPage(Ticker, `http://${relay.address}`, { codec })
    await readOver(t, page.ticks(), () => relay.cut())
    t.deepEqual(service.asked, resumptions)
  })
}

test.serial('10,000 events over 20 cuts, none lost and none twice: an EventSource', async t => {
  const { relay, service } = await served(t)
  const source = new EventSource(`http://${relay.address}/ticks`)
  t.teardown(() => source.close())
  let next = 1
  await new Promise<void>((resolve, reject) => {
    source.onmessage = ({ data, lastEventId }) => {
      if (lastEventId !== String(next)) reject(new Error(`event ${lastEventId} came in place of ${next}`))
      if (JSON.parse(data).id !== String(next)) reject(new Error(`event ${next} has the data ${data}`))
      if (next++ % perPart === 0) relay.cut()
    }
    // While it reconnects it is not closed.
    source.onerror = () => source.readyState === EventSource.CLOSED && resolve()
  })
  t.is(next, total + 1)
  t.deepEqual(service.asked, resumptions)
})
