import { described, type JsonObject, type JsonSchemas } from '../../../codecs/json/json-schema.js'
import { streamsIn } from '../../../core/call.js'
import type { HttpRule } from '../../../schema/http-rule.js'
import type { FieldSchema, MessageSchema } from '../../../schema/message.js'
import { isParameter } from '../../../schema/parameter-type.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { ValueType } from '../../../schema/type.js'

/** The parameters of a route's query: every field that is neither in the path nor in the body. */
export function queryParameters(
  method: MethodSchema,
  { body, template }: HttpRule,
  schemas: JsonSchemas,
): JsonObject[] {
  if (body === '*' || (streamsIn(method) && method.parameters === 'value')) return []
  const taken = new Set(template.variables.map(({ field }) => field))
  return [...leaves(method.input, '', [])]
    .filter(({ path }) => !taken.has(path) && path.split('.', 1)[0] !== body)
    .map(({ name, type, doc }) => described(doc, { name, in: 'query', schema: schemas.type(type) }))
}

interface Leaf {
  /** With the names of fields. */
  readonly path: string
  /** With the names in JSON. */
  readonly name: string
  readonly type: ValueType
  readonly doc: string | undefined
}

/** A message within itself is described once. */
function* leaves(
  message: MessageSchema,
  prefix: string,
  around: readonly MessageSchema[],
  jsonPrefix = '',
): Generator<Leaf> {
  if (around.includes(message)) return
  for (const { name, jsonName, type, doc } of message.fields.flatMap(cases)) {
    const [path, shown] = [prefix + name, jsonPrefix + jsonName]
    if (type.kind === 'message') yield* leaves(type.message, `${path}.`, [...around, message], `${shown}.`)
    else if (isParameter(type)) yield { path, name: shown, type, doc }
  }
}

function cases(field: FieldSchema): readonly Pick<FieldSchema, 'name' | 'jsonName' | 'type' | 'doc'>[] {
  return field.type.kind === 'oneof' ? field.type.cases : [field]
}
