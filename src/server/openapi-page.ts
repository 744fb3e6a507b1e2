import { openApiDocument } from '../protocols/http/openapi/document.js'
import type { Router } from '../protocols/protocol.js'
import type { Page, PageMaker } from './http-pages.js'

/** The document of the server's own services, made when it is first requested. */
export function openApiPage({ services }: Router): [string, PageMaker] {
  let page: Page | undefined
  return [
    '/openapi.json',
    () => {
      page ??= { status: 200, contentType: 'application/json', body: JSON.stringify(openApiDocument(services)) }
      return page
    },
  ]
}
