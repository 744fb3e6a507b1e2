/**
 * Calls `next` of a foreign iterator. It never throws: an exception, and a result that is not a promise, become rejections, because the
 * caller may be a callback in which an exception would end the process.
 */
export function nextStep(source: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    const step: unknown = source.next()
    return step instanceof Promise ? step : settledAs(step)
  } catch (error) {
    return Promise.reject(error)
  }
}

async function settledAs(step: unknown): Promise<IteratorResult<unknown>> {
  if (typeof step === 'object' && step !== null && 'then' in step)
    return step as unknown as Promise<IteratorResult<unknown>>
  throw new TypeError('next() of a stream must return a promise')
}

/** The error of a step that is not an object; undefined if it is one. */
export function wrongStep(step: unknown): TypeError | undefined {
  return typeof step === 'object' && step !== null
    ? undefined
    : new TypeError('next() of a stream must resolve with an object')
}
