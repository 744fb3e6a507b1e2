import { misuse } from '../../../core/rpc-error.js'
import { schemaCheck } from '../../schema-check.js'
import { keyWithoutText } from '../../values/text-keys.js'

/** @throws RpcError `failed_precondition` (`invalid_map_key`) for a message that only this format of Thrift cannot carry */
export const checkKeys = /* @__PURE__ */ schemaCheck(({ name, class: type, fields }) => {
  for (const field of fields) {
    const key = keyWithoutText(field.type)
    if (key !== undefined)
      throw misuse(
        'invalid_map_key',
        `${type?.name ?? name}.${field.key}: keys of maps are text in Thrift's JSON protocol, and a ${key.kind} has no form as text; ` +
          'use the binary or the compact protocol',
      )
  }
})
