import type { ServiceSchema } from '../schema/service.js'
import type { PageSettings } from './page-settings.js'

type MakeClient = (schema: ServiceSchema, settings: PageSettings) => object

/** Undefined in a page that imports nothing which needs it. */
export let fullClient: MakeClient | undefined

export function useFullClient(make: MakeClient): void {
  fullClient = make
}
