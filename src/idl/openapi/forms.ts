import type { FieldModel, MessageModel } from '../model.js'
import { isJson } from './content.js'
import type { DocumentNode } from './node.js'
import { hasSingles, isParameter, joined } from './parameters.js'
import { scalar } from './scalars.js'
import { isSingle, type SchemaReader } from './schemas.js'

/**
 * The fields of a form, whose names and values a route reads like those of a query.
 * @param encoding what the media type says of single properties
 * @returns undefined for a form that has more than that
 */
export function formFields(
  { fields }: MessageModel,
  encoding: DocumentNode | undefined,
  reader: SchemaReader,
): readonly FieldModel[] | undefined {
  const read = fields.map(field =>
    field.kind === 'field' ? formField(field, encoding?.get(field.jsonName), reader) : undefined,
  )
  return read.every(one => one !== undefined) ? read : undefined
}

function formField(
  field: FieldModel,
  encoding: DocumentNode | undefined,
  reader: SchemaReader,
): FieldModel | undefined {
  const isPlain = isParameter(field.type, reader)
  if (encoding === undefined) return isPlain ? field : undefined
  const style = encoding.text('style')
  if (style === 'deepObject') return hasSingles(field.type, reader) ? field : undefined
  if (!isPlain) return undefined
  const isStyled = ['style', 'explode', 'allowReserved'].some(word => encoding.get(word) !== undefined)
  if (isStyled) return joined(encoding, field, field.presence === 'required')
  // What a style says goes before a media type.
  const types = (encoding.text('contentType') ?? 'text/plain').split(',').map(one => one.trim())
  if (types.some(one => /^text\/plain\b|^\*\/\*|^text\/\*/i.test(one))) return field
  return types.some(isJson) ? asJson(field, reader) : undefined
}

/** Numbers and truth values are the same in JSON as without it. All else is a text that the handler parses. */
function asJson(field: FieldModel, reader: SchemaReader): FieldModel | undefined {
  const { type } = field
  if (type.kind === 'list' || type.kind === 'set' || !isSingle(type, reader)) return undefined
  if (type.kind === 'scalar' && ['double', 'float', 'bool', 'int8', 'int16', 'int32', 'uint32'].includes(type.name))
    return field
  const doc = [field.doc, 'JSON.'].filter(part => part !== undefined).join('\n\n')
  return {
    ...field,
    type: scalar('string'),
    doc,
    presence: field.presence === 'required' ? 'required' : 'optional',
    initial: undefined,
  }
}
