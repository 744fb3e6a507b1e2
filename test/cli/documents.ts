import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { root } from './cli.js'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const schemas = new Map<string, ValidateFunction>()

/** @throws if a line is not a document that fits its published schema, or has a field that the schema does not tell */
export function checkDocuments(lines: string): void {
  for (const line of lines.split('\n').filter(line => line !== '')) {
    const document = JSON.parse(line) as { readonly schema?: unknown }
    const validate = schemaOf(String(document.schema))
    if (!validate(document)) throw new Error(`${ajv.errorsText(validate.errors)} in ${line}`)
  }
}

/** @param name `polywire.call/1` */
function schemaOf(name: string): ValidateFunction {
  const found = schemas.get(name)
  if (found !== undefined) return found
  const path = join(root, 'schemas', `${name.replace(/^polywire\./, '').replace('/', '-')}.json`)
  const validate = ajv.compile(closed(JSON.parse(readFileSync(path, 'utf8'))) as object)
  schemas.set(name, validate)
  return validate
}

/** Published schemas allow fields that later versions add. Here each field must be told. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in inner && 'required' in inner ? { additionalProperties: false, ...inner } : inner
}
