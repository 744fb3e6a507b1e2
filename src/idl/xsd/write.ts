import { xmlSchemaOfAll } from '../../codecs/xml/schema.js'
import { rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import type { MessageSchema } from '../../schema/message.js'
import type { ExportFormat } from '../format.js'

/** XML Schema 1.0 of the messages as the XML codec writes them. Each request, reply and exported message can be a document. */
export const xsd: ExportFormat = {
  title: 'XML Schema',
  refuses: () => undefined,
  write({ services, messages }) {
    const roots = new Map<string, MessageSchema>()
    for (const message of [...rootsOf(services), ...messages])
      if (!roots.has(message.name)) roots.set(message.name, message)
    return [{ path: 'schema.xsd', text: xmlSchemaOfAll([...roots.values()]) }]
  },
}
