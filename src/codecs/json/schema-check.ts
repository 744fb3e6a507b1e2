import { misuse } from '../../core/rpc-error.js'
import type { MessageSchema } from '../../schema/message.js'
import { checkTransforms } from '../class-transformer/class-transform.js'
import type { CodecOptions } from '../codec.js'
import { schemaCheck } from '../schema-check.js'
import { keyWithoutText } from '../values/text-keys.js'

/** @throws RpcError `failed_precondition` (`invalid_map_key`) for a message that JSON cannot carry */
export function checkSchema(schema: MessageSchema, options: CodecOptions): void {
  checkTransforms(schema, options)
  checkKeys(schema)
}

const checkKeys = /* @__PURE__ */ schemaCheck(({ name, class: type, fields }) => {
  for (const field of fields) {
    const key = keyWithoutText(field.type)
    if (key !== undefined)
      throw misuse(
        'invalid_map_key',
        `${type?.name ?? name}.${field.key}: keys of maps are text in JSON, and a ${key.kind} has no form as text; ` +
          'write mapOf(string, ...), or a list of messages with a key and a value',
      )
  }
})
