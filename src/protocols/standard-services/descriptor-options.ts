import { type Code, codeName } from '../../core/code.js'
import { contractCode } from '../../core/rpc-error.js'
import type { MessageSchema } from '../../schema/message.js'
import type { MethodSchema } from '../../schema/service.js'
import { type ErrorOptions, IdempotencyLevel, type MethodOptions } from './descriptor-messages.js'
import { httpRuleOf } from './http-rules.js'

/** @param throws full names of its errors @returns undefined if there are none */
export function methodOptionsOf(
  { deprecated, idempotency, routes }: MethodSchema,
  throws: string[],
): MethodOptions | undefined {
  const http = httpRuleOf(routes)
  const options: MethodOptions = {
    ...(deprecated && { deprecated }),
    ...(idempotency !== 'unknown' && { idempotencyLevel: levels[idempotency] }),
    ...(http && { http }),
    ...(throws.length > 0 && { throws }),
  }
  return Object.keys(options).length === 0 ? undefined : options
}

const levels = { safe: IdempotencyLevel.NO_SIDE_EFFECTS, idempotent: IdempotencyLevel.IDEMPOTENT } as const

/** The option `polywire.error` of an error's class. */
export function errorOptionsOf({ class: type, fields }: MessageSchema): ErrorOptions {
  const code = (type as { readonly [contractCode]?: Code } | undefined)?.[contractCode]
  const text = fields.find(({ key }) => key === 'message')?.name
  return { ...(code !== undefined && { code: codeName(code) }), ...(text !== undefined && { text }) }
}
