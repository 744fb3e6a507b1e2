import { ErrorDetails } from '../codecs/error-details.js'
import { messageLimits } from '../core/limits.js'
import * as validation from '../decorators/bad-request.js'
import * as decorators from '../decorators/service.js'
import type { MessageSchema } from '../schema/message.js'
import { messageClassOf } from '../schema/registry.js'
import { messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import { useDeclaredErrors } from './declared-errors-in-use.js'
import { listForm } from './json/list.js'
import { withForm } from './json/page-type.js'

/** Reads declared errors from now on. Marked as pure, so that a bundler drops what reads them with the last export that a page does not import. */
function reading<T>(value: T): T {
  useDeclaredErrors((method, { codec, json }) => {
    const codecs = codec.isText ? { json } : { protobuf: codec, json }
    return new ErrorDetails(errorsOf(method), codecs, messageLimits)
  })
  return value
}

/** A server that validates answers any method with a BadRequest. A page that catches it has imported the class. */
function errorsOf({ throws }: MethodSchema): readonly MessageSchema[] {
  const type = messageClassOf('polywire.BadRequest')
  const badRequest = type && messageSchemaOf(type)
  return badRequest === undefined || throws.includes(badRequest) ? throws : [...throws, badRequest]
}

/** Declares the errors of a method, which its callers catch by their class: `@Throws(DivisionByZero)`. */
export const Throws = /* @__PURE__ */ reading(decorators.Throws)

/** The error of a request that breaks rules of its message: `invalid_argument`, with a list of violations. */
export const BadRequest = /* @__PURE__ */ reading(/* @__PURE__ */ withForm('list', listForm, validation.BadRequest))
/** The error of a request that breaks rules of its message. */
export type BadRequest = validation.BadRequest
