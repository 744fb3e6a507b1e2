import { streamsIn, streamsOut } from '../core/call.js'
import { misuse } from '../core/rpc-error.js'
import type { Dialer } from '../protocols/protocol.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { BoundMethod } from './bound-method.js'
import type { Channel } from './channel.js'
import type { ChannelSettings } from './channel-settings.js'
import { type CallOptions, callInit, type PreparedOptions, prepareOptions } from './client-call.js'
import type { ChannelInspection } from './inspection.js'
import { packer } from './packer.js'
import { ReplyStream } from './reply-stream.js'
import { streamPacker } from './stream-packer.js'
import { UnaryClientCall } from './unary-call.js'
import { undeclaredMethods } from './undeclared-methods.js'

const stateKey = Symbol.for('polywire.proxy')

interface ProxyState {
  /** Where the methods of the remote are, without call options. */
  readonly prototype: object
  readonly channel: Pick<Channel, 'close' | 'inspect' | 'prepare'> & {
    readonly settings: Pick<ChannelSettings, 'given' | 'protocol' | 'uri'> &
      Partial<Pick<ChannelSettings, 'zone' | 'subset'>> & {
        readonly dialer?: Pick<Dialer, 'warmUp'>
      }
  }
  readonly options: PreparedOptions | undefined
}

interface ProxyObject {
  readonly [stateKey]: ProxyState
}

/**
 * Creates a plain object with a method for each one of the service. It is not an ES Proxy: it can be printed, awaited and spied on. It is
 * `instanceof` the service's class.
 */
export function createProxy(
  service: ServiceSchema,
  methods: readonly BoundMethod[],
  channel: ProxyState['channel'],
): object {
  const prototype = Object.create(service.class.prototype as object, undeclaredMethods(service)) as object
  for (const method of methods) {
    Object.defineProperty(prototype, method.schema.key, {
      value: Object.assign(proxyMethod(method), { [stateKey]: method.schema }),
      writable: true,
      configurable: true,
    })
  }
  return disposable(prototype, channel)
}

/**
 * Returns the same client with other call options: timeout, signal, headers, `waitForReady`, `onEnd`.
 *
 * It shares the connection and is cheap enough to create per call. `timeout` replaces the method's total timeout; the deadline of the call
 * being served still applies if it is earlier.
 *
 * @example
 * await withCall(hello, { timeout: '50ms', signal, headers: { 'x-tenant': 'a' } }).sayHello({ name: 'World' })
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`, `invalid_duration`); `invalid_argument` (`invalid_header`)
 */
export function withCall<T extends object>(remote: T, options: CallOptions): T {
  const { prototype, channel } = stateOf(remote, 'withCall')
  return withState(boundMethodsOf(prototype), { prototype, channel, options: prepareOptions(options) }) as T
}

const boundPrototypes = /* @__PURE__ */ new WeakMap<object, object>()

/** The prototype of remotes with call options: a method that is taken off such a remote keeps its options. */
function boundMethodsOf(prototype: object): object {
  let bound = boundPrototypes.get(prototype)
  if (bound === undefined) {
    const keys = Object.getOwnPropertyNames(prototype)
    bound = Object.create(prototype, Object.fromEntries(keys.map(key => [key, boundMethod(key)]))) as object
    boundPrototypes.set(prototype, bound)
  }
  return bound
}

function boundMethod(key: string): PropertyDescriptor {
  return {
    configurable: true,
    get(this: ProxyObject) {
      const method = (this[stateKey].prototype as Readonly<Record<string, (...args: unknown[]) => unknown>>)[key]
      return method?.bind(this)
    },
    set(this: ProxyObject, value: unknown) {
      Object.defineProperty(this, key, { value, writable: true, configurable: true })
    },
  }
}

/** An object with that prototype which `withCall` and `disconnect` accept as a client, for test doubles. There is nothing to close. */
export function standIn(prototype: object): object {
  return disposable(prototype, {
    close: async () => {},
    inspect: () => noChannel,
    prepare: async () => {},
    settings: { given: {}, protocol: 'none', uri: 'none' },
  })
}

const noChannel: ChannelInspection = {
  id: 0,
  target: 'none',
  resolved: false,
  closed: false,
  calls: { started: 0, succeeded: 0, failed: 0 },
  endpoints: [],
  balancers: [],
  methods: {},
}

function disposable(prototype: object, channel: ProxyState['channel']): object {
  Object.defineProperty(prototype, Symbol.asyncDispose, {
    value(this: ProxyObject) {
      return this[stateKey].channel.close()
    },
  })
  return withState(prototype, { prototype, channel, options: undefined })
}

/** The options that `withCall` gave a client. */
export function optionsOf(remote: object): PreparedOptions | undefined {
  return (remote as Partial<ProxyObject>)[stateKey]?.options
}

/**
 * Closes a client: calls in flight finish, then its connections close. Other clients of the same channel, by `withCall` or `remotes`, close
 * with it.
 *
 * @example
 * await disconnect(hello)
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a client
 */
export function disconnect(remote: object): Promise<void> {
  return stateOf(remote, 'disconnect').channel.close()
}

/** A method that was taken off its client. */
interface TakenMethod {
  readonly schema: MethodSchema
  /** Calls it as a client by `withCall` does. */
  call(options: CallOptions, args: readonly unknown[]): unknown
}

/** @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a method of a client, or one of `withCall` */
export function remoteMethod(method: unknown, where: string): TakenMethod {
  const schema = (method as { readonly [stateKey]?: MethodSchema } | undefined)?.[stateKey]
  if (typeof method !== 'function' || schema === undefined) {
    const what = 'this is not a method of a client; pass hello.sayHello of what connect(...) returned, without withCall'
    throw misuse('not_a_remote', `${where}: ${what}`)
  }
  return {
    schema,
    call: (options, args) => method.call({ [stateKey]: { options: prepareOptions(options) } }, ...args) as unknown,
  }
}

/** @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a client */
export function channelOf(remote: object, where: string): ProxyState['channel'] {
  return stateOf(remote, where).channel
}

function withState(prototype: object, state: ProxyState): object {
  return Object.create(prototype, { [stateKey]: { value: state } }) as object
}

function stateOf(remote: object, where: string): ProxyState {
  const state = (remote as Partial<ProxyObject>)[stateKey]
  if (state === undefined)
    throw misuse('not_a_remote', `${where}: this is not a client; pass what connect(...) returned or @Remote injected`)
  return state
}

/** Called without a remote where it has been destructured: `const { sayHello } = hello`. */
type RemoteMethod = (this: ProxyObject | undefined, ...args: unknown[]) => unknown

function proxyMethod(method: BoundMethod): RemoteMethod {
  const { schema } = method
  const pack = streamsIn(schema) ? streamPacker(schema) : packer(schema)
  if (streamsOut(schema)) {
    return function (...args) {
      return new ReplyStream(method, () => pack(args), this?.[stateKey]?.options)
    }
  }
  if (schema.parameters !== 'positional' && !streamsIn(schema)) {
    return function (message) {
      return unary(method, message, this?.[stateKey]?.options)
    }
  }
  return function (...args) {
    try {
      return unary(method, pack(args), this?.[stateKey]?.options)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

function unary(method: BoundMethod, message: unknown, options: PreparedOptions | undefined): Promise<unknown> {
  const { channel } = method
  if (!channel.isPrepared) return channel.prepare().then(() => unary(method, message, options))
  return new Promise((resolve, reject) => {
    new UnaryClientCall(callInit(method, message, options), { method, resolve, reject }).send()
  })
}
