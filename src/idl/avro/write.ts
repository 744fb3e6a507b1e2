import { documentedProtocolOf } from '../../protocols/avro/protocol-schema.js'
import { refusal } from '../../protocols/avro/unsupported.js'
import { lastName } from '../../protocols/standard-services/descriptor-names.js'
import type { ServiceSchema } from '../../schema/service.js'
import type { ExportFormat } from '../format.js'
import { protocolToAvdl } from './avdl.js'

/** Avro's protocol as JSON, one file a service: the one of handshakes, with descriptions. */
export const avpr: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  write: ({ services }) => services.map(service => ({ path: pathOf(service, 'avpr'), text: avprText(service) })),
}

/** Avro's IDL, one file a service. */
export const avdl: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  write: ({ services }) =>
    services.map(service => ({
      path: pathOf(service, 'avdl'),
      text: protocolToAvdl(documentedProtocolOf(service)),
    })),
}

function avprText(service: ServiceSchema): string {
  return `${JSON.stringify(JSON.parse(documentedProtocolOf(service).text), undefined, 2)}\n`
}

function pathOf({ name }: ServiceSchema, ending: string): string {
  return `${lastName(name)}.${ending}`
}
