import { streamsIn } from '../core/call.js'
import type { MethodSchema } from '../schema/service.js'

/** What the method of a client takes: a stream, a message, or arguments in the order of its fields. */
export function argumentsOf(method: MethodSchema, requests: AsyncIterable<unknown> | readonly unknown[]): unknown[] {
  if (streamsIn(method)) return [streamOf(method, requests)]
  const [request] = requests as readonly unknown[]
  if (method.parameters !== 'positional') return [request]
  return method.input.fields.map(({ key }) => (request as Readonly<Record<string, unknown>>)[key])
}

async function* streamOf(
  method: MethodSchema,
  requests: AsyncIterable<unknown> | readonly unknown[],
): AsyncIterable<unknown> {
  for await (const request of requests)
    yield method.parameters === 'value' ? (request as { readonly value: unknown }).value : request
}
