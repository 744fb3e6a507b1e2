import { protobuf } from '../codecs/protobuf/codec.js'
import type { ErrorDetail } from '../core/error-detail.js'
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

/** An error, as far as the contract has its messages. */
export interface ReadError {
  readonly declared: DeclaredError | undefined
  /** The details that `declared` is not read from. */
  readonly others: readonly ErrorDetail[]
}

/** Details as data; undefined if there are none. */
export function detailsJson(details: readonly ErrorDetail[]): object[] | undefined {
  if (details.length === 0) return undefined
  return details.map(({ type, value }) => ({ type, value: Buffer.from(value).toString('base64') }))
}

/** Reads the first detail of an error whose message the contract has, and that can be decoded. */
export function readError({ details }: RpcError, messages: readonly MessageSchema[], shown: Shown): ReadError {
  for (const detail of details) {
    const { type, value } = detail
    const schema = messages.find(({ name }) => name === type)
    if (schema === undefined) continue
    try {
      const message = protobuf.compile(schema, defaultLimits).decode(value)
      const declared = { type, value: plainMessage(message, schema, shown) }
      return { declared, others: details.filter(one => one !== detail) }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
    }
  }
  return { declared: undefined, others: details }
}
