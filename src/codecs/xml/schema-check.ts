import { misuse } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { classTransformOf } from '../class-transformer/class-transform.js'
import type { CodecOptions } from '../codec.js'
import { schemaCheck } from '../schema-check.js'
import { localName } from './text.js'

/** @throws RpcError `failed_precondition` (`not_in_xml`) for a message that XML cannot carry */
export function checkSchema(schema: MessageSchema, { transform }: CodecOptions): void {
  const check = transform === undefined ? transformed : transform === 'none' ? plain : checkFor(transform)
  check(schema)
}

/** class-transformer's decorators can rename and leave out fields. */
function checkFor(transform: CodecOptions['transform']): (schema: MessageSchema) => void {
  return schemaCheck(schema => {
    const sent = classTransformOf(schema, transform)
    for (const one of sent === undefined ? [schema] : [sent.written, sent.read])
      for (const field of one.fields) checkField(field, `${one.class?.name ?? one.name}.${field.key}`)
  })
}

const transformed = /* @__PURE__ */ checkFor(undefined)
const plain = /* @__PURE__ */ checkFor('none')

function checkField({ name, type, attribute }: FieldSchema, where: string): void {
  if (type.kind === 'oneof' && !attribute) {
    for (const one of type.cases) checkName(one.name, where)
    return
  }
  checkName(name, where)
  if (attribute && type.kind !== 'scalar' && type.kind !== 'enum')
    throw misuse('not_in_xml', `${where}: an attribute holds text, and no ${type.kind}; leave out attribute: true`)
}

function checkName(name: string, where: string): void {
  if (localName.test(name) && name !== 'xmlns') return
  throw misuse('not_in_xml', `${where}: ${name} is no name in XML; write @Field(..., { name: 'another' })`)
}
