/** The content type of an error as a problem (RFC 9457). */
export const problemType = 'application/problem+json'
