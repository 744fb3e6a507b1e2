import type { MessageSchema } from '../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { EnumType } from '../schema/type.js'
import { typeText } from './describe-text.js'
import { methodJson } from './ls.js'
import { templateOf } from './template.js'

export type Described =
  | { readonly kind: 'service'; readonly service: ServiceSchema }
  | { readonly kind: 'method'; readonly method: MethodSchema }
  | { readonly kind: 'message'; readonly message: MessageSchema }
  | { readonly kind: 'enum'; readonly type: EnumType }

/** The document of `describe --json` for one thing. @param docs comments by names of services and paths of methods */
export function describedJson(described: Described, docs: ReadonlyMap<string, string>): object {
  return { schema: 'polywire.describe/1', ...partOf(described, docs) }
}

function partOf(described: Described, docs: ReadonlyMap<string, string>): object {
  switch (described.kind) {
    case 'service': {
      const { name, methods } = described.service
      return { kind: 'service', name, doc: docs.get(name), methods: methods.map(methodJson) }
    }
    case 'method': {
      const { method } = described
      const { kind: calls, idempotency, oneway, wires } = methodJson(method)
      return {
        kind: 'method',
        name: method.path.slice(1),
        doc: docs.get(method.path),
        calls,
        idempotency,
        oneway,
        wires,
        request: messageJson(method.input),
        reply: messageJson(method.output),
        throws: method.throws.map(messageJson),
        template: templateOf(method.input),
      }
    }
    case 'message': {
      const { message } = described
      return { kind: message.isError ? 'error' : 'message', ...messageJson(message), template: templateOf(message) }
    }
    case 'enum': {
      const { name, values } = described.type
      return { kind: 'enum', name, values: values.map(one => ({ number: one.number, name: one.name })) }
    }
  }
}

function messageJson({ name, fields }: MessageSchema): object {
  return {
    name,
    fields: fields.map(field => ({ number: field.number, name: field.jsonName, type: typeText(field.type) })),
  }
}
