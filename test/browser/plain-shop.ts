import { Doc } from '../../src/decorators/doc.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Arg, Idempotent, Method, Safe, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { int32, int64, nothing, string } from '../../src/schema/algebra.js'
import type { Server } from '../../src/server/running-server.js'

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
