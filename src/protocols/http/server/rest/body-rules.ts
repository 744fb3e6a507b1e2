import { Code } from '../../../../core/code.js'
import { failure, RpcError } from '../../../../core/rpc-error.js'
import { encodingOf } from '../../../message-encoding.js'
import { mediaTypeOf } from '../../content-type.js'
import { isSameOrigin, refusedOrigin } from '../cross-origin.js'
import type { RefusalOptions } from '../refusal.js'
import type { Exchange } from '../served-call.js'
import type { RestRoute } from './route.js'

/** Content types that a page of any origin can send with a POST without asking the server. Source: the Fetch standard. */
const simple = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)?$/

/**
 * Checks what the head of a request says of its body.
 *
 * Invariant: a page of another origin calls a method only after a preflight. So a POST that a browser sends without one, such as that of a
 * form, is refused if its `Origin` is not allowed.
 *
 * @throws RpcError `unknown` (`unsupported_content_type`), `permission_denied` (`refused_origin`)
 */
export function mustTakeBody({ head, request, settings }: Exchange, route: RestRoute): void {
  const { verb, consumes } = route.rule
  if (verb === 'GET') return
  const mediaType = mediaTypeOf(head.contentType ?? '')
  const isTaken = fits(mediaType, route.accepts) || (consumes === undefined && !route.isUpload && mediaType === '')
  if (!isTaken) throw unsupported(route, described(head.contentType))
  // The handler gets the chunks as they arrive.
  if (route.isUpload && encodingOf(head.contentEncoding, 'encoding') !== undefined)
    throw unsupported(route, 'a compressed body')
  const { origin } = head
  if (verb !== 'POST' || origin === undefined || !simple.test(mediaType)) return
  if (!isSameOrigin(origin, request.headers.host) && settings.cors?.allows(origin) !== true) throw refusedOrigin()
}

/** Tells the client which bodies the route takes. */
export function restRefusal(error: unknown, route: RestRoute): RefusalOptions {
  const isType = error instanceof RpcError && error.reason === 'unsupported_content_type'
  return isType ? { status: 415, isBare: false, headers: ['accept', route.accepts] } : {}
}

function described(contentType: string | undefined): string {
  return contentType === undefined
    ? 'a body without content type'
    : `content type ${JSON.stringify(contentType.slice(0, 100))}`
}

function unsupported({ name, accepts }: RestRoute, what: string): RpcError {
  return failure('unsupported_content_type', Code.unknown, `${name} does not take ${what}; send ${accepts}`)
}

/** @param consumes media types, each of which may end with `*` */
function fits(mediaType: string, consumes: string): boolean {
  return consumes.split(',').some(one => {
    const wanted = mediaTypeOf(one.trim()).toLowerCase()
    if (wanted === '*/*') return mediaType !== ''
    return wanted.endsWith('/*') ? mediaType.startsWith(wanted.slice(0, -1)) : mediaType.toLowerCase() === wanted
  })
}
