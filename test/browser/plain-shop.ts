import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import { Doc } from '../../src/decorators/doc.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Arg, Idempotent, Method, Safe, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { balanced } from '../../src/policies/balanced.js'
import { int32, int64, nothing, string } from '../../src/schema/algebra.js'
import type { Server } from '../../src/server/running-server.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

@Message('plain.Item')
class Item {
  @Field(1, string) sku = ''
  @Field(2, int64) cents = 0n
}

/** What every wire carries: no streams. Its descriptions are hostile. */
@Doc('<img src=x onerror="document.title=\'hacked\'">')
@Service('plain.Plain')
export class Plain {
  @Doc('<script>document.title = "hacked"</script><b>Doubles</b> a price.')
  @Method({ accepts: Item, returns: Item })
  @Safe()
  async double({ sku, cents }: Item): Promise<Item> {
    return { sku, cents: cents * 2n }
  }

  @Method(int32)
  @Safe()
  async length(@Arg(1, 'text', string) text: string): Promise<number> {
    return text.length
  }

  @Method({ accepts: Item, returns: nothing, oneway: true })
  @Idempotent()
  async note({ sku }: Item): Promise<void> {
    this.told(sku)
  }

  /** Called with each note. */
  told: (sku: string) => void = () => {}
}

/** A server on every wire. */
export function openPlain(plain = new Plain()): Promise<Server> {
  return serve([plain], { protocols: ['grpc', 'http', 'thrift', 'avro'], console: true, report: () => {} })
}

/** A server of hundreds of methods. */
export function openCrowd(count: number): Promise<Server> {
  const services = Array.from({ length: 4 }, (_, at) => crowd(`crowd.Service${at}`, count / 4))
  return serve(services, { protocols: ['grpc', 'http'], console: true, report: () => {} })
}

/** A console that sees a client of as many endpoints, each called once. They are addresses of one server. */
export async function openCloud(count: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const cloud = await serve([Plain], { protocols: ['grpc'], host: '0.0.0.0', report: () => {} })
  const port = cloud.address.split(':').at(-1)
  const addresses = Array.from(
    { length: count },
    (_, at) => `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}:${port}`,
  )
  // However slow the machine, no pick is older than the minute that is shown.
  const calls = new CallHistory({ clock: new VirtualClock() })
  const plain = connect(Plain, `grpc://${addresses.join(',')}`, {
    observers: [calls],
    policies: [balanced('round-robin')],
    report: () => {},
  })
  const server = await serve([new Plain()], { console: { calls }, report: () => {} })
  calls.look()
  for (let at = 0; at < count; at++) await plain.length('text')
  return {
    url: server.consoleUrl ?? '',
    close: async () => {
      await disconnect(plain)
      await Promise.all([server.close(), cloud.close()])
    },
  }
}

function crowd(name: string, count: number): new () => object {
  class Crowd {}
  for (let at = 0; at < count; at++) {
    const key = `method${at}`
    Object.defineProperty(Crowd.prototype, key, { value: async () => at, configurable: true, writable: true })
    Method(int32)(Crowd.prototype, key as never, Object.getOwnPropertyDescriptor(Crowd.prototype, key) as never)
  }
  Service(name)(Crowd)
  return Crowd
}
