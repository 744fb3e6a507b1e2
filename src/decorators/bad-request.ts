import type { Reason } from '../core/reasons.js'
import { RpcError } from '../core/rpc-error.js'
import { listOf, string } from '../schema/algebra.js'
import { Field, Message } from './message.js'

/** One rule that one field of a request breaks. */
@Message('polywire.FieldViolation')
export class FieldViolation {
  /** Path of the property: `items[3].price`. */
  @Field(1, string) field = ''
  /** For a reader: `price must not be less than 0`. */
  @Field(2, string) description = ''
  /** The rule's name: `min`, `isEmail`. */
  @Field(3, string) reason = ''
}

/**
 * A request breaks rules of its message: `invalid_argument`, with each violation. Methods whose requests have rules declare it by themselves,
 * so that callers catch it as this class on every protocol. Its fields are numbered as those of google.rpc.BadRequest.
 */
@Message('polywire.BadRequest', { code: 'invalid_argument' })
export class BadRequest extends RpcError {
  /** Also where a bundler renames the class. */
  static override readonly name: string = 'BadRequest'
  @Field(1, listOf(FieldViolation), { name: 'field_violations', jsonName: 'fieldViolations' })
  violations: FieldViolation[] = []

  static listing(violations: readonly FieldViolation[]): BadRequest {
    const shown = violations.slice(0, 3).map(({ field, description }) => `${field}: ${description}`)
    const more = violations.length > shown.length ? ` (and ${violations.length - shown.length} more)` : ''
    const message = `the request is not valid: ${shown.join('; ')}${more}`
    return BadRequest.of(message, { violations: [...violations] }, { reason: 'invalid_request' satisfies Reason })
  }
}
