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

/** The document of `describe --json` for one thing. */
export function describedJson(described: Described): object {
  return { schema: 'polywire.describe/1', ...partOf(described) }
}

function partOf(described: Described): object {
  switch (described.kind) {
    case 'service': {
      const { name, doc, deprecated = false, methods } = described.service
      return { kind: 'service', name, doc, deprecated, methods: methods.map(methodJson) }
    }
    case 'method': {
      const { method } = described
      const { kind: calls, idempotency, oneway, deprecated, wires } = methodJson(method)
      return {
        kind: 'method',
        name: method.path.slice(1),
        doc: method.doc,
        calls,
        idempotency,
        oneway,
        deprecated,
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
      const { name, docs, values } = described.type
      return {
        kind: 'enum',
        name,
        doc: docs.own,
        values: values.map(one => ({ number: one.number, name: one.name, doc: docs.members.get(one.name) })),
      }
    }
  }
}

function messageJson({ name, doc, fields }: MessageSchema): object {
  return {
    name,
    doc,
    fields: fields.map(({ number, jsonName, type, doc }) => ({ number, name: jsonName, type: typeText(type), doc })),
  }
}
