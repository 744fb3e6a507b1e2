import { fieldOptionsOf, methodOptionsOf, nullOf, serviceOptionsOf, withOptions } from './beside-the-wire.js'
import { checkFields } from './check-fields.js'
import { checkDeclaredFields, checkErrorCode, checkField, sampleOf } from './check-message.js'
import { brokenRules, checkMethod, checkOneway, checkReply, checkThrowIds, checkThrown } from './check-method.js'
import {
  checkArgument,
  checkArgumentOrder,
  checkDescribedArgument,
  checkOnlyParameter,
  parametersOf,
  requestWithoutType,
} from './check-parameters.js'
import { checkPlaces } from './check-places.js'
import { checkMethods, notAService } from './check-service.js'
import { checkStreamed, checkType } from './check-type.js'
import type { ContractChecks } from './contract-checks.js'
import { docOf } from './declarations.js'
import { describe } from './described.js'
import { memberWithoutType } from './member-without-type.js'

/** All checks of contracts. */
export const strictChecks: ContractChecks = {
  docOf,
  describe,
  serviceOptionsOf,
  methodOptionsOf,
  fieldOptionsOf,
  withOptions,
  nullOf,
  places: checkPlaces,
  errorCode: checkErrorCode,
  notAService,
  methods: checkMethods,
  method: checkMethod,
  parameters: parametersOf,
  onlyParameter: checkOnlyParameter,
  describedArgument: checkDescribedArgument,
  argument: checkArgument,
  argumentOrder: checkArgumentOrder,
  requestWithoutType,
  reply: checkReply,
  oneway: checkOneway,
  thrown: checkThrown,
  throwIds: checkThrowIds,
  brokenRules,
  declaredFields: checkDeclaredFields,
  sample: sampleOf,
  field: checkField,
  fields: checkFields,
  type: checkType,
  streamed: checkStreamed,
  memberWithoutType,
}
