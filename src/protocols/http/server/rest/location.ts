import { type FieldStep, fieldPath } from '../../../../schema/field-path.js'
import { hasSlashes, type PathTemplate, parseTemplate } from '../../../../schema/path-template.js'
import type { MethodSchema } from '../../../../schema/service.js'
import { unwritableReply } from '../../../failures.js'

interface Variable {
  readonly from: number
  readonly to: number
  readonly steps: readonly FieldStep[]
  readonly hasSlashes: boolean
}

/** The path of what a call has created: a template, filled with fields of the reply. */
export class Location {
  private readonly template: PathTemplate
  private variables: readonly Variable[] | undefined

  constructor(
    text: string,
    private readonly method: MethodSchema,
  ) {
    this.template = parseTemplate(text, method.path)
  }

  /** @throws RpcError if the reply lacks a field of it */
  of(reply: unknown): string {
    const message = this.method.result === 'value' ? { value: reply } : reply
    const parts = [...this.template.segments]
    for (const { from, to, steps, hasSlashes: keeps } of this.ready().toReversed()) {
      const text = textAt(steps, message)
      if (text === '') throw unwritableReply(this.method.path)
      parts.splice(
        from,
        to - from,
        keeps ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text),
      )
    }
    const { verb } = this.template
    return `/${parts.join('/')}${verb === '' ? '' : `:${verb}`}`
  }

  private ready(): readonly Variable[] {
    this.variables ??= this.template.variables.map(variable => ({
      ...variable,
      steps: fieldPath(this.method.output, variable.field)?.steps ?? [],
      hasSlashes: hasSlashes(this.template, variable),
    }))
    return this.variables
  }
}

/** Empty if the field is absent. */
function textAt(steps: readonly FieldStep[], message: unknown): string {
  let value = message
  for (const { key, isCase } of steps) {
    value = (value as Record<string, unknown> | null | undefined)?.[key]
    if (isCase) value = (value as { readonly value: unknown } | undefined)?.value
  }
  return value === undefined || value === null ? '' : String(value)
}
