import type { HttpRule as Route } from '../../schema/http-rule.js'
import type { HttpRule } from './descriptor-messages.js'

/**
 * The routes of a method as the option `google.api.http`: the first, and the others as its additional bindings. The option has no media
 * types, so routes of bytes are left out.
 *
 * @returns undefined if there are none
 */
export function httpRuleOf(routes: readonly Route[]): HttpRule | undefined {
  const [first, ...others] = routes
    .filter(({ consumes, produces }) => consumes === undefined && produces === undefined)
    .map(ruleOf)
  return first && (others.length === 0 ? first : { ...first, additionalBindings: others })
}

function ruleOf({ verb, template, body, responseBody }: Route): HttpRule {
  return {
    pattern: { case: verb.toLowerCase() as 'get', value: template.text },
    ...(body !== undefined && { body }),
    ...(responseBody !== undefined && { responseBody }),
  }
}
