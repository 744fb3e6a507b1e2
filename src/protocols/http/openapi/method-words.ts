import type { JsonObject, JsonSchemas } from '../../../codecs/json/json-schema.js'
import { streamsIn, streamsOut } from '../../../core/call.js'
import { type HttpRule, routeOf } from '../../../schema/http-rule.js'
import type { MethodSchema } from '../../../schema/service.js'

/** What OpenAPI has no word for: with it, `polywire import` makes the same method again. */
export function methodWords(method: MethodSchema, schemas: JsonSchemas): JsonObject {
  const { serviceName, name, input, output, parameters, result, idempotency, oneway, throws, throwIds, properties } =
    method
  const hasReply = result !== 'nothing' || output.class !== undefined
  const streams = [...(streamsIn(method) ? ['in'] : []), ...(streamsOut(method) ? ['out'] : [])]
  return {
    name: `${serviceName}/${name}`,
    ...(parameters !== 'positional'
      ? { accepts: schemas.nameOf(input) }
      : input.fields.length > 0
        ? { args: schemas.nameOf(input) }
        : {}),
    ...(hasReply && { [result === 'value' ? 'value' : 'returns']: schemas.nameOf(output) }),
    ...(streams.length > 0 && { streams }),
    ...(idempotency !== 'unknown' && { idempotency }),
    ...(oneway && { oneway }),
    ...(throws.length > 0 && { throws: throws.map(error => error.name) }),
    ...(throwIds !== undefined && { throwIds }),
    ...(properties !== undefined && { properties }),
  }
}

/** What `@Http` is given. */
export function routeWords(rule: HttpRule): JsonObject {
  const { verb: _, template: __, ...options } = rule
  return { route: routeOf(rule), ...(options as JsonObject) }
}
