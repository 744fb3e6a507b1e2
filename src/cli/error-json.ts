import { protobuf } from '../codecs/protobuf/codec.js'
import { defaultLimits } from '../core/limits.js'
import { RpcError } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import { plainMessage, type Shown } from './plain.js'

/** An error of the contract, as it is printed. */
export interface DeclaredError {
  /** Its full name. */
  readonly type: string
  readonly value: object
}

/** The details of an error as data; undefined if it has none. */
export function detailsJson({ details }: RpcError): object[] | undefined {
  if (details.length === 0) return undefined
  return details.map(({ type, value }) => ({ type, value: Buffer.from(value).toString('base64') }))
}

/** The first detail of an error whose message the contract has. Undefined if there is none, or it cannot be decoded. */
export function detailIn(
  { details }: RpcError,
  messages: readonly MessageSchema[],
  shown: Shown,
): DeclaredError | undefined {
  for (const { type, value } of details) {
    const schema = messages.find(({ name }) => name === type)
    if (schema === undefined) continue
    try {
      return { type, value: plainMessage(protobuf.compile(schema, defaultLimits).decode(value), schema, shown) }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
    }
  }
  return undefined
}
