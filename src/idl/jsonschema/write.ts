import { JsonSchemas } from '../../codecs/json/json-schema.js'
import { rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import type { ExportFormat } from '../format.js'

/** JSON Schema 2020-12: each message under its full name in `$defs`. */
export const jsonschema: ExportFormat = {
  title: 'JSON Schema',
  refuses: () => undefined,
  write({ services, messages }) {
    const schemas = new JsonSchemas('#/$defs/')
    for (const message of [...rootsOf(services), ...messages]) schemas.message(message)
    const document = { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: schemas.definitions() }
    return [{ path: 'schema.json', text: `${JSON.stringify(document, undefined, 2)}\n` }]
  },
}
