import { streamsIn, streamsOut } from '../core/call.js'
import { fieldPath } from '../schema/field-path.js'
import { type HttpRule, routeOf, takesForm } from '../schema/http-rule.js'
import type { MessageSchema } from '../schema/message.js'
import { hasSlashes } from '../schema/path-template.js'
import type { MethodSchema } from '../schema/service.js'
import type { RouteView } from './trial-views.js'

/** The routes of a method, as the page fills them. */
export function routeViews(method: MethodSchema): RouteView[] {
  return method.routes.map(rule => routeView(rule, method))
}

function routeView(rule: HttpRule, method: MethodSchema): RouteView {
  const { template, consumes, produces } = rule
  return {
    name: routeOf(rule),
    verb: rule.verb,
    segments: template.segments,
    variables: template.variables.map(variable => ({
      names: fieldPath(method.input, variable.field)?.steps.map(({ jsonName }) => jsonName) ?? [],
      from: variable.from,
      to: variable.to,
      hasSlashes: hasSlashes(template, variable),
    })),
    suffix: template.verb,
    body: bodyOf(rule, method),
    isBytes: consumes !== undefined && !takesForm(rule),
    isForm: takesForm(rule),
    takes: consumes === undefined ? `application/${streamsIn(method) ? 'x-ndjson' : 'json'}` : firstType(consumes),
    gives: produces ?? null,
    answers: streamsOut(method) && produces === undefined ? ['application/x-ndjson', 'text/event-stream'] : [],
  }
}

/** A stream of values has one value in each line or chunk: the only field of its message. */
function bodyOf({ body }: HttpRule, { input, kind, parameters }: MethodSchema): string | null {
  if (streamsIn({ kind }) && parameters === 'value') return input.fields[0]?.jsonName ?? null
  return body === undefined || body === '*' ? (body ?? null) : jsonNameOf(input, body)
}

/** The JSON name of a field of the message itself. */
export function jsonNameOf({ fields }: MessageSchema, name: string): string {
  return fields.find(field => field.name === name)?.jsonName ?? name
}

/** Null if no type is named whole. */
function firstType(types: string): string | null {
  const all = types.split(',').map(type => type.trim())
  return all.find(type => !type.includes('*')) ?? (all.includes('*/*') ? 'application/octet-stream' : null)
}
