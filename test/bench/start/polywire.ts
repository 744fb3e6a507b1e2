import { bool, connect, Field, int32, Message, Method, Service, serve, string } from 'polywire'
import type { Class } from '../../../src/schema/type.js'

interface Request {
  name: string
  count: number
  loud: boolean
}

interface Reply {
  text: string
  size: number
}

/** Declares one request and one reply. */
function messages(at: number): [Class<Request>, Class<Reply>] {
  @Message(`start.Request${at}`)
  class Request {
    @Field(1, string) name!: string
    @Field(2, int32) count!: number
    @Field(3, bool) loud!: boolean
  }

  @Message(`start.Reply${at}`)
  class Reply {
    @Field(1, string) text!: string
    @Field(2, int32) size!: number
  }
  return [Request, Reply]
}

/** A service of ten methods, or of fewer if there are no more. */
function service(first: number, methods: number): Class<object> {
  class Many {}
  for (let at = first; at < Math.min(first + 10, methods); at++) {
    const [accepts, returns] = messages(at)
    const value = async ({ name, count }: Request): Promise<Reply> => ({ text: name, size: count })
    const key = `method${at % 10}`
    const descriptor = { value, configurable: true, writable: true }
    Object.defineProperty(Many.prototype, key, descriptor)
    Method({ accepts, returns })(Many.prototype, key, descriptor)
  }
  Service(`start.Service${first / 10}`)(Many)
  return Many
}

export function declare(methods: number): () => Promise<number> {
  const services: Class<object>[] = []
  for (let first = 0; first < methods; first += 10) services.push(service(first, methods))
  return async () => (await serve(services, { port: 0, host: '127.0.0.1' })).port
}

interface Callable {
  method0(request: Request): Promise<Reply>
}

export function declareClient(): (target: string) => Promise<Reply> {
  const first = service(0, 1) as Class<Callable>
  return target => connect(first, target).method0({ name: 'hello', count: 1, loud: false })
}
