import type { Reason } from '../core/reasons.js'
import { RpcError } from '../core/rpc-error.js'
import { listOf, string } from '../schema/algebra.js'
import { Field, Message } from './message.js'

/** A rule that a field of a request breaks. */
@Message('polywire.FieldViolation')
export class FieldViolation {
  /** The path of the property: `items[3].price`. */
  @Field(1, string) field = ''
  /** What is wrong, for a reader: `price must not be less than 0`. */
  @Field(2, string) description = ''
  /** The rule's name: `min`, `isEmail`. */
  @Field(3, string) reason = ''
}

/**
 * The error of a request that breaks rules of its message: `invalid_argument`, with a list of violations.
 *
 * A method whose request class has class-validator's decorators declares it by itself, so callers catch this class on every protocol. Its
 * fields have the numbers of google.rpc.BadRequest.
 *
 * @example
 * if (error instanceof BadRequest) for (const { field, description } of error.violations) show(field, description)
 *
 * @see docs/guide/errors.md#validation
 */
@Message('polywire.BadRequest', { code: 'invalid_argument' })
export class BadRequest extends RpcError {
  /** Always `BadRequest`, also if a bundler renames the class. */
  static override readonly name: string = 'BadRequest'
  @Field(1, listOf(FieldViolation), { name: 'field_violations', jsonName: 'fieldViolations' })
  /** Every broken rule. */
  violations: FieldViolation[] = []

  /** Makes the error; its message names the first three violations. */
  static listing(violations: readonly FieldViolation[]): BadRequest {
    const shown = violations.slice(0, 3).map(({ field, description }) => `${field}: ${description}`)
    const more = violations.length > shown.length ? ` (and ${violations.length - shown.length} more)` : ''
    const message = `the request is not valid: ${shown.join('; ')}${more}`
    return BadRequest.of(message, { violations: [...violations] }, { reason: 'invalid_request' satisfies Reason })
  }
}
