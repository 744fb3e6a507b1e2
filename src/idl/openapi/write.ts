import { openApiDocument } from '../../protocols/http/openapi/document.js'
import type { ExportFormat } from '../format.js'

/** OpenAPI 3.1, as a server offers it at `/openapi.json`. */
export const openapi: ExportFormat = {
  title: 'OpenAPI',
  refuses: ({ kind, routes }) =>
    kind === 'unary' || routes.length > 0 ? undefined : 'OpenAPI has streams only by @Http',
  write({ services, messages, enums }) {
    const document = openApiDocument(services, messages, enums)
    return [{ path: 'openapi.json', text: `${JSON.stringify(document, undefined, 2)}\n` }]
  },
}
