import type { CodeName } from '../../core/code.js'
import type { FieldModel, MessageModel, MethodModel, OneOfModel } from '../model.js'
import { namesIn, namesOf } from '../typescript/order.js'
import { isJson } from './content.js'
import type { DocumentNode } from './node.js'
import { referenceOf } from './node.js'
import type { SchemaReader } from './schemas.js'

/** The codes that routes answer with these statuses. */
const codes: ReadonlyMap<string, CodeName> = new Map([
  ['400', 'invalid_argument'],
  ['401', 'unauthenticated'],
  ['403', 'permission_denied'],
  ['404', 'not_found'],
  ['409', 'already_exists'],
  ['429', 'resource_exhausted'],
  ['501', 'unimplemented'],
  ['503', 'unavailable'],
  ['504', 'deadline_exceeded'],
])

/** The messages of components that only responses of failure have. They become errors. */
export class ErrorReplies {
  /** By full name, the statuses that it comes with. */
  private readonly statuses = new Map<string, Set<string>>()

  constructor(private readonly schemas: SchemaReader) {}

  /** The full names of an operation's errors. */
  of(operation: DocumentNode): string[] {
    const found = new Set<string>()
    for (const [status, given] of operation.get('responses')?.entries() ?? []) {
      if (/^[23]/.test(status)) continue
      const content = given.followed().get('content')
      const schema = content
        ?.entries()
        .find(([type]) => isJson(type))?.[1]
        .get('schema')
      if (schema === undefined || referenceOf(schema.json) === undefined) continue
      const { type } = this.schemas.read(schema, '')
      if (type.kind !== 'named' || this.schemas.enums.has(type.name)) continue
      found.add(type.name)
      this.statuses.set(type.name, (this.statuses.get(type.name) ?? new Set()).add(status))
    }
    return [...found]
  }

  /** Makes errors of these messages, except those that are data too. */
  declare(methods: readonly MethodModel[]): { messages: MessageModel[]; methods: MethodModel[] } {
    const all = [...this.schemas.messages.values()]
    const used = new Set(all.flatMap(({ fields }) => fields.flatMap(namesIn)))
    for (const { input, output } of methods) {
      if ('message' in input) used.add(input.message)
      for (const name of output === undefined ? [] : namesOf(output)) used.add(name)
    }
    const isError = (name: string) => this.statuses.has(name) && !used.has(name)
    return {
      messages: all.map(one => (isError(one.name) ? this.error(one) : one)),
      methods: methods.map(method => ({ ...method, throws: method.throws.filter(isError) })),
    }
  }

  private error(message: MessageModel): MessageModel {
    const text = message.fields.find(isText)
    const [status = '', ...others] = this.statuses.get(message.name) ?? []
    return {
      ...message,
      isError: true,
      code: others.length === 0 ? codes.get(status) : undefined,
      ownText: text && { name: text.name, number: undefined },
      fields: message.fields.filter(one => one !== text),
    }
  }
}

function isText(field: FieldModel | OneOfModel): boolean {
  return (
    field.kind === 'field' && field.name === 'message' && field.type.kind === 'scalar' && field.type.name === 'string'
  )
}
