import type { ExplainOptions } from '../client/explain.js'
import { channelOf } from '../client/proxy.js'
import { serviceOf } from '../decorators/read-service.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import type { Server } from '../server/running-server.js'
import { version } from '../server/version.js'
import type { CallHistory } from '../telemetry/call-history.js'
import type { Side } from './views.js'

/** A channel of this process, and its clients. */
export interface SeenChannel {
  readonly channel: ReturnType<typeof channelOf>
  readonly clients: readonly { readonly client: object; readonly schema: ServiceSchema }[]
}

/** A method, and what decides its policies. */
export interface SeenMethod {
  readonly side: Side
  readonly service: ServiceSchema
  readonly method: MethodSchema
  readonly given: ExplainOptions
  /** Called methods: where they are called. */
  readonly from?: SeenChannel & { readonly client: object }
}

/** What is known before the server runs. */
export interface SceneParts {
  readonly calls: CallHistory
  readonly services: readonly ServiceSchema[]
  /** What `serve` was given that decides the policies. */
  readonly given: ExplainOptions
  /** Whether the server offers reflection. */
  readonly reflects: boolean
}

/** What the console shows: a server, and the channels whose calls its history sees. */
export class Scene {
  /** On the monotonic clock. */
  readonly began = performance.now()

  /** When each notice was first seen, on the monotonic clock. */
  readonly seenSince = new Map<string, number>()

  readonly calls: CallHistory
  readonly services: readonly ServiceSchema[]
  readonly given: ExplainOptions
  readonly reflects: boolean
  /** The version of polywire. */
  readonly version = version()

  /** @param running the server; it throws until it listens */
  constructor(
    parts: SceneParts,
    private readonly running: () => Server,
  ) {
    this.calls = parts.calls
    this.services = parts.services
    this.given = parts.given
    this.reflects = parts.reflects
  }

  get server(): Server {
    return this.running()
  }

  get channels(): readonly SeenChannel[] {
    return this.calls.clients.flatMap(clients => {
      const [first] = clients
      if (first === undefined) return []
      const named = clients.map(client => ({ client, schema: serviceOf(client.constructor as Class<object>) }))
      return [{ channel: channelOf(first, 'console'), clients: named }]
    })
  }

  /** The served methods, then the called ones: each once, also if several channels call it. */
  get methods(): readonly SeenMethod[] {
    const served = this.services.flatMap(service =>
      service.methods.map((method): SeenMethod => ({ side: 'served', service, method, given: this.given })),
    )
    const called = new Map<string, SeenMethod>()
    for (const seen of this.channels) {
      for (const { client, schema } of seen.clients) {
        const given = seen.channel.settings.given
        for (const method of schema.methods)
          called.set(method.path, { side: 'called', service: schema, method, given, from: { ...seen, client } })
      }
    }
    return [...served, ...called.values()]
  }

  /** The methods whose names contain each of these words. */
  named(words: string): readonly SeenMethod[] {
    const parts = words.toLowerCase().split(/\s+/)
    return this.methods.filter(({ method }) => {
      const name = nameOf(method).toLowerCase()
      return parts.every(part => name.includes(part))
    })
  }

  /** @param name `hello.Hello/SayHello` */
  find(name: string, side: Side | undefined): SeenMethod | undefined {
    return this.methods.find(one => one.method.path === `/${name}` && (side === undefined || one.side === side))
  }
}

export function nameOf({ path }: { readonly path: string }): string {
  return path.slice(1)
}
