import { AsyncResource } from 'node:async_hooks'
import { type Call, streamsOut } from '../core/call.js'
import { enterCall } from '../core/current-call.js'
import type { Handler } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { shown } from '../core/shown.js'
import type { MethodSchema } from '../schema/service.js'
import type { InstanceProvider } from './instances.js'

type Method = (...args: unknown[]) => unknown

/** The innermost handler: calls the instance's method with parameters from the call. */
export function invoker(method: MethodSchema, instance: InstanceProvider): Handler {
  const fill = parameters(method)
  const { key } = method
  const isStreaming = streamsOut(method)
  const invoke = (call: Call, target: object): Promise<unknown> => {
    const args = fill(call)
    const outer = enterCall(call)
    try {
      const given = ((target as Record<string, Method>)[key] as Method)(...args)
      const reply = isStreaming ? inContext(given, call, key) : given
      return reply instanceof Promise ? reply : Promise.resolve(reply)
    } finally {
      enterCall(outer)
    }
  }
  // Not an async function: its promise, and the one that adopts the method's, would cost more than the rest of it.
  return call => {
    try {
      const made = instance()
      return made instanceof Promise ? made.then(target => invoke(call, target as object)) : invoke(call, made)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/**
 * A promise of a stream if the method is async and returns one.
 * @throws TypeError if the method returns anything else. Its caller gets `internal`, and `report` gets this.
 */
function inContext(reply: unknown, call: Call, key: string): unknown {
  if (reply instanceof Promise) return reply.then(stream => inContext(stream, call, key))
  if (typeof reply === 'object' && reply !== null && Symbol.asyncIterator in reply)
    return new HandlerStream(reply as AsyncIterable<unknown>, call)
  throw new TypeError(
    `${call.method.path}: ${key} must return an AsyncIterable, got ${shown(reply, 0)}; write async *${key}(...)`,
  )
}

/**
 * The stream of a handler. Each step runs in the asynchronous context that the handler was called in, so that a generator finds what a
 * policy around it has put into an AsyncLocalStorage: the protocol asks for the next message from a context of its own.
 */
class HandlerStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>
  private readonly context = new AsyncResource('polywire.handler')

  constructor(
    stream: AsyncIterable<unknown>,
    private readonly call: Call,
  ) {
    this.source = stream[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    const outer = enterCall(this.call)
    try {
      return this.context.runInAsyncScope(this.source.next, this.source)
    } finally {
      enterCall(outer)
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    const { source } = this
    await this.context.runInAsyncScope(async () => source.return?.())
    return { done: true, value: undefined }
  }
}

/** @throws RpcError `failed_precondition` (`missing_method`) if an instance lacks a method of its service */
export function checkMethods(methods: readonly MethodSchema[], prototype: object): void {
  for (const { key, path } of methods) {
    if (typeof (prototype as Record<string, unknown>)[key] !== 'function')
      throw misuse('missing_method', `${path}: the instance has no method ${key}`)
  }
}

function parameters(method: MethodSchema): (call: Call) => unknown[] {
  const { contextIndex } = method
  const fill = requestArguments(method)
  if (contextIndex === undefined) return fill
  return call => {
    const args = fill(call)
    args[contextIndex] = call
    return args
  }
}

function requestArguments(method: MethodSchema): (call: Call) => unknown[] {
  if (method.parameters !== 'positional') return call => [call.message]
  const keys = method.input.fields.map(field => field.key)
  return call => keys.map(key => (call.message as Record<string, unknown>)[key])
}
