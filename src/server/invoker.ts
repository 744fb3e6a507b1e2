import { AsyncResource } from 'node:async_hooks'
import { type Call, streamsOut } from '../core/call.js'
import type { Handler } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import type { InstanceProvider } from './instances.js'

type Method = (...args: unknown[]) => unknown

/** The innermost handler: calls the instance's method with parameters from the call. */
export function invoker(method: MethodSchema, instance: InstanceProvider): Handler {
  const fill = parameters(method)
  const { key } = method
  const isStreaming = streamsOut(method)
  return async call => {
    const made = instance()
    const target = (made instanceof Promise ? await made : made) as Record<string, Method>
    const reply = (target[key] as Method)(...fill(call))
    return isStreaming ? inContext(reply) : reply
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
