import type { ErrorDetails } from '../codecs/error-details.js'
import type { MethodSchema } from '../schema/service.js'
import type { PageSettings } from './page-settings.js'

type DetailsOf = (method: MethodSchema, settings: PageSettings) => Pick<ErrorDetails, 'typed'>

/** Undefined in a page that imports neither Throws nor BadRequest. */
export let declaredErrors: DetailsOf | undefined

export function useDeclaredErrors(detailsOf: DetailsOf): void {
  declaredErrors = detailsOf
}
